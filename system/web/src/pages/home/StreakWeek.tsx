/** The streak on the home page: how long it is, this week's days, and today's reward. */

import { Check } from "lucide-react";

import type { StreakStatus } from "../../api/model";
import { useWords } from "../../i18n/text";
import { Surface } from "../../ui/Surface";
import { monthOf, utc, weekOf } from "../rewards/month";
import { ClaimToday, Standing } from "../rewards/StreakCard";
import { useCalendarFormats } from "../rewards/useCalendarFormats";
import { More } from "./More";
import css from "./StreakWeek.module.css";

export function StreakWeek({ status }: { readonly status: StreakStatus }) {
  const words = useWords();
  return (
    <Surface
      title={words("streak.title")}
      lit="hot"
      aside={<More to="/rewards" text={words("home.streak.more")} />}
    >
      <Standing status={status} />
      <Week status={status} />
      <ClaimToday status={status} />
    </Surface>
  );
}

function Week({ status }: { readonly status: StreakStatus }) {
  const words = useWords();
  const formats = useCalendarFormats();
  const here = new Set(status.attendance_week);
  return (
    <ol className={css["week"]} aria-label={words("home.streak.week")}>
      {weekOf(status.today).map((day) => {
        const date = Number(day.slice(8));
        const moment = utc(monthOf(day), date);
        const notes = [here.has(day) && words("streak.here"), day === status.today && words("streak.isToday")];
        return (
          <li
            key={day}
            className={css["day"]}
            data-here={here.has(day) || undefined}
            data-today={day === status.today || undefined}
          >
            <span aria-hidden>{formats.weekday(moment)}</span>
            <span aria-hidden className={css["mark"]}>
              {here.has(day) ? <Check size={18} strokeWidth={2.2} /> : date}
            </span>
            <span className="visually-hidden">
              {[formats.day(moment), ...notes].filter(Boolean).join(", ")}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
