import { describe, expect, it } from "vitest";

import type { MyAchievement } from "../../api/model";
import { nearest } from "./NearAchievements";

const achievement = (code: string, progress: number, target: number, unlocked = false): MyAchievement => ({
  code,
  progress,
  target,
  unlocked,
  unlocked_at: unlocked ? "2026-11-21T20:15:00Z" : null,
  title: {},
  description: {},
  tier: "small",
  gold: 200,
  xp: 20,
  measure: "plays",
});

describe("the nearest achievements", () => {
  it("are the open ones of which the most is done", () => {
    const items = [
      achievement("done", 1, 1, true),
      achievement("far", 1, 100),
      achievement("near", 9, 10),
      achievement("half", 5, 10),
      achievement("untouched", 0, 10),
    ];
    expect(nearest(items).map(({ code }) => code)).toEqual(["near", "half", "far"]);
  });
});
