/** A labelled input whose hint, state and error are tied to it for every kind of reader. */

import { Eye, EyeOff } from "lucide-react";
import { useId, useState, type InputHTMLAttributes, type ReactNode } from "react";

import { useWords } from "../i18n/text";
import css from "./Field.module.css";

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error?: string | null | undefined;
  /** True lights the tube under the input: what was typed is known to be good. */
  readonly good?: boolean;
}

export function Field({ label, hint, error, good = false, type = "text", className, ...input }: FieldProps) {
  const id = useId();
  const [shown, setShown] = useState(false);
  const password = type === "password";
  return (
    <div className={`${css["field"]} ${className ?? ""}`} data-state={error ? "bad" : good ? "good" : "plain"}>
      <label className={css["label"]} htmlFor={id}>
        {label}
      </label>
      <div className={css["line"]}>
        <input
          {...input}
          id={id}
          type={password && shown ? "text" : type}
          className={css["input"]}
          aria-invalid={error ? true : undefined}
          aria-describedby={`${id}-note`}
        />
        {password && <Reveal shown={shown} toggle={() => setShown(!shown)} />}
      </div>
      <p className={css["note"]} id={`${id}-note`} aria-live="polite">
        {error || hint}
      </p>
    </div>
  );
}

function Reveal({ shown, toggle }: { readonly shown: boolean; readonly toggle: () => void }) {
  const words = useWords();
  const Icon = shown ? EyeOff : Eye;
  return (
    <button type="button" className={css["reveal"]} onClick={toggle} aria-pressed={shown} aria-label={words("field.show")}>
      <Icon aria-hidden size={20} strokeWidth={1.6} />
    </button>
  );
}
