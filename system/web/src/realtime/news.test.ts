import { describe, expect, it } from "vitest";

import type { SyncMessage } from "./message";
import { concerned } from "./news";

const message = (type: string, data: SyncMessage["data"] = {}): SyncMessage => ({ id: 1, type, data, timestamp: "t" });

describe("news", () => {
  it("make the reads old that they are about", () => {
    expect(concerned(message("streak_update"))).toEqual([["streak"], ["home"]]);
    expect(concerned(message("mission_progress"))).toEqual([["missions"], ["home"]]);
  });

  it("make everything old when the line could not be resumed", () => {
    expect(concerned(message("initial_state"))).toHaveLength(9);
  });

  it("tell of a round of crash on another device, and of those one follows", () => {
    expect(concerned(message("game_event", { game_type: "crash", outcome: "running" }))).toEqual([["crash"]]);
    expect(concerned(message("feed_event"))).toEqual([["social", "feed"]]);
  });

  it("leave alone what they do not concern", () => {
    expect(concerned(message("game_event", { game_type: "slot" }))).toEqual([]);
  });
});
