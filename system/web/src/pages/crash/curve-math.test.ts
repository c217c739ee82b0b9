import { describe, expect, it } from "vitest";

import { curvePath, millisecondsAt, millisecondsRun, multiplierAt, parseAuto, placeAt } from "./curve-math";

const GROWTH = 0.06;

describe("the curve", () => {
  it("is where the published growth says", () => {
    expect(multiplierAt(GROWTH, 0)).toBe(1);
    expect(multiplierAt(GROWTH, 11_552.453)).toBeCloseTo(2, 6);
    expect(millisecondsAt(GROWTH, 2)).toBeCloseTo(11_552.453, 2);
    expect(multiplierAt(GROWTH, -5)).toBe(1);
  });

  it("ends where its comet is", () => {
    for (const milliseconds of [0, 2_000, 30_000]) {
      const end = curvePath(GROWTH, milliseconds, 400, 200).split(/[ML]/).at(-1)?.split(" ").map(Number) ?? [];
      const { x, y } = placeAt(GROWTH, milliseconds, milliseconds);
      expect(end[0]).toBeCloseTo(x * 400, 0);
      expect(end[1]).toBeCloseTo(y * 200, 0);
    }
  });

  it("stays in its box", () => {
    for (const milliseconds of [0, 500, 4_000, 60_000]) {
      const numbers = curvePath(GROWTH, milliseconds, 400, 200).slice(1).split(/[L ]/).map(Number);
      expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...numbers)).toBeLessThanOrEqual(400);
    }
  });
});

describe("a running round", () => {
  it("is as old as the server's clock says", () => {
    expect(millisecondsRun("2026-01-01T00:00:00.000Z", "2026-01-01T00:00:03.250Z")).toBe(3_250);
  });
});

describe("the automatic cash-out", () => {
  it("takes steps of a hundredth within the limits", () => {
    expect(parseAuto("", 1_000)).toBeNull();
    expect(parseAuto(" 2.5 ", 1_000)).toBe(2.5);
    expect(parseAuto("2,50", 1_000)).toBe(2.5);
    for (const bad of ["1", "1.005", "1000.01", "x", "-2"]) expect(parseAuto(bad, 1_000)).toBeUndefined();
  });
});
