/** Reads the home page in one call: when a page opens, and every 3 s only while the socket is down. */

import { queryOptions, useQuery } from "@tanstack/react-query";

import { answer } from "../api/client";
import type { Dashboard } from "../api/model";
import { api } from "../wiring";
import { ACTIONS_KEPT, actionOf, applyRead, useLive } from "./live";

const POLL_SECONDS = 3;

async function readHome(signal: AbortSignal): Promise<Dashboard> {
  const { version } = useLive.getState();
  const found = await answer(api.GET("/api/dashboard", { signal }));
  applyRead(version, {
    profile: found.profile,
    gold: found.profile.gold_balance,
    stats: found.game_stats.games,
    actions: found.recent_actions.slice(0, ACTIONS_KEPT).map(actionOf),
  });
  return found;
}

/** Everything the home page shows; the figures in it that the socket moves go to the live store as well. */
export const home = queryOptions({
  queryKey: ["home"],
  queryFn: ({ signal }) => readHome(signal),
});

/** The home page by the socket's first message, which leaves out the community: what is known of it stays. */
export function homeBySocket(known: Dashboard | undefined, snapshot: Omit<Dashboard, "community">): Dashboard {
  return { ...snapshot, community: known?.community ?? null };
}

/** Keeps the live store fed where the socket does not; gives the state of the read for the screens' error states. */
export function useFigures() {
  const down = useLive((state) => state.connection === "down");
  return useQuery({
    queryKey: ["figures"],
    // A home page that is being read right now is waited for, not asked for twice.
    queryFn: async ({ client }) => (await client.query({ ...home, staleTime: 0 })).generated_at,
    staleTime: Infinity,
    refetchInterval: down ? POLL_SECONDS * 1000 : false,
    refetchIntervalInBackground: false,
  });
}
