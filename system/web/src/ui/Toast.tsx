/** Short news that need no answer; they leave by themselves and are read out politely. */

import { create } from "zustand";

import css from "./Toast.module.css";

const SHOWN_SECONDS = 4;
const SHOWN_MAX = 3;

interface ToastState {
  readonly toasts: readonly { readonly id: number; readonly text: string }[];
}

const useToasts = create<ToastState>(() => ({ toasts: [] }));
let nextId = 1;

export function toast(text: string): void {
  const id = nextId++;
  useToasts.setState(({ toasts }) => ({ toasts: [...toasts, { id, text }].slice(-SHOWN_MAX) }));
  setTimeout(() => {
    useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((shown) => shown.id !== id) }));
  }, SHOWN_SECONDS * 1000);
}

export function Toasts() {
  const toasts = useToasts((state) => state.toasts);
  return (
    <div className={css["toasts"]} role="status">
      {toasts.map(({ id, text }) => (
        <p key={id} className={css["toast"]}>
          {text}
        </p>
      ))}
    </div>
  );
}
