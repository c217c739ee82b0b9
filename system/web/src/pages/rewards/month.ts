/** The days of a month as a calendar shows them, weeks beginning on Monday. Days are text: `2026-11-21`. */

const two = (value: number): string => String(value).padStart(2, "0");

export interface Month {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
}

export function monthOf(day: string): Month {
  return { year: Number(day.slice(0, 4)), month: Number(day.slice(5, 7)) };
}

/** The month `steps` later; earlier with a negative number. */
export function shifted({ year, month }: Month, steps: number): Month {
  const months = year * 12 + (month - 1) + steps;
  return { year: Math.floor(months / 12), month: (months % 12) + 1 };
}

/** Every day of the month, after as many nulls as the first week has days of the month before. */
export function cells({ year, month }: Month): readonly (string | null)[] {
  const first = new Date(Date.UTC(year, month - 1, 1));
  const before = (first.getUTCDay() + 6) % 7;
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const named = Array.from({ length: days }, (_, place) => `${year}-${two(month)}-${two(place + 1)}`);
  return [...Array.from({ length: before }, () => null), ...named];
}

/** The moment that names a day or month for Intl in UTC. */
export function utc({ year, month }: Month, day = 1): Date {
  return new Date(Date.UTC(year, month - 1, day));
}

/** The seven days of the week that `day` is in, Monday first. */
export function weekOf(day: string): readonly string[] {
  const moment = new Date(`${day}T00:00:00Z`);
  const monday = moment.getUTCDate() - ((moment.getUTCDay() + 6) % 7);
  return WEEK.map((_, place) => {
    const other = new Date(Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth(), monday + place));
    return other.toISOString().slice(0, 10);
  });
}

/** A Monday and the six days after it, for the names of weekdays. */
export const WEEK: readonly Date[] = Array.from({ length: 7 }, (_, day) => new Date(Date.UTC(2024, 0, 1 + day)));
