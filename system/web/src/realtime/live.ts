/** The figures the socket moves. The server's word replaces what is here; nothing is ever computed from it. */

import { create } from "zustand";

import type { ActionItem, GameStats, User } from "../api/model";
import type { SyncMessage } from "./message";
import type { Connection } from "./socket";

export const ACTIONS_KEPT = 6;
const ROUNDS_REMEMBERED = 50;

export interface LiveAction {
  readonly key: string;
  readonly actionType: string;
  readonly at: string;
  readonly context: Readonly<Record<string, unknown>>;
}

/** The part of the profile that every screen shows. */
export type LiveProfile = Pick<User, "id" | "nickname" | "rank">;

interface LiveState {
  readonly connection: Connection;
  readonly gold: number | null;
  readonly profile: LiveProfile | null;
  readonly stats: Readonly<Record<string, GameStats>>;
  readonly actions: readonly LiveAction[] | null;
  /** Players one follows who came or went since the page opened; lists say how it was before. */
  readonly here: Readonly<Record<number, boolean>>;
  /** Counts what was applied, so that a read that began before can be told from one that began after. */
  readonly version: number;
  /** A round whose answer is here and whose events are still on the way: older gold from the socket is not shown. */
  readonly awaitedRound: string | null;
  readonly seenRounds: readonly string[];
}

const EMPTY: LiveState = {
  connection: "connecting",
  gold: null,
  profile: null,
  stats: {},
  actions: null,
  here: {},
  version: 0,
  awaitedRound: null,
  seenRounds: [],
};

export const useLive = create<LiveState>(() => EMPTY);

type Data = Readonly<Record<string, unknown>>;
type Change = Partial<LiveState>;

const isData = (value: unknown): value is Data => typeof value === "object" && value !== null;
const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** An action of the log; its number is that of the event that told it, so neither list shows it twice. */
export function actionOf(item: ActionItem): LiveAction {
  return { key: String(item.id), actionType: item.action_type, at: item.created_at, context: item.context };
}

/** The dashboard snapshot: `profile` with its gold, `game_stats` with its `games`, `recent_actions`. */
interface Snapshot {
  readonly profile?: LiveProfile & { readonly gold_balance: number };
  readonly game_stats?: { readonly games: readonly GameStats[] };
  readonly recent_actions?: readonly ActionItem[];
}

function snapshot({ profile, game_stats, recent_actions }: Snapshot): Change {
  return {
    ...(profile && { profile, gold: profile.gold_balance }),
    ...(game_stats && { stats: Object.fromEntries(game_stats.games.map((stats) => [stats.game_type, stats])) }),
    ...(recent_actions && { actions: recent_actions.slice(0, ACTIONS_KEPT).map(actionOf) }),
    awaitedRound: null,
  };
}

function profileUpdate(state: LiveState, data: Data): Change {
  const changes = isData(data["changes"]) ? data["changes"] : {};
  const { gold_balance: gold, ...rest } = changes;
  return {
    ...(typeof gold === "number" && state.awaitedRound === null && { gold }),
    ...(state.profile && { profile: { ...state.profile, ...rest } }),
  };
}

function statsUpdate(state: LiveState, data: Data): Change {
  const stats = data["stats"];
  if (!isData(stats) || typeof stats["game_type"] !== "string") return {};
  return { stats: { ...state.stats, [stats["game_type"]]: stats as unknown as GameStats } };
}

function userAction(state: LiveState, message: SyncMessage): Change {
  const action: LiveAction = {
    key: String(message.id),
    actionType: text(message.data["action_type"]),
    at: text(message.data["server_ts"]) || message.timestamp,
    context: isData(message.data["context"]) ? message.data["context"] : {},
  };
  return { actions: [action, ...(state.actions ?? [])].slice(0, ACTIONS_KEPT) };
}

/** The name under which the start of a round that goes on is remembered: its end comes under the round's own. */
export const startOf = (round: string): string => `${round}:start`;

function gameEvent(state: LiveState, data: Data): Change {
  const id = text(data["round_id"]);
  if (!id) return {};
  const round = data["outcome"] === "running" ? startOf(id) : id;
  return {
    seenRounds: [round, ...state.seenRounds].slice(0, ROUNDS_REMEMBERED),
    ...(state.awaitedRound === round && { awaitedRound: null }),
  };
}

function presence(state: LiveState, { user_id: userId, online }: Data): Change {
  if (typeof userId !== "number" || typeof online !== "boolean") return {};
  return { here: { ...state.here, [userId]: online } };
}

function changeOf(state: LiveState, message: SyncMessage): Change | null {
  switch (message.type) {
    case "initial_state":
      return snapshot(message.data);
    case "profile_update":
      return profileUpdate(state, message.data);
    case "stats_update":
      return statsUpdate(state, message.data);
    case "user_action":
      return userAction(state, message);
    case "game_event":
      return gameEvent(state, message.data);
    case "presence":
      return presence(state, message.data);
    default:
      return null;
  }
}

/** Applies one message of the socket, in the order received. */
export function applyMessage(message: SyncMessage): void {
  useLive.setState((state) => {
    const change = changeOf(state, message);
    return change ? { ...change, version: state.version + 1 } : state;
  });
}

/** The part of an answer that moves gold. */
export interface Settled {
  readonly round_id: string;
  readonly balance: number;
}

/**
 * Takes the figures of a settled round. When the socket already delivered this round it is ahead of the answer,
 * and the answer's balance is older than what is shown.
 */
export function applyRound(result: Settled): void {
  useLive.setState((state) => {
    if (state.seenRounds.includes(result.round_id)) return state;
    const awaitedRound = state.connection === "live" ? result.round_id : null;
    return { gold: result.balance, awaitedRound, version: state.version + 1 };
  });
}

/**
 * Takes the balance of an answer that was no round. While the line is live the socket brings it too, in the right
 * order among everything else that moves gold; only without the line is the answer the newest word.
 */
export function applyBalance(balance: number): void {
  useLive.setState((state) => (state.connection === "live" ? state : { gold: balance, version: state.version + 1 }));
}

/** What a read brought; only the members present are replaced. */
export interface ReadFigures {
  readonly gold?: number;
  readonly profile?: LiveProfile;
  readonly stats?: readonly GameStats[];
  readonly actions?: readonly LiveAction[];
}

/**
 * Takes the figures of a read that began at `version`. Where something newer was applied meanwhile,
 * only the figures that are still missing are taken.
 */
export function applyRead(version: number, figures: ReadFigures): void {
  useLive.setState((state) => {
    const { gold, profile, stats, actions } = figures;
    const current = state.version === version;
    const taken = (stats ?? []).filter((one) => current || !state.stats[one.game_type]);
    return {
      ...(gold !== undefined && (current || state.gold === null) && { gold }),
      ...(profile && (current || state.profile === null) && { profile }),
      ...(actions && (current || state.actions === null) && { actions }),
      ...(taken.length > 0 && {
        stats: { ...state.stats, ...Object.fromEntries(taken.map((one) => [one.game_type, one])) },
      }),
    };
  });
}

export function applyConnection(connection: Connection): void {
  // While the line is down nothing older than the last answer can arrive, so no round is awaited.
  useLive.setState(connection === "live" ? { connection } : { connection, awaitedRound: null, here: {} });
}

/** Forgets everything at log-out. */
export function forgetLive(): void {
  useLive.setState(EMPTY);
}
