/** Rock, paper, scissors: choose a hand, and see the server's. */

import { useEffect, useState, type SyntheticEvent } from "react";

import { answer } from "../../api/client";
import { intentHeaders } from "../../api/intent";
import type { GameOf, RpsResult } from "../../api/model";
import { seedMember } from "../../fairness/own-seed";
import { useFormats, useWords } from "../../i18n/text";
import { cueOf } from "../../sound/cues";
import { useCue } from "../../sound/play";
import { Button } from "../../ui/Button";
import { Figures } from "../../ui/Figure";
import { useReducedMotion } from "../../ui/useReducedMotion";
import { api } from "../../wiring";
import { BetChooser } from "../play/BetChooser";
import { parseBet } from "../play/bets";
import controls from "../play/Controls.module.css";
import { GameRoom } from "../play/GameRoom";
import { OutcomeLine } from "../play/OutcomeLine";
import { Stage, type Mood } from "../play/Stage";
import { Trouble } from "../play/Trouble";
import { useAsk } from "../play/useAsk";
import { HAND_ICONS, HANDS, type HandName } from "./hands";
import css from "./RpsPage.module.css";

const FIRST_BET = 10;
/** The fists swing at least this long, so that a fast answer is still a round. */
const SWING_MS = 900;

interface Shown {
  readonly choice: HandName;
  readonly amount: number;
}

export function RpsPage() {
  const words = useWords();
  return (
    <GameRoom
      type="rps"
      stage={(game) => <Table game={game} />}
      about={(game) => [{ key: "odds", label: words("slot.tab.odds"), panel: () => <Odds game={game} /> }]}
    />
  );
}

function useShowdown() {
  const still = useReducedMotion();
  const round = useAsk<Shown, RpsResult>((asked, intent, signal) =>
    answer(
      api.POST("/api/games/rps/play", {
        body: { choice: asked.choice, betAmount: asked.amount, ...seedMember(intent) },
        headers: intentHeaders(intent),
        signal,
      }),
    ),
  );
  const [revealed, setRevealed] = useState<RpsResult | null>(null);
  const { result, shown } = round;
  useEffect(() => {
    if (result === null || result === revealed) return;
    const timer = setTimeout(
      () => {
        setRevealed(result);
        shown();
      },
      still ? 0 : SWING_MS,
    );
    return () => clearTimeout(timer);
  }, [result, revealed, shown, still]);
  return { ...round, revealed, swinging: round.busy || result !== revealed };
}

const MOODS: Readonly<Record<RpsResult["outcome"], Mood>> = { win: "won", draw: "idle", lose: "lost" };

function Table({ game }: { readonly game: GameOf<"rps"> }) {
  const words = useWords();
  const limits = { min: game.min_bet, max: game.max_bet };
  const [text, setText] = useState(String(FIRST_BET));
  const [choice, setChoice] = useState<HandName>("rock");
  const { revealed, swinging, uncertain, error, ask, askAgain } = useShowdown();
  const bet = parseBet(text, limits);
  useCue(revealed?.round_id ?? "none", revealed && cueOf(revealed.outcome, revealed.multiplier));

  function play(event: SyntheticEvent): void {
    event.preventDefault();
    if (swinging) return;
    if (uncertain) askAgain();
    else if (bet !== null) ask({ choice, amount: bet });
  }

  const hidden = swinging ? null : revealed;
  return (
    <Stage
      title={words("game.rps")}
      mood={swinging ? "busy" : hidden ? MOODS[hidden.outcome] : "idle"}
      below={
        <>
          <Result result={hidden} swinging={swinging} />
          <Trouble error={error} uncertain={uncertain} />
          <form className={controls["controls"]} data-split noValidate onSubmit={play}>
            <BetChooser text={text} change={setText} limits={limits} disabled={swinging || uncertain} />
            <Button type="submit" tone="hot" large busy={swinging} disabled={bet === null}>
              {words(uncertain ? "slot.askAgain" : "rps.play")}
            </Button>
          </form>
        </>
      }
    >
      <div className={css["table"]} data-swinging={swinging || undefined}>
        <Fist hand={hidden?.choice ?? choice} side="mine" label={words("rps.you")} />
        <span className={css["versus"]} aria-hidden>
          {words("rps.versus")}
        </span>
        <Fist hand={hidden?.server_move ?? null} side="theirs" label={words("rps.house")} />
      </div>
      <Choices choice={choice} choose={setChoice} disabled={swinging || uncertain} />
    </Stage>
  );
}

interface FistProps {
  readonly hand: HandName | null;
  readonly side: "mine" | "theirs";
  readonly label: string;
}

function Fist({ hand, side, label }: FistProps) {
  const words = useWords();
  const Icon = HAND_ICONS[hand ?? "rock"];
  return (
    <figure className={css["fist"]} data-side={side} data-hidden={hand === null || undefined}>
      <Icon aria-hidden strokeWidth={1.1} />
      <figcaption>
        {label}
        {hand !== null && <span className="visually-hidden">: {words(`rps.${hand}`)}</span>}
      </figcaption>
    </figure>
  );
}

interface ChoicesProps {
  readonly choice: HandName;
  readonly choose: (hand: HandName) => void;
  readonly disabled: boolean;
}

function Choices({ choice, choose, disabled }: ChoicesProps) {
  const words = useWords();
  return (
    <fieldset className={css["choices"]} disabled={disabled}>
      <legend className="visually-hidden">{words("rps.choose")}</legend>
      {HANDS.map((hand) => {
        const Icon = HAND_ICONS[hand];
        return (
          <button
            key={hand}
            type="button"
            className={css["choice"]}
            aria-pressed={hand === choice}
            onClick={() => choose(hand)}
          >
            <Icon aria-hidden size={26} strokeWidth={1.5} />
            {words(`rps.${hand}`)}
          </button>
        );
      })}
    </fieldset>
  );
}

function Result({ result, swinging }: { readonly result: RpsResult | null; readonly swinging: boolean }) {
  const words = useWords();
  if (swinging) return <OutcomeLine text={words("rps.swinging")} />;
  if (result === null) return <OutcomeLine text={words("rps.idle")} />;
  if (result.outcome === "win") return <OutcomeLine key={result.round_id} text="" won={result.win_amount} />;
  const text = result.outcome === "draw" ? words("slot.back", { win: result.win_amount }) : words("slot.lose");
  return <OutcomeLine text={text} />;
}

function Odds({ game: { odds, rtp } }: { readonly game: GameOf<"rps"> }) {
  const words = useWords();
  const { percent, number } = useFormats();
  const chances = odds.chances as Readonly<Record<RpsResult["outcome"], number>>;
  return (
    <div className={css["odds"]}>
      <Figures
        figures={[
          { label: words("odds.rtp"), value: percent(rtp) },
          ...(["win", "draw", "lose"] as const).map((outcome) => ({
            label: words(`rps.odds.${outcome}`),
            value: `${percent(chances[outcome])} · ${words("slot.multiplier", { multiplier: odds.pays[outcome] ?? 0 })}`,
          })),
        ]}
      />
      <p className={css["text"]}>{words("rps.odds.text", { draws: number(odds.draws), exact: odds.rtp_exact })}</p>
    </div>
  );
}
