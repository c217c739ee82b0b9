import { beforeEach, describe, expect, it } from "vitest";

import type { GameStats, SpinResult } from "../api/model";
import {
  applyBalance,
  applyConnection,
  applyMessage,
  applyRead,
  applyRound,
  forgetLive,
  useLive,
  type LiveProfile,
} from "./live";

const profile: LiveProfile = { id: 1, nickname: "Hana", rank: "STANDARD" };
const stats = { game_type: "slot", plays: 1 } as GameStats;
const round = (round_id: string, balance: number): SpinResult => ({ round_id, balance }) as SpinResult;

function message(type: string, data: object, id: number | null = null): void {
  applyMessage({ id, type, data: data as Record<string, unknown>, timestamp: "t" });
}

const gold = (): number | null => useLive.getState().gold;

beforeEach(() => {
  forgetLive();
  applyConnection("live");
});

describe("presence", () => {
  it("is the socket's last word on each player, until the line breaks", () => {
    message("presence", { user_id: 7, online: true });
    message("presence", { user_id: 9, online: true });
    message("presence", { user_id: 7, online: false });
    message("presence", { user_id: "7", online: true });
    expect(useLive.getState().here).toEqual({ 7: false, 9: true });
    applyConnection("down");
    expect(useLive.getState().here).toEqual({});
  });
});

describe("gold", () => {
  it("comes from profile updates and from answers", () => {
    message("profile_update", { changes: { gold_balance: 1_000 } });
    expect(gold()).toBe(1_000);
    applyRound(round("r1", 990));
    expect(gold()).toBe(990);
  });

  it("is not set back by an event older than the answer on screen", () => {
    applyRound(round("r2", 980));
    message("profile_update", { changes: { gold_balance: 990 } });
    expect(gold()).toBe(980);
    message("game_event", { round_id: "r2" });
    message("profile_update", { changes: { gold_balance: 1_480 } });
    expect(gold()).toBe(1_480);
  });

  it("is not set back by an answer slower than the socket", () => {
    message("game_event", { round_id: "r1" });
    message("profile_update", { changes: { gold_balance: 990 } });
    message("profile_update", { changes: { gold_balance: 5_000 } });
    applyRound(round("r1", 990));
    expect(gold()).toBe(5_000);
  });

  it("comes from a claim's answer only while the line is down: the socket brings it in order", () => {
    message("profile_update", { changes: { gold_balance: 1_200 } });
    applyBalance(1_150);
    expect(gold()).toBe(1_200);
    applyConnection("down");
    applyBalance(1_150);
    expect(gold()).toBe(1_150);
  });

  it("waits for no round while the line is down", () => {
    applyRound(round("r1", 990));
    applyConnection("down");
    message("profile_update", { changes: { gold_balance: 700 } });
    expect(gold()).toBe(700);
  });

  it("ignores a change that is not a number", () => {
    applyRound(round("r1", 990));
    message("profile_update", { changes: { gold_balance: "1" } });
    expect(gold()).toBe(990);
  });
});

describe("the snapshot", () => {
  it("replaces what was there", () => {
    applyRound(round("r1", 990));
    const snapshot = { profile: { ...profile, gold_balance: 123 }, game_stats: { games: [stats] }, recent_actions: [] };
    message("initial_state", snapshot);
    expect(gold()).toBe(123);
    expect(useLive.getState()).toMatchObject({ actions: [], stats: { slot: stats } });
  });
});

describe("reads", () => {
  it("are taken when nothing newer was applied since they began", () => {
    applyRead(useLive.getState().version, { profile, gold: 1_000 });
    expect(gold()).toBe(1_000);
  });

  it("are dropped where something newer was applied, and still fill what is missing", () => {
    const { version } = useLive.getState();
    message("profile_update", { changes: { gold_balance: 1_200 } });
    applyRead(version, { profile, gold: 1_000, stats: [stats] });
    expect(gold()).toBe(1_200);
    expect(useLive.getState().stats["slot"]).toEqual(stats);
  });
});

describe("lists", () => {
  it("show the newest action first and keep a few", () => {
    for (let id = 1; id <= 20; id += 1) message("user_action", { action_type: "SLOT_SPIN", context: { id } }, id);
    const { actions } = useLive.getState();
    expect(actions?.[0]?.context).toEqual({ id: 20 });
    expect(actions?.length).toBeLessThanOrEqual(10);
  });

  it("replace the statistics of one game by another update of it", () => {
    message("stats_update", { stats: { ...stats, plays: 4 } });
    message("stats_update", { stats: { ...stats, plays: 5 } });
    expect(useLive.getState().stats["slot"]?.plays).toBe(5);
  });

  it("leave unknown message types alone", () => {
    const before = useLive.getState();
    message("something_new", {});
    expect(useLive.getState()).toBe(before);
  });
});
