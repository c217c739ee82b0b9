/** The one button: hot for the thing to do, cold for the other thing, bare inside text. */

import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Link } from "react-router";

import css from "./Button.module.css";

export type Tone = "hot" | "cold" | "bare";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly tone?: Tone;
  readonly large?: boolean;
  /** Work in progress: the button stays focusable, says so, and does nothing. */
  readonly busy?: boolean;
}

function classes(tone: Tone, large: boolean): string {
  return [css["button"], css[tone], large ? css["large"] : ""].join(" ");
}

export function Button({ tone = "cold", large = false, busy = false, onClick, className, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={`${classes(tone, large)} ${className ?? ""}`}
      aria-busy={busy || undefined}
      aria-disabled={busy || rest.disabled || undefined}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
    />
  );
}

interface LinkButtonProps {
  readonly to: string;
  readonly tone?: Tone;
  readonly large?: boolean;
  readonly children: ReactNode;
}

/** A link that looks like a button, because it goes somewhere. */
export function LinkButton({ to, tone = "cold", large = false, children }: LinkButtonProps) {
  return (
    <Link className={classes(tone, large)} to={to}>
      {children}
    </Link>
  );
}
