/** The month's days on which the player was here, with the months before it, and the switch that forgives one. */

import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useState } from "react";

import { answer } from "../../api/client";
import type { StreakHistory, StreakStatus } from "../../api/model";
import { streak, streakMonth } from "../../api/queries";
import { useWords } from "../../i18n/text";
import { AsyncView } from "../../ui/AsyncView";
import { Button } from "../../ui/Button";
import { SkeletonLines } from "../../ui/Skeleton";
import { Surface } from "../../ui/Surface";
import { api } from "../../wiring";
import { cells, monthOf, shifted, utc, WEEK, type Month } from "./month";
import css from "./StreakCalendar.module.css";
import { useCalendarFormats } from "./useCalendarFormats";
import { useClaim } from "./useClaim";

export function StreakCalendar() {
  const read = useQuery(streak);
  return (
    <AsyncView read={read} skeleton={<SkeletonLines count={5} height="2.5rem" />}>
      {(status) => <Calendar status={status} />}
    </AsyncView>
  );
}

function Calendar({ status }: { readonly status: StreakStatus }) {
  const words = useWords();
  const formats = useCalendarFormats();
  const [steps, setSteps] = useState(0);
  const shown = shifted(monthOf(status.today), steps);
  const read = useQuery(streakMonth(shown.year, shown.month));
  return (
    <Surface
      title={words("streak.calendar", { month: formats.month(utc(shown)) })}
      aside={
        <div className={css["turn"]}>
          <Button tone="bare" aria-label={words("streak.previous")} onClick={() => setSteps(steps - 1)}>
            <ChevronLeft aria-hidden size={20} />
          </Button>
          <Button
            tone="bare"
            aria-label={words("streak.next")}
            disabled={steps >= 0}
            onClick={() => setSteps(Math.min(0, steps + 1))}
          >
            <ChevronRight aria-hidden size={20} />
          </Button>
        </div>
      }
    >
      <AsyncView read={read} skeleton={<SkeletonLines count={5} height="2.5rem" />}>
        {(history) => <Days month={shown} history={history} today={status.today} />}
      </AsyncView>
      <Protection status={status} />
    </Surface>
  );
}

const NOTES = { here: "streak.here", forgiven: "streak.forgiven" } as const;

interface DaysProps {
  readonly month: Month;
  readonly history: StreakHistory;
  readonly today: string;
}

function Days({ month, history, today }: DaysProps) {
  const words = useWords();
  const formats = useCalendarFormats();
  const known = new Map(history.days.map((day) => [day.day, day.forgiven ? "forgiven" : "here"] as const));
  return (
    <>
      <div className={css["week"]} aria-hidden>
        {WEEK.map((day) => (
          <span key={day.getTime()}>{formats.weekday(day)}</span>
        ))}
      </div>
      <ol className={css["days"]}>
        {cells(month).map((day, place) => {
          if (day === null) return <li key={`before-${place}`} aria-hidden />;
          const state = known.get(day);
          const date = Number(day.slice(8));
          const notes = [state && words(NOTES[state]), day === today && words("streak.isToday")];
          return (
            <li key={day} className={css["day"]} data-state={state} data-today={day === today || undefined}>
              <time dateTime={day} aria-hidden>
                {date}
              </time>
              <span className="visually-hidden">
                {[formats.day(utc(month, date)), ...notes].filter(Boolean).join(", ")}
              </span>
            </li>
          );
        })}
      </ol>
    </>
  );
}

function Protection({ status }: { readonly status: StreakStatus }) {
  const words = useWords();
  const protect = useClaim<boolean, { enabled: boolean }>({
    ask: (enabled, { signal }) => answer(api.POST("/api/streak/protection", { body: { actionType: "DAILY_LOGIN", enabled }, signal })),
    told: () => words("streak.protection"),
    moves: ["streak"],
  });
  return (
    <label className={css["protection"]}>
      <input
        type="checkbox"
        checked={protect.target ?? status.protection_enabled}
        disabled={protect.busy}
        onChange={(event) => protect.claim(event.target.checked)}
      />
      {words("streak.protection")}
    </label>
  );
}
