import { describe, expect, it } from "vitest";

import type { SpinResult } from "../../api/model";
import { ApiError } from "../../api/problem";
import { betChips, betSteps, parseBet, stepFrom } from "../play/bets";
import { landing, turning, wrapped } from "./reel-motion";
import { next, START } from "./spin-view";

const limits = { min: 1, max: 10_000 };
const bet = { amount: 10, intent: { idempotencyKey: "k", traceId: "t", ownSeed: null } };

describe("bets", () => {
  it("stay inside the limits the server publishes", () => {
    expect(betSteps({ min: 20, max: 300 })).toEqual([20, 25, 50, 100, 250, 300]);
    expect(stepFrom(10_000, 1, limits)).toBe(10_000);
    expect(stepFrom(1, -1, limits)).toBe(1);
    expect(stepFrom(60, 1, limits)).toBe(100);
    expect(stepFrom(60, -1, limits)).toBe(50);
    expect(betChips({ min: 2_000, max: 5_000 })).toEqual([2_000, 2_500, 5_000]);
  });

  it("are whole numbers typed as such", () => {
    expect(["10", " 7 ", "10000"].map((text) => parseBet(text, limits))).toEqual([10, 7, 10_000]);
    for (const bad of ["", "0", "10001", "1.5", "1e3", "-5", "ten"]) expect(parseBet(bad, limits)).toBeNull();
  });
});

describe("a reel", () => {
  it("turns towards smaller stops, faster and faster, then evenly", () => {
    expect(turning(5, 0)).toEqual({ position: 5, speed: 0, rested: false });
    const positions = [0.1, 0.2, 0.5, 1].map((seconds) => turning(5, seconds).position);
    expect(positions).toEqual([...positions].sort((left, right) => right - left));
    expect(turning(5, 1).speed).toBe(turning(5, 2).speed);
  });

  it("lands exactly on its stop, a little over it first", () => {
    const track = Array.from({ length: 200 }, (_, step) => landing(7, step / 100));
    expect(track[0]?.position).toBeGreaterThan(14);
    expect(Math.min(...track.map(({ position }) => position))).toBeLessThan(7);
    expect(track.at(-1)).toEqual({ position: 7, speed: 0, rested: true });
  });

  it("counts positions round the strip", () => {
    expect([-1, 0, 25, 26].map((position) => wrapped(position, 25))).toEqual([24, 0, 0, 1]);
  });
});

describe("a spin", () => {
  const result = { round_id: "r" } as SpinResult;

  it("goes from the click over the answer to the rest of the last reel", () => {
    let view = next(START, { kind: "asked" });
    expect(view.phase).toBe("turning");
    view = next(view, { kind: "answered", result });
    view = next(next(next(view, { kind: "tell" }), { kind: "tell" }), { kind: "tell" });
    expect([view.phase, view.told]).toEqual(["landing", 3]);
    for (const phase of ["landing", "landing", "idle"]) {
      view = next(view, { kind: "landed", reels: 3 });
      expect(view.phase).toBe(phase);
    }
  });

  it.each([
    ["a lost answer", new ApiError(0, "timeout", "", null), true],
    ["a failing server", new ApiError(503, "unavailable", "", null), true],
    ["a first attempt still running", new ApiError(409, "idempotency_in_progress", "", null), true],
    ["too little gold", new ApiError(402, "insufficient_gold", "", null), false],
  ])("keeps its bet, key and all, only after %s that may have settled", (_case, error, kept) => {
    const view = next(next(START, { kind: "asked" }), { kind: "failed", error, bet });
    expect(view.phase).toBe("idle");
    expect(view.uncertain).toBe(kept ? bet : null);
  });
});
