/** The reads of the screens: their keys, their calls, and how long an answer is good. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api } from "../wiring";
import { answer } from "./client";
import type { GameType } from "./model";

export type Board = "gold_won" | "biggest_multiplier" | "streak";
export type BoardWindow = "day" | "week" | "month" | "all";

const PULSE_SECONDS = 10;
const STATUS_SECONDS = 20;
const PAGE_NOTICES = 20;
const PAGE_ROUNDS = 20;
const DEVICES_SHOWN = 50;
const PAGE_PURCHASES = 20;
/** Stock moves under everybody's hands. */
const LIMITED_SECONDS = 10;

export const games = queryOptions({
  queryKey: ["games"],
  queryFn: ({ signal }) => answer(api.GET("/api/games/", { signal })),
  staleTime: 60_000,
});

export const pulse = queryOptions({
  queryKey: ["pulse"],
  queryFn: ({ signal }) => answer(api.GET("/api/metrics/global", { signal })),
  refetchInterval: PULSE_SECONDS * 1000,
});

export const publicStatus = queryOptions({
  queryKey: ["status"],
  queryFn: ({ signal }) => answer(api.GET("/api/status", { signal })),
  refetchInterval: STATUS_SECONDS * 1000,
});

export const invite = (code: string) =>
  queryOptions({
    queryKey: ["invite", code],
    queryFn: ({ signal }) => answer(api.GET("/api/invite/validate", { params: { query: { code } }, signal })),
    staleTime: 30_000,
  });

export const profile = queryOptions({
  queryKey: ["profile"],
  queryFn: ({ signal }) => answer(api.GET("/api/auth/me", { signal })),
});

export const devices = queryOptions({
  queryKey: ["devices"],
  queryFn: ({ signal }) => answer(api.GET("/api/auth/sessions", { params: { query: { limit: DEVICES_SHOWN } }, signal })),
});

export const playLimits = queryOptions({
  queryKey: ["limits"],
  queryFn: ({ signal }) => answer(api.GET("/api/users/me/limits", { signal })),
});

export const noticeSettings = queryOptions({
  queryKey: ["notice-settings"],
  queryFn: ({ signal }) => answer(api.GET("/api/notification/settings", { signal })),
});

/** The inbox by pages; each page also says how many are unread in all. */
export const inbox = infiniteQueryOptions({
  queryKey: ["inbox"],
  queryFn: ({ pageParam, signal }) =>
    answer(
      api.GET("/api/notifications", {
        params: { query: { limit: PAGE_NOTICES, ...(pageParam !== null && { cursor: pageParam }) } },
        signal,
      }),
    ),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor ?? null,
});

export const seed = queryOptions({
  queryKey: ["fairness", "seed"],
  queryFn: ({ signal }) => answer(api.GET("/api/games/fairness/seed", { signal })),
});

export const streak = queryOptions({
  queryKey: ["streak", "status"],
  queryFn: ({ signal }) => answer(api.GET("/api/streak/status", { signal })),
});

export const streakPreview = queryOptions({
  queryKey: ["streak", "preview"],
  queryFn: ({ signal }) => answer(api.GET("/api/streak/preview", { signal })),
});

export const streakMonth = (year: number, month: number) =>
  queryOptions({
    queryKey: ["streak", "history", year, month],
    queryFn: ({ signal }) => answer(api.GET("/api/streak/history", { params: { query: { year, month } }, signal })),
  });

export const vip = queryOptions({
  queryKey: ["vip"],
  queryFn: ({ signal }) => answer(api.GET("/api/vip/status", { signal })),
});

export const events = queryOptions({
  queryKey: ["events"],
  queryFn: ({ signal }) => answer(api.GET("/api/events/", { signal })),
});

export const missions = queryOptions({
  queryKey: ["missions"],
  queryFn: ({ signal }) => answer(api.GET("/api/events/missions/all", { signal })),
});

