/** The capsules: pull one or ten, see them open one by one, and how far the pity has come. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { answer } from "../../api/client";
import { intentHeaders } from "../../api/intent";
import type { GameOf, PulledItem, PullResult } from "../../api/model";
import { games, gachaStats } from "../../api/queries";
import { seedMember } from "../../fairness/own-seed";
import { useFormats, useWords } from "../../i18n/text";
import type { Cue } from "../../sound/cues";
import { useCue } from "../../sound/play";
import { Button } from "../../ui/Button";
import { Coin } from "../../ui/Coin";
import { useReducedMotion } from "../../ui/useReducedMotion";
import { api } from "../../wiring";
import { GameRoom } from "../play/GameRoom";
import { OutcomeLine } from "../play/OutcomeLine";
import { Stage } from "../play/Stage";
import { Trouble } from "../play/Trouble";
import { useAsk } from "../play/useAsk";
import { Capsules } from "./Capsules";
import css from "./GachaPage.module.css";
import { GachaOdds } from "./GachaOdds";

const SHAKE_MS = 700;
const BETWEEN_CAPSULES_MS = 180;
const COUNTS = [1, 10] as const;
type Count = (typeof COUNTS)[number];

export function GachaPage() {
  const words = useWords();
  return (
    <GameRoom
      type="gacha"
      stage={(game) => <Machine game={game} />}
      about={(game) => [{ key: "odds", label: words("slot.tab.odds"), panel: () => <GachaOdds game={game} /> }]}
    />
  );
}

/** Asks for a pull, then opens its capsules one after another. */
function usePull() {
  const still = useReducedMotion();
  const queries = useQueryClient();
  const round = useAsk<Count, PullResult>((count, intent, signal) =>
    answer(api.POST("/api/games/gacha/pull", { body: { count, ...seedMember(intent) }, headers: intentHeaders(intent), signal })),
  );
  const [opened, setOpened] = useState(0);
  const [of, setOf] = useState<PullResult | null>(null);
  const { result, shown } = round;
  const items = result?.items.length ?? 0;
  const fresh = result !== of;
  const at = fresh ? 0 : opened;
  useEffect(() => {
    if (result === null || (!fresh && opened >= items)) return;
    const wait = still ? 0 : at === 0 ? SHAKE_MS : BETWEEN_CAPSULES_MS;
    const timer = setTimeout(() => {
      setOf(result);
      setOpened(still ? items : at + 1);
      if (still || at + 1 === items) {
        shown();
        void queries.invalidateQueries({ queryKey: gachaStats.queryKey });
        void queries.invalidateQueries({ queryKey: games.queryKey });
      }
    }, wait);
    return () => clearTimeout(timer);
  }, [result, fresh, opened, items, at, still, shown, queries]);
  return { ...round, opened: at, opening: result !== null && at < items };
}

const RARITY_CUES: Readonly<Record<PulledItem["rarity"], Cue>> = {
  Common: "capsule",
  Rare: "rare",
  Epic: "win",
  Legendary: "legendary",
};

/** The sound of the capsule that opened last. */
function cueOfOpened(items: readonly PulledItem[], opened: number): Cue | null {
  const item = items[opened - 1];
  return item ? RARITY_CUES[item.rarity] : null;
}

function Machine({ game }: { readonly game: GameOf<"gacha"> }) {
  const words = useWords();
  const { result, opened, opening, busy, uncertain, error, ask, askAgain } = usePull();
  const working = busy || opening;
  useCue(result ? `${result.round_id}:${opened}` : "none", cueOfOpened(result?.items ?? [], opened));
  const open = !working && result !== null;
  const best = open && result.items.some((item) => item.rarity === "Legendary" || item.rarity === "Epic");
  return (
    <Stage
      title={words("game.gacha")}
      mood={working ? "busy" : best ? "won" : "idle"}
      below={
        <>
          <Outcome result={open ? result : null} working={working} />
          <Trouble error={error} uncertain={uncertain} />
          <div className={css["buttons"]}>
            {uncertain ? (
              <Button tone="hot" large busy={working} onClick={askAgain}>
                {words("slot.askAgain")}
              </Button>
            ) : (
              COUNTS.map((count) => (
                <PullButton key={count} count={count} cost={game.odds.cost} busy={working} pull={ask} />
              ))
            )}
          </div>
          <Standing pityOf={game.odds.hard_pity} />
        </>
      }
    >
      <Capsules items={busy ? [] : (result?.items ?? [])} opened={busy ? 0 : opened} shaking={busy} />
    </Stage>
  );
}

interface PullButtonProps {
  readonly count: Count;
  readonly cost: number;
  readonly busy: boolean;
  readonly pull: (count: Count) => void;
}

function PullButton({ count, cost, busy, pull }: PullButtonProps) {
  const words = useWords();
  const { number } = useFormats();
  return (
    <Button tone={count === 1 ? "cold" : "hot"} large busy={busy} onClick={() => pull(count)}>
      <span className={css["pull"]}>
        {words("gacha.pull", { count })}
        <small className={css["price"]}>
          <Coin /> {number(cost * count)}
        </small>
      </span>
    </Button>
  );
}

function Outcome({ result, working }: { readonly result: PullResult | null; readonly working: boolean }) {
  const words = useWords();
  if (working) return <OutcomeLine text={words("gacha.opening")} />;
  if (result === null) return <OutcomeLine text={words("gacha.idle")} />;
  return (
    <div className={css["outcome"]}>
      <OutcomeLine key={result.round_id} text={words("gacha.given", { gold: result.win_amount })} />
      <p className={css["message"]}>{words(`gacha.message.${result.psychological_message}`)}</p>
    </div>
  );
}

/** How near the sure Legendary is, and what is left of the day. */
function Standing({ pityOf }: { readonly pityOf: number }) {
  const words = useWords();
  const { data } = useQuery(gachaStats);
  const pity = data?.pity ?? 0;
  const left = data ? Math.max(0, data.daily_limit - data.daily_used) : null;
  return (
    <div className={css["standing"]}>
      <div className={css["pity"]}>
        <span>{words("gacha.pity", { pity, of: pityOf })}</span>
        <meter min={0} max={pityOf} value={pity} aria-label={words("gacha.pityLabel")} />
      </div>
      <p>{left === null ? words("state.loading") : words("gacha.left", { count: left })}</p>
    </div>
  );
}
