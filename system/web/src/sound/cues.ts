/** Every sound of the club as a few synthesised tones: no file to fetch, and each can be read and changed here. */

/** A tone that glides from one pitch to another, in hertz, and fades; `at` and `seconds` count from the cue's start. */
export interface Tone {
  readonly wave: OscillatorType;
  readonly from: number;
  readonly to: number;
  readonly at: number;
  readonly seconds: number;
  /** Loudness at its start, 0 to 1. */
  readonly gain: number;
}

export type Cue = "reel" | "win" | "bigWin" | "back" | "lose" | "capsule" | "rare" | "legendary" | "launch" | "burn";

/** Steps of the major chord that wins are played in, in hertz. */
const CHORD = [523.25, 659.25, 783.99, 1046.5] as const;

function rising(steps: readonly number[], between: number, seconds: number, gain: number): readonly Tone[] {
  return steps.map((pitch, step) => ({ wave: "triangle", from: pitch, to: pitch, at: step * between, seconds, gain }));
}

/** From this multiplier on a win is a big one. */
const BIG_MULTIPLIER = 10;

export function cueOf(outcome: "win" | "draw" | "lose", multiplier: number): Cue {
  if (outcome === "win") return multiplier >= BIG_MULTIPLIER ? "bigWin" : "win";
  return outcome === "draw" ? "back" : "lose";
}

export const CUES: Readonly<Record<Cue, readonly Tone[]>> = {
  reel: [{ wave: "square", from: 190, to: 90, at: 0, seconds: 0.07, gain: 0.05 }],
  win: rising(CHORD.slice(0, 3), 0.09, 0.24, 0.1),
  bigWin: [...rising(CHORD, 0.11, 0.4, 0.11), ...rising(CHORD.map((pitch) => pitch * 2), 0.11, 0.3, 0.04)],
  back: [{ wave: "triangle", from: 440, to: 440, at: 0, seconds: 0.16, gain: 0.07 }],
  lose: [{ wave: "sine", from: 220, to: 150, at: 0, seconds: 0.3, gain: 0.07 }],
  capsule: [{ wave: "sine", from: 620, to: 480, at: 0, seconds: 0.12, gain: 0.07 }],
  rare: rising(CHORD.slice(0, 2), 0.07, 0.2, 0.08),
  legendary: [...rising(CHORD, 0.08, 0.5, 0.11), { wave: "sine", from: 1046.5, to: 2093, at: 0.34, seconds: 0.7, gain: 0.05 }],
  launch: [{ wave: "sawtooth", from: 70, to: 320, at: 0, seconds: 0.55, gain: 0.05 }],
  burn: [
    { wave: "sawtooth", from: 240, to: 40, at: 0, seconds: 0.6, gain: 0.08 },
    { wave: "square", from: 90, to: 30, at: 0, seconds: 0.4, gain: 0.05 },
  ],
};
