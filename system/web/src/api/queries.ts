/** The reads of the screens: their keys, their calls, and how long an answer is good. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api } from "../wiring";
import { answer } from "./client";

const PULSE_SECONDS = 10;
const PAGE_ROUNDS = 20;
const DEVICES_SHOWN = 50;

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

export const rounds = infiniteQueryOptions({
  queryKey: ["rounds"],
  queryFn: ({ pageParam, signal }) =>
    answer(
      api.GET("/api/games/history", {
        params: { query: { limit: PAGE_ROUNDS, ...(pageParam !== null && { cursor: pageParam }) } },
        signal,
      }),
    ),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor ?? null,
});
