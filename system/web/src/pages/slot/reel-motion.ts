/** How a reel moves: positions over time, without a browser. Positions count stops; the reel turns towards smaller ones. */

const SPEED = 24;
const SPEED_UP_SECONDS = 0.22;
/** Stops still to pass once the landing begins: few enough to be short, enough to be seen slowing down. */
const LANDING_STOPS = 9;
const OVERSHOOT_STOPS = 0.22;
const SETTLE_SECONDS = 0.2;
const LANDING_SECONDS = (2 * (LANDING_STOPS + OVERSHOOT_STOPS)) / SPEED;
/** Above this speed, in stops a second, the symbols are a blur. */
export const BLUR_SPEED = 11;

export interface Moment {
  readonly position: number;
  /** Stops a second. */
  readonly speed: number;
  readonly rested: boolean;
}

/** A position brought into [0, stops). */
export function wrapped(position: number, stops: number): number {
  return ((position % stops) + stops) % stops;
}

/** A reel that started to turn at `from`, `seconds` ago, and does not know yet where it will stop. */
export function turning(from: number, seconds: number): Moment {
  const ramp = Math.min(seconds, SPEED_UP_SECONDS);
  const distance = (SPEED * ramp * ramp) / (2 * SPEED_UP_SECONDS) + SPEED * (seconds - ramp);
  return { position: from - distance, speed: (SPEED * ramp) / SPEED_UP_SECONDS, rested: false };
}

/**
 * A reel that landing takes to `stop`: it slows down evenly, goes a little too far and falls back.
 * The landing starts a fixed number of stops before its end, which the blur of full speed hides.
 */
export function landing(stop: number, seconds: number): Moment {
  if (seconds < LANDING_SECONDS) {
    const left = 1 - seconds / LANDING_SECONDS;
    const ahead = (LANDING_STOPS + OVERSHOOT_STOPS) * left * left - OVERSHOOT_STOPS;
    return { position: stop + ahead, speed: SPEED * left, rested: false };
  }
  const settled = Math.min(1, (seconds - LANDING_SECONDS) / SETTLE_SECONDS);
  const back = OVERSHOOT_STOPS * (1 - settled) ** 2;
  return { position: stop - back, speed: 0, rested: settled >= 1 };
}
