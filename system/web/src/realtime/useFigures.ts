/** Reads the live figures over HTTP in one call: when a page opens, and every 3 s only while the socket is down. */

import { useQuery } from "@tanstack/react-query";

import { answer } from "../api/client";
import { api } from "../wiring";
import { ACTIONS_KEPT, actionOf, applyRead, useLive } from "./live";

const POLL_SECONDS = 3;

async function readFigures(signal: AbortSignal): Promise<true> {
  const { version } = useLive.getState();
  const { profile, game_stats, recent_actions } = await answer(api.GET("/api/dashboard", { signal }));
  applyRead(version, {
    profile,
    gold: profile.gold_balance,
    stats: game_stats.games,
    actions: recent_actions.slice(0, ACTIONS_KEPT).map(actionOf),
  });
  return true;
}

/** Keeps the live store fed where the socket does not; gives the state of the read for the screens' error states. */
export function useFigures() {
  const down = useLive((state) => state.connection === "down");
  return useQuery({
    queryKey: ["figures"],
    queryFn: ({ signal }) => readFigures(signal),
    staleTime: Infinity,
    refetchInterval: down ? POLL_SECONDS * 1000 : false,
    refetchIntervalInBackground: false,
  });
}
