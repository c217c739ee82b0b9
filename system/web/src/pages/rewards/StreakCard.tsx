/** The streak: how long it is, when it breaks, today's reward, and the seven days it leads to. */

import { useQuery } from "@tanstack/react-query";
import { Check, Flame, Gift } from "lucide-react";

import { answer } from "../../api/client";
import type { ComingDay, StreakStatus } from "../../api/model";
import { streak, streakPreview } from "../../api/queries";
import { useFormats, useWords } from "../../i18n/text";
import { AsyncView } from "../../ui/AsyncView";
import { Button } from "../../ui/Button";
import { SkeletonLines } from "../../ui/Skeleton";
import { Surface } from "../../ui/Surface";
import { span, useRemaining } from "../../ui/Remaining";
import { api } from "../../wiring";
import css from "./StreakCard.module.css";
import { useClaim } from "./useClaim";

const BIG_EVERY = 7;

export function StreakCard() {
  const words = useWords();
  const read = useQuery(streak);
  return (
    <Surface title={words("streak.title")} lit="hot">
      <AsyncView read={read} skeleton={<SkeletonLines count={3} height="3rem" />}>
        {(status) => (
          <>
            <Standing status={status} />
            <ClaimToday status={status} />
            <ComingDays />
          </>
        )}
      </AsyncView>
    </Surface>
  );
}

export function Standing({ status }: { readonly status: StreakStatus }) {
  const words = useWords();
  const { number } = useFormats();
  return (
    <div className={css["standing"]} data-alight={status.count > 0 || undefined}>
      <Flame aria-hidden className={css["flame"]} size={44} strokeWidth={1.4} />
      <span aria-hidden className={css["count"]}>
        {number(status.count)}
      </span>
      <div>
        <p className={css["days"]}>
          {status.count > 0 ? words("streak.days", { count: status.count }) : words("streak.none")}
        </p>
        {status.count > 0 && <Breaks seconds={status.ttl_seconds} />}
        {status.longest > 0 && <p className={css["soft"]}>{words("streak.longest", { count: status.longest })}</p>}
      </div>
    </div>
  );
}

function Breaks({ seconds }: { readonly seconds: number }) {
  const words = useWords();
  return <p className={css["soft"]}>{words("streak.breaks", { time: span(seconds, words) })}</p>;
}

export function ClaimToday({ status }: { readonly status: StreakStatus }) {
  const words = useWords();
  const reward = useClaim<null, { awarded_gold: number; new_gold_balance: number }>({
    ask: (_, sent) => answer(api.POST("/api/streak/claim", { body: { actionType: "DAILY_LOGIN" }, ...sent })),
    told: ({ awarded_gold }) => words("rewards.given", { gold: awarded_gold }),
    balance: ({ new_gold_balance }) => new_gold_balance,
    moves: ["streak", "missions", "battlepass"],
  });
  const next = { day: status.next_reward.streak_count, gold: status.next_reward.gold };
  if (status.claimed_today) return <Tomorrow status={status} next={next} />;
  return (
    <div className={css["claim"]}>
      <Button tone="hot" large busy={reward.busy} onClick={() => reward.claim(null)}>
        <Gift aria-hidden size={20} strokeWidth={1.8} />
        {words("streak.claim", next)}
      </Button>
    </div>
  );
}

interface TomorrowProps {
  readonly status: StreakStatus;
  readonly next: { readonly day: number; readonly gold: number };
}

function Tomorrow({ status, next }: TomorrowProps) {
  const words = useWords();
  const time = useRemaining(status.next_claim_at);
  return (
    <p className={css["tomorrow"]}>
      <Check aria-hidden size={18} strokeWidth={2} />
      <span>{words("streak.tomorrow", { ...next, time })}</span>
    </p>
  );
}

function ComingDays() {
  const words = useWords();
  const read = useQuery(streakPreview);
  return (
    <AsyncView read={read} skeleton={<SkeletonLines count={1} height="4.5rem" />}>
      {({ days }) => (
        <ol className={css["week"]} aria-label={words("streak.week")}>
          {days.map((day) => (
            <DayStep key={day.day} day={day} />
          ))}
        </ol>
      )}
    </AsyncView>
  );
}

function DayStep({ day }: { readonly day: ComingDay }) {
  const words = useWords();
  const { number } = useFormats();
  const big = day.streak_count % BIG_EVERY === 0;
  return (
    <li className={css["step"]} data-big={big || undefined} data-claimed={day.claimed || undefined}>
      <span className={css["stepDay"]}>{words("streak.day", { day: day.streak_count })}</span>
      {day.claimed ? <Check aria-hidden size={18} strokeWidth={2} /> : <Gift aria-hidden size={18} strokeWidth={1.6} />}
      <span className={css["stepGold"]}>{number(day.gold)}</span>
      {day.claimed && <span className="visually-hidden">{words("rewards.claimed")}</span>}
    </li>
  );
}
