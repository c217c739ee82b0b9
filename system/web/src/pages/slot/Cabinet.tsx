/** The machine itself: reels under a sign, the win line, the result, the bet and the button. */

import { useState, type SyntheticEvent } from "react";

import type { GameOf } from "../../api/model";
import { useWords } from "../../i18n/text";
import { cueOf } from "../../sound/cues";
import { useCue } from "../../sound/play";
import { Button } from "../../ui/Button";
import { ErrorBanner } from "../../ui/ErrorBanner";
import { symbolName } from "../../ui/SlotSymbol";
import { BetChooser } from "../play/BetChooser";
import { parseBet } from "../play/bets";
import css from "./Cabinet.module.css";
import { Outcome, outcomeText } from "./Outcome";
import { Reel } from "./Reel";
import type { SpinView } from "./spin-view";
import { useSpin } from "./useSpin";

const FIRST_BET = 10;

/** Where a reel is to stop, or null while it must go on turning. */
function stopOf({ phase, result, told }: SpinView, reel: number): number | null {
  if (phase === "turning" || (phase === "landing" && told <= reel)) return null;
  return result?.stops[reel] ?? 0;
}

export function Cabinet({ game }: { readonly game: GameOf<"slot"> }) {
  const limits = { min: game.min_bet, max: game.max_bet };
  const [text, setText] = useState(String(Math.min(Math.max(FIRST_BET, limits.min), limits.max)));
  const { view, spin, askAgain, reelLanded } = useSpin(game.odds.strips.length);
  const words = useWords();
  const bet = parseBet(text, limits);
  const busy = view.phase !== "idle";
  const { uncertain, result } = view;
  useCue(view.phase === "landing" ? `${result?.round_id ?? ""}:${view.landed}` : null, view.landed > 0 ? "reel" : null);
  useCue(busy ? null : (result?.round_id ?? "none"), result && cueOf(result.outcome, result.multiplier));

  function play(event: SyntheticEvent): void {
    event.preventDefault();
    if (busy) return;
    if (uncertain) askAgain(uncertain);
    else if (bet !== null) spin(bet);
  }

  return (
    <section className={css["cabinet"]} data-phase={view.phase} aria-label={words("game.slot")}>
      <h2 className={css["title"]}>{words("game.slot")}</h2>
      <Reels game={game} view={view} reelLanded={reelLanded} />
      <Outcome view={view} />
      <Announcement view={view} />
      <SpinTrouble view={view} />
      <form className={css["controls"]} noValidate onSubmit={play}>
        <BetChooser text={text} change={setText} limits={limits} disabled={busy || uncertain !== null} />
        <Button type="submit" tone="hot" large busy={busy} disabled={bet === null}>
          {words(busy ? "slot.spinning" : uncertain ? "slot.askAgain" : "slot.spin")}
        </Button>
      </form>
    </section>
  );
}

interface ReelsProps {
  readonly game: GameOf<"slot">;
  readonly view: SpinView;
  readonly reelLanded: () => void;
}

function Reels({ game, view, reelLanded }: ReelsProps) {
  const { strips } = game.odds;
  const won = view.phase === "idle" && view.result?.outcome === "win";
  return (
    <div className={css["reels"]} data-won={won || undefined}>
      {strips.map((strip, reel) => (
        <Reel
          key={reel}
          number={reel + 1}
          strip={strip}
          stop={stopOf(view, reel)}
          turns={view.phase !== "idle"}
          won={won}
          landed={reelLanded}
        />
      ))}
      <span className={css["line"]} aria-hidden />
    </div>
  );
}

/** Reads the landed round out: symbols, outcome, and the gold the server gives. */
function Announcement({ view: { phase, result } }: { readonly view: SpinView }) {
  const words = useWords();
  const landed = phase === "idle" ? result : null;
  const symbols = landed?.symbols.map((symbol) => symbolName(symbol, words)).join(", ") ?? "";
  return (
    <p className="visually-hidden" role="status">
      {landed && words("slot.announce", { symbols, outcome: outcomeText(landed, words), balance: landed.balance })}
    </p>
  );
}

function SpinTrouble({ view: { error, uncertain } }: { readonly view: SpinView }) {
  const words = useWords();
  if (error === null) return null;
  return uncertain ? <ErrorBanner error={error} text={words("slot.uncertain")} /> : <ErrorBanner error={error} />;
}
