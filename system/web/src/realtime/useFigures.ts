/** Reads the live figures over HTTP: once when a page opens, and every 3 s only while the socket is down. */

import { useQuery } from "@tanstack/react-query";

import { answer } from "../api/client";
import { api } from "../wiring";
import { ACTIONS_KEPT, actionOf, applyRead, useLive } from "./live";

const POLL_SECONDS = 3;

async function readFigures(signal: AbortSignal): Promise<true> {
  const { version } = useLive.getState();
  const readStats = async (): Promise<void> => {
    const params = { path: { game_type: "slot" } } as const;
    applyRead(version, { stats: await answer(api.GET("/api/games/{game_type}/stats", { params, signal })) });
  };
  const readProfile = async (): Promise<void> => {
    const profile = await answer(api.GET("/api/auth/me", { signal }));
    applyRead(version, { profile, gold: profile.gold_balance });
    const params = { path: { user_id: profile.id }, query: { limit: ACTIONS_KEPT } };
    const actions = await answer(api.GET("/api/actions/recent/{user_id}", { params, signal }));
    applyRead(version, { actions: actions.items.map(actionOf) });
  };
  await Promise.all([readStats(), readProfile()]);
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
