/** The bets a player can step through, within the limits the server publishes. */

const STEPS = [1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000] as const;
const CHIPS_MAX = 5;

export interface Limits {
  readonly min: number;
  readonly max: number;
}

/** Every step inside the limits, with the limits themselves at the ends. */
export function betSteps({ min, max }: Limits): number[] {
  const inside = STEPS.filter((step) => step > min && step < max);
  return [min, ...inside, max];
}

/** The next smaller (-1) or larger (1) step from `bet`; stays at the limits. */
export function stepFrom(bet: number, direction: 1 | -1, limits: Limits): number {
  const steps = betSteps(limits);
  const found = direction === 1 ? steps.find((step) => step > bet) : steps.findLast((step) => step < bet);
  return found ?? (direction === 1 ? limits.max : limits.min);
}

/** A few steps to choose from at once, spread over the limits. */
export function betChips(limits: Limits): number[] {
  const preferred = [10, 50, 100, 500, 1_000].filter((chip) => chip >= limits.min && chip <= limits.max);
  return preferred.length > 0 ? preferred : betSteps(limits).slice(0, CHIPS_MAX);
}

/** What the player typed as a bet, or null when it is not a whole number inside the limits. */
export function parseBet(text: string, { min, max }: Limits): number | null {
  if (!/^\d+$/.test(text.trim())) return null;
  const bet = Number(text);
  return bet >= min && bet <= max ? bet : null;
}
