/** Time left until a moment, in the two units that matter, ticking. */

import { useWords, type Words } from "../i18n/text";
import { useCountdown } from "./useClock";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `seconds` in words: days and hours, hours and minutes, or minutes and seconds. */
export function span(seconds: number, words: Words): string {
  const days = Math.floor(seconds / DAY);
  const hours = Math.floor((seconds % DAY) / HOUR);
  const minutes = Math.floor((seconds % HOUR) / MINUTE);
  if (days > 0) return words("time.daysHours", { days, hours });
  if (hours > 0) return words("time.hoursMinutes", { hours, minutes });
  return words("time.minutesSeconds", { minutes, seconds: Math.floor(seconds % MINUTE) });
}

/** The words for the time left until `moment` (RFC 3339). */
export function useRemaining(moment: string): string {
  const words = useWords();
  return span(useCountdown(Date.parse(moment)), words);
}
