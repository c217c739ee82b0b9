/** One spin from the click to the reels' rest: asks the server, turns meanwhile, lands where it says. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useReducer, useRef } from "react";

import { answer } from "../../api/client";
import { intentHeaders, newIntent, type Intent } from "../../api/intent";
import type { SpinResult } from "../../api/model";
import { ApiError } from "../../api/problem";
import { rounds, seed } from "../../api/queries";
import { rememberPromise } from "../../fairness/promises";
import { applyRound } from "../../realtime/live";
import { holdGold, showGold } from "../../realtime/presentation";
import { useAbort } from "../../ui/useAbort";
import { api } from "../../wiring";

/** The reels turn at least this long, so that a fast answer is still a spin. */
const TURN_MS_MIN = 500;
const BETWEEN_REELS_MS = 240;

interface Bet {
  readonly amount: number;
  readonly intent: Intent;
}

export interface SpinView {
  readonly phase: "idle" | "turning" | "landing";
  /** The round on the reels: being landed, or the last one. */
  readonly result: SpinResult | null;
  /** How many reels have been told their stop. */
  readonly told: number;
  readonly landed: number;
  readonly error: Error | null;
  /** A bet whose answer was lost: asking again settles it or brings the answer it had. */
  readonly uncertain: Bet | null;
}

const START: SpinView = { phase: "idle", result: null, told: 0, landed: 0, error: null, uncertain: null };

type Step =
  | { readonly kind: "asked" }
  | { readonly kind: "answered"; readonly result: SpinResult }
  | { readonly kind: "tell" }
  | { readonly kind: "landed"; readonly reels: number }
  | { readonly kind: "failed"; readonly error: Error; readonly bet: Bet };

/** True when the server may have settled the bet although no answer came. */
export function isUncertain(error: Error): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status >= 500 || error.code === "idempotency_in_progress");
}

export function next(view: SpinView, step: Step): SpinView {
  switch (step.kind) {
    case "asked":
      return { ...view, phase: "turning", told: 0, landed: 0, error: null, uncertain: null };
    case "answered":
      return { ...view, phase: "landing", result: step.result };
    case "tell":
      return { ...view, told: view.told + 1 };
    case "landed":
      return view.landed + 1 < step.reels ? { ...view, landed: view.landed + 1 } : { ...view, phase: "idle", landed: step.reels };
    case "failed":
      return { ...view, phase: "idle", error: step.error, uncertain: isUncertain(step.error) ? step.bet : null };
  }
}

export function useSpin(reels: number) {
  const [view, step] = useReducer(next, START);
  const startedAt = useRef(0);
  const abort = useAbort();
  const queries = useQueryClient();
  const ask = useMutation({
    mutationFn: ({ amount, intent }: Bet) =>
      answer(
        api.POST("/api/games/slot/spin", {
          body: { bet_amount: amount },
          headers: intentHeaders(intent),
          signal: abort(),
        }),
      ),
    onSuccess: (result) => {
      applyRound(result);
      rememberPromise(result.round_id, result.fairness.server_seed_hash);
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
    void queries.invalidateQueries({ queryKey: rounds.queryKey });
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
    spin: (amount: number) => start({ amount, intent: newIntent() }),
    askAgain: (bet: Bet) => start(bet),
    reelLanded: () => step({ kind: "landed", reels }),
  };
}
