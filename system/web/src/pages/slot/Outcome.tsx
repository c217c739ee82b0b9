/** The line under the reels: what the round brought, in the server's figures. */

import type { SpinResult } from "../../api/model";
import { useWords, type Words } from "../../i18n/text";
import { Coin } from "../../ui/Coin";
import { useSlow } from "../../ui/useSlow";
import { useTween } from "../../ui/useTween";
import css from "../play/OutcomeLine.module.css";
import type { SpinView } from "./spin-view";

/** One sentence for a settled round. */
export function outcomeText(result: SpinResult, words: Words): string {
  if (result.outcome === "win") return words("slot.win", { win: result.win_amount });
  if (result.outcome === "draw") return words("slot.back", { win: result.win_amount });
  return words("slot.lose");
}

export function Outcome({ view: { phase, result } }: { readonly view: SpinView }) {
  const words = useWords();
  const slow = useSlow(phase === "turning");
  if (phase !== "idle") return <p className={css["outcome"]}>{words(slow ? "state.slow" : "slot.spinning")}</p>;
  if (result === null) return <p className={css["outcome"]}>{words("slot.idle")}</p>;
  if (result.outcome !== "win") return <p className={css["outcome"]}>{outcomeText(result, words)}</p>;
  return <Win key={result.round_id} result={result} />;
}

function Win({ result }: { readonly result: SpinResult }) {
  const words = useWords();
  const shown = useTween(result.win_amount, 0);
  return (
    <p className={css["outcome"]} data-won>
      <Coin />
      <span>{words("slot.win", { win: shown })}</span>
      <span className={css["multiplier"]}>{words("slot.multiplier", { multiplier: result.multiplier })}</span>
    </p>
  );
}
