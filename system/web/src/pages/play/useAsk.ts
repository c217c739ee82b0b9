/** One round from the click to the server's answer: asked once, repeated safely, its gold held back until shown. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";

import { isOfferChanged, isUncertain } from "../../api/problem";
import { games, rounds, seed } from "../../api/queries";
import { newRoundIntent, type RoundIntent } from "../../fairness/own-seed";
import { rememberPromise } from "../../fairness/promises";
import { applyRound, type Settled } from "../../realtime/live";
import { holdGold, showGold } from "../../realtime/presentation";
import { useAbort } from "../../ui/useAbort";

interface Proven extends Settled {
  readonly fairness: { readonly server_seed_hash: string };
}

interface Question<Asked> {
  readonly asked: Asked;
  readonly intent: RoundIntent;
}

interface Ask<Asked, Result> {
  /** The last answer; it stays while the next round is asked for. */
  readonly result: Result | null;
  readonly error: Error | null;
  readonly busy: boolean;
  /** A question whose answer was lost: asking again settles it or brings the answer it had. */
  readonly uncertain: boolean;
  readonly ask: (asked: Asked) => void;
  readonly askAgain: () => void;
  /** The outcome has been shown: the gold and the lists may follow. */
  readonly shown: () => void;
}

/** `send` posts the question. */
export function useAsk<Asked, Result extends Proven>(
  send: (asked: Asked, intent: RoundIntent, signal: AbortSignal) => Promise<Result>,
): Ask<Asked, Result> {
  const abort = useAbort();
  const queries = useQueryClient();
  const [result, setResult] = useState<Result | null>(null);
  const [lost, setLost] = useState<Question<Asked> | null>(null);
  const asking = useMutation({
    mutationFn: ({ asked, intent }: Question<Asked>) => send(asked, intent, abort()),
    onSuccess: (answered, { intent }) => {
      applyRound(answered);
      const { server_seed_hash: serverSeedHash } = answered.fairness;
      rememberPromise(answered.round_id, { serverSeedHash, ownSeed: intent.ownSeed });
      setLost(null);
      setResult(answered);
    },
    onError: (error, question) => {
      showGold();
      setLost(isUncertain(error) ? question : null);
      if (isOfferChanged(error)) void queries.invalidateQueries({ queryKey: games.queryKey });
    },
  });
  // Leaving in the middle of a round must not leave the gold on hold.
  useEffect(() => showGold, []);

  const shown = useCallback(() => {
    showGold();
    void queries.invalidateQueries({ queryKey: rounds().queryKey });
    void queries.invalidateQueries({ queryKey: seed.queryKey });
  }, [queries]);

  function start(question: Question<Asked>): void {
    holdGold();
    asking.mutate(question);
  }

  return {
    result,
    error: asking.error,
    busy: asking.isPending,
    uncertain: lost !== null,
    ask: (asked) => start({ asked, intent: newRoundIntent() }),
    askAgain: () => {
      if (lost) start(lost);
    },
    shown,
  };
}
