/** A question that must be answered first; the browser's own dialog keeps focus inside and closes on Escape. */

import { useEffect, useId, useRef, type ReactNode } from "react";

import css from "./Dialog.module.css";

interface DialogProps {
  readonly open: boolean;
  readonly title: string;
  readonly close: () => void;
  readonly children: ReactNode;
}

export function Dialog({ open, title, close, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} className={css["dialog"]} aria-labelledby={id} onClose={close}>
      <h2 id={id} className={css["title"]}>
        {title}
      </h2>
      {children}
    </dialog>
  );
}