export const battlePass = queryOptions({
  queryKey: ["battlepass"],
  queryFn: ({ signal }) => answer(api.GET("/api/battlepass", { signal })),
});

export const achievements = queryOptions({
  queryKey: ["achievements"],
  queryFn: ({ signal }) => answer(api.GET("/api/achievements/me", { signal })),
});

export const rewards = queryOptions({
  queryKey: ["rewards"],
  queryFn: ({ signal }) => answer(api.GET("/api/rewards/me", { signal })),
});

/** The player's rounds, of all games or of one; the key without a game covers them all. */
export const rounds = (game?: GameType) =>
  infiniteQueryOptions({
    queryKey: game === undefined ? ["rounds"] : ["rounds", game],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET("/api/games/history", {
          params: {
            query: {
              limit: PAGE_ROUNDS,
              ...(game !== undefined && { game_type: game }),
              ...(pageParam !== null && { cursor: pageParam }),
            },
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
  });

export const gachaStats = queryOptions({
  queryKey: ["gacha", "stats"],
  queryFn: ({ signal }) => answer(api.GET("/api/games/gacha/stats", { signal })),
});

/** The running round of crash and the one before it; asked every second while one runs. */
export const crashNow = queryOptions({
  queryKey: ["crash", "current"],
  queryFn: async ({ signal }) => {
    const asked = performance.now();
    const now = await answer(api.GET("/api/games/crash/current", { signal }));
    return { ...now, heardAt: (asked + performance.now()) / 2 };
  },
  refetchInterval: ({ state }) => (state.data?.round ? 1_000 : false),
});

export const leaderboard = (board: Board, window: BoardWindow) =>
  queryOptions({
    queryKey: ["leaderboard", board, window],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/leaderboards/{board}", { params: { path: { board }, query: { window } }, signal })),
    staleTime: 15_000,
  });

export const player = (userId: number) =>
  queryOptions({
    queryKey: ["player", userId],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/games/players/{user_id}", { params: { path: { user_id: userId } }, signal })),
  });

export const socialSettings = queryOptions({
  queryKey: ["social", "settings"],
  queryFn: ({ signal }) => answer(api.GET("/api/games/follow/settings", { signal })),
});

const paged = <T,>(read: (cursor: string | null, signal: AbortSignal) => Promise<T & { next_cursor: string | null }>, key: string) =>
  infiniteQueryOptions({
    queryKey: ["social", key],
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
  });

const from = (cursor: string | null) => ({ query: cursor === null ? {} : { cursor } });

export const feed = paged((cursor, signal) => answer(api.GET("/api/games/feed", { params: from(cursor), signal })), "feed");

export const followed = paged(
  (cursor, signal) => answer(api.GET("/api/games/follow/list", { params: from(cursor), signal })),
  "followed",
);

export const followers = paged(
  (cursor, signal) => answer(api.GET("/api/games/followers", { params: from(cursor), signal })),
  "followers",
);
export const catalogue = queryOptions({
  queryKey: ["catalogue"],
  queryFn: ({ signal }) => answer(api.GET("/api/shop/catalog", { signal })),
  staleTime: 60_000,
});

export const limited = queryOptions({
  queryKey: ["limited"],
  queryFn: ({ signal }) => answer(api.GET("/api/shop/limited", { signal })),
  refetchInterval: LIMITED_SECONDS * 1000,
});

export const purchases = infiniteQueryOptions({
  queryKey: ["purchases"],
  queryFn: ({ pageParam, signal }) =>
    answer(
      api.GET("/api/shop/transactions", {
        params: { query: { limit: PAGE_PURCHASES, ...(pageParam !== null && { cursor: pageParam }) } },
        signal,
      }),
    ),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor ?? null,
});

export const receipt = (receiptCode: string) =>
  queryOptions({
    queryKey: ["receipt", receiptCode],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/shop/transactions/{receipt_code}", { params: { path: { receipt_code: receiptCode } }, signal }),
      ),
  });
