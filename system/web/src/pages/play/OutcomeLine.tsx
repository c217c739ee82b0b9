/** The line under a game: what the round brought, in the server's figures, also read out. */

import type { ReactNode } from "react";

import { useWords } from "../../i18n/text";
import { Coin } from "../../ui/Coin";
import { useTween } from "../../ui/useTween";
import css from "./OutcomeLine.module.css";

interface OutcomeLineProps {
  /** What to say; while a round runs, that it does. */
  readonly text: string;
  /** Gold to count up to, when the round was won. */
  readonly won?: number | undefined;
  readonly aside?: ReactNode;
}

export function OutcomeLine({ text, won, aside }: OutcomeLineProps) {
  return (
    <p className={css["outcome"]} role="status" data-won={won !== undefined || undefined}>
      {won === undefined ? <span>{text}</span> : <Won amount={won} />}
      {aside}
    </p>
  );
}

function Won({ amount }: { readonly amount: number }) {
  const words = useWords();
  const shown = useTween(amount, 0);
  return (
    <>
      <Coin />
      <span aria-hidden>{words("slot.win", { win: shown })}</span>
      <span className="visually-hidden">{words("slot.win", { win: amount })}</span>
    </>
  );
}
