/** Where the curve is on the screen; what is paid is decided by the server's clock alone. */

/** e^(growth × seconds), the multiplier of the curve. */
export function multiplierAt(growth: number, milliseconds: number): number {
  return Math.exp((growth * Math.max(0, milliseconds)) / 1000);
}

/** The milliseconds at which the curve is at a multiplier. */
export function millisecondsAt(growth: number, multiplier: number): number {
  return (Math.log(Math.max(1, multiplier)) / growth) * 1000;
}

/** How long a round had run when the server said what time it was. */
export function millisecondsRun(startedAt: string, serverTime: string): number {
  return Date.parse(serverTime) - Date.parse(startedAt);
}

/** The automatic cash-out as typed: null for none, undefined when it is not a multiplier from 1.01 to `max`. */
export function parseAuto(text: string, max: number): number | null | undefined {
  const typed = text.trim().replace(",", ".");
  if (typed === "") return null;
  if (!/^\d+(\.\d{1,2})?$/.test(typed)) return undefined;
  const multiplier = Number(typed);
  return multiplier >= 1.01 && multiplier <= max ? multiplier : undefined;
}

/** How much of the box's height the curve takes at most. */
const RISE = 0.86;

export interface Place {
  /** From the left and from the top, as shares of the box. */
  readonly x: number;
  readonly y: number;
}

/** Where the curve is at a moment of a round that has run `milliseconds`: the box grows with the round. */
export function placeAt(growth: number, at: number, milliseconds: number): Place {
  const span = Math.max(milliseconds, 4_000);
  const top = Math.max(multiplierAt(growth, milliseconds), 1.3) - 1;
  return { x: at / span, y: 1 - ((multiplierAt(growth, at) - 1) / top) * RISE };
}

/** The curve as an SVG path in a box of `width` × `height`, up to `milliseconds`. */
export function curvePath(growth: number, milliseconds: number, width: number, height: number): string {
  const steps = 48;
  const points = Array.from({ length: steps + 1 }, (_, step) => {
    const { x, y } = placeAt(growth, (milliseconds * step) / steps, milliseconds);
    return `${(x * width).toFixed(1)} ${(y * height).toFixed(1)}`;
  });
  return `M${points.join("L")}`;
}
