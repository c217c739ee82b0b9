/** One spin from the click to the reels' rest: asks the server, turns meanwhile, lands where it says. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useReducer, useRef } from "react";

import { answer } from "../../api/client";
import { intentHeaders } from "../../api/intent";
import { rounds, seed } from "../../api/queries";
import { newRoundIntent, seedMember } from "../../fairness/own-seed";
import { rememberPromise } from "../../fairness/promises";
import { applyRound } from "../../realtime/live";
import { holdGold, showGold } from "../../realtime/presentation";
import { useAbort } from "../../ui/useAbort";
import { api } from "../../wiring";
import { next, START, type Bet } from "./spin-view";

/** The reels turn at least this long, so that a fast answer is still a spin. */
const TURN_MS_MIN = 500;
const BETWEEN_REELS_MS = 240;

export function useSpin(reels: number) {
  const [view, step] = useReducer(next, START);
  const startedAt = useRef(0);
  const abort = useAbort();
  const queries = useQueryClient();
  const ask = useMutation({
    mutationFn: ({ amount, intent }: Bet) =>
      answer(
        api.POST("/api/games/slot/spin", {
          body: { betAmount: amount, ...seedMember(intent) },
          headers: intentHeaders(intent),
          signal: abort(),
        }),
      ),
    onSuccess: (result, { intent }) => {
      applyRound(result);
      const { server_seed_hash: serverSeedHash } = result.fairness;
      rememberPromise(result.round_id, { serverSeedHash, ownSeed: intent.ownSeed });
      step({ kind: "answered", result });
    },
    onError: (error, bet) => {
      showGold();
      step({ kind: "failed", error, bet });
    },
  });

  const { phase, told } = view;
  useEffect(() => {
    if (phase !== "landing" || told >= reels) return;
    const turned = performance.now() - startedAt.current;
    const wait = told === 0 ? Math.max(0, TURN_MS_MIN - turned) : BETWEEN_REELS_MS;
    const timer = setTimeout(() => step({ kind: "tell" }), wait);
    return () => clearTimeout(timer);
  }, [phase, told, reels]);

  useEffect(() => {
    if (phase !== "idle") return;
    showGold();
    void queries.invalidateQueries({ queryKey: rounds().queryKey });
    void queries.invalidateQueries({ queryKey: seed.queryKey });
  }, [phase, queries]);
  // Leaving in the middle of a spin must not leave the gold on hold.
  useEffect(() => showGold, []);

  function start(bet: Bet): void {
    startedAt.current = performance.now();
    holdGold();
    step({ kind: "asked" });
    ask.mutate(bet);
  }

  return {
    view,
    spin: (amount: number) => start({ amount, intent: newRoundIntent() }),
    askAgain: (bet: Bet) => start(bet),
    reelLanded: () => step({ kind: "landed", reels }),
  };
}
