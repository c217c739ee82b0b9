/** What the player just did, newest first, moving as it happens. */

import type { MessageKey } from "../../i18n/en";
import { useFormats, useWords, type Words } from "../../i18n/text";
import type { LiveAction } from "../../realtime/live";
import { EmptyState } from "../../ui/AsyncView";
import { SlotSymbol } from "../../ui/SlotSymbol";
import { useClock } from "../../ui/useClock";
import css from "./RecentActions.module.css";

const ROUNDS = ["SLOT_SPIN", "GACHA_PULL", "RPS_PLAY", "CRASH_ROUND"];
const CLAIMS = ["STREAK_CLAIM", "MISSION_CLAIM", "EVENT_CLAIM", "PASS_CLAIM", "VIP_CLAIM", "CODE_REDEEM"];
const LOOKS = ["OPEN_SHOP", "BUY_CLICK", "PURCHASE", "OPEN_GAME", "OPEN_HISTORY", "OPEN_PROFILE"];
const NAMED = new Set([...ROUNDS, ...CLAIMS, ...LOOKS]);
const CLOCK_SECONDS = 30;

function nameOf({ actionType }: LiveAction, words: Words): string {
  return words((NAMED.has(actionType) ? `action.${actionType}` : "action.other") as MessageKey);
}

function detailOf({ context }: LiveAction, words: Words): string | null {
  const { bet_amount: bet, win_amount: win, gold } = context;
  if (typeof gold === "number") return words("rewards.gold", { gold });
  return typeof bet === "number" && typeof win === "number" ? words("action.stakeReturn", { bet, win }) : null;
}

export function RecentActions({ actions }: { readonly actions: readonly LiveAction[] }) {
  const words = useWords();
  const { ago } = useFormats();
  const now = useClock(CLOCK_SECONDS);
  if (actions.length === 0) {
    return <EmptyState text={words("home.actionsEmpty")} picture={<SlotSymbol name="seven" />} />;
  }
  return (
    <ol className={css["list"]}>
      {actions.map((action) => (
        <li key={action.key} className={css["item"]}>
          <span className={css["name"]}>{nameOf(action, words)}</span>
          <time className={css["time"]} dateTime={action.at}>
            {ago(action.at, now)}
          </time>
          <span className={css["detail"]}>{detailOf(action, words)}</span>
        </li>
      ))}
    </ol>
  );
}
