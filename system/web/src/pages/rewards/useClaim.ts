/** Taking what is offered: one click, one idempotency key, the server's balance, and what it may have moved read again. */

import { useMutation, useQueryClient } from "@tanstack/react-query";

import { ApiError } from "../../api/problem";
import { intentHeaders, newIntent, type Intent } from "../../api/intent";
import { useWords } from "../../i18n/text";
import { applyBalance } from "../../realtime/live";
import { errorText } from "../../ui/error-text";
import { toast } from "../../ui/Toast";
import { useAbort } from "../../ui/useAbort";

interface Sent {
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal;
}

interface Claim<Target, Result> {
  readonly ask: (target: Target, sent: Sent) => Promise<Result>;
  /** What to tell when it is given. */
  readonly told: (result: Result) => string;
  readonly balance?: (result: Result) => number;
  /** Beginnings of the keys of the reads it moves. */
  readonly moves: readonly string[];
}

export function useClaim<Target, Result>({ ask, told, balance, moves }: Claim<Target, Result>) {
  const words = useWords();
  const queries = useQueryClient();
  const abort = useAbort();
  const readAgain = (): void => {
    for (const key of [...moves, "rewards", "home"]) void queries.invalidateQueries({ queryKey: [key] });
  };
  const claim = useMutation({
    mutationFn: ({ target, intent }: { target: Target; intent: Intent }) =>
      ask(target, { headers: intentHeaders(intent), signal: abort() }),
    onSuccess: (result) => {
      if (balance) applyBalance(balance(result));
      toast(told(result));
      readAgain();
    },
    onError: (error) => {
      toast(errorText(error, words));
      if (error instanceof ApiError && error.status === 409) readAgain();
    },
  });
  return {
    busy: claim.isPending,
    target: claim.isPending ? claim.variables.target : null,
    claim: (target: Target) => claim.mutate({ target, intent: newIntent() }),
  };
}
