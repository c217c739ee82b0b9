import { afterEach, beforeEach, expect, it, vi } from "vitest";

// Where the browser keeps the preference; modules read it as they load.
vi.hoisted(() => vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined }));

import { switchSound } from "../preferences";
import { CUES } from "./cues";
import { playCue } from "./play";

const started: { type: string; at: number }[] = [];
let opened = 0;

class Param {
  setValueAtTime(): void {}
  exponentialRampToValueAtTime(): void {}
}

class Device {
  readonly currentTime = 10;
  readonly destination = {};
  readonly state = "running";
  constructor() {
    opened += 1;
  }
  createGain() {
    return { gain: new Param(), connect: () => this.destination };
  }
  createOscillator() {
    const oscillator = {
      type: "",
      frequency: new Param(),
      connect: (next: unknown) => next,
      start: (at: number) => started.push({ type: oscillator.type, at }),
      stop: () => undefined,
    };
    return oscillator;
  }
}

beforeEach(() => vi.stubGlobal("AudioContext", Device));
afterEach(() => {
  switchSound(false);
  started.length = 0;
});

it("opens no audio device until sound was asked for", () => {
  playCue("win");
  expect([opened, started]).toEqual([0, []]);
});

it("plays every tone of a cue at its moment, on one device", () => {
  switchSound(true);
  playCue("win");
  playCue("burn");
  expect(opened).toBe(1);
  expect(started.map(({ at }) => at)).toEqual([...CUES.win, ...CUES.burn].map(({ at }) => 10 + at));
});

it("keeps every cue short, soft and within hearing", () => {
  for (const tone of Object.values(CUES).flat()) {
    expect(tone.at + tone.seconds).toBeLessThan(1.5);
    expect(tone.gain).toBeLessThanOrEqual(0.12);
    expect(Math.min(tone.from, tone.to)).toBeGreaterThanOrEqual(20);
    expect(Math.max(tone.from, tone.to)).toBeLessThan(4_000);
  }
});
