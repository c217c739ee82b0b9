/** Something that is on or off. Without `flip` it only shows how it is, and that it cannot be changed. */

import { useId } from "react";

import css from "./Switch.module.css";

interface SwitchProps {
  readonly label: string;
  readonly note?: string;
  readonly on: boolean;
  readonly busy?: boolean;
  readonly flip?: (on: boolean) => void;
}

export function Switch({ label, note, on, busy = false, flip }: SwitchProps) {
  const id = useId();
  return (
    <div className={css["row"]}>
      <span className={css["text"]}>
        <span id={id} className={css["label"]}>
          {label}
        </span>
        {note && (
          <span id={`${id}-note`} className={css["note"]}>
            {note}
          </span>
        )}
      </span>
      <button
        type="button"
        role="switch"
        aria-checked={on}
        aria-labelledby={id}
        aria-describedby={note ? `${id}-note` : undefined}
        aria-busy={busy || undefined}
        aria-disabled={!flip || busy || undefined}
        className={css["switch"]}
        onClick={() => {
          if (flip && !busy) flip(!on);
        }}
      >
        <span aria-hidden className={css["knob"]} />
      </button>
    </div>
  );
}
