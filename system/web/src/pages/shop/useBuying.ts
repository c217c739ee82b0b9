/** One purchase from the click to its answer: the same intent until the server has answered it. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { intentHeaders, newIntent, type Intent } from "../../api/intent";
import { ApiError } from "../../api/problem";
import { catalogue, limited, purchases } from "../../api/queries";
import type { MessageKey } from "../../i18n/en";
import { applyRead, useLive } from "../../realtime/live";
import { notePurchase, type PurchaseStatus } from "../../realtime/purchases";
import { useAbort } from "../../ui/useAbort";

/** The test gateway takes any card. */
export const PAYMENT_METHOD = "card";

/** What every purchase answers: how it stands, and the gold after it as the server counts it. */
export interface Bought {
  readonly status: PurchaseStatus;
  readonly receipt_code: string | null;
  readonly new_gold_balance: number | null;
}

interface Try {
  readonly intent: Intent;
  /** The live figures' version when it began: newer figures are not overwritten by its answer. */
  readonly version: number;
}

type Send<Answer> = (headers: Record<string, string>, signal: AbortSignal) => Promise<Answer>;

/** True when the server may have taken the purchase although no answer came. */
function isUncertain(error: Error): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status >= 500 || error.code === "idempotency_in_progress");
}

/** Refusals by which the shelf shows what is so no longer: another price, or nothing. */
const OUTDATED: readonly string[] = ["amount_mismatch", "product_not_found", "package_not_found"];

/** Only a declined card is the card's fault. */
export function failureText(reason: string | null): MessageKey {
  return reason === "CARD_DECLINED" ? "shop.declined" : "shop.told.failed";
}

export function useBuying<Answer extends Bought>(send: Send<Answer>) {
  const [uncertain, setUncertain] = useState<Intent | null>(null);
  const queries = useQueryClient();
  const abort = useAbort();
  const buying = useMutation({
    mutationFn: ({ intent }: Try) => send(intentHeaders(intent), abort()),
    onSuccess: (answer, { version }) => {
      setUncertain(null);
      if (answer.new_gold_balance !== null) applyRead(version, { gold: answer.new_gold_balance });
      if (answer.receipt_code !== null) notePurchase(answer.receipt_code, answer.status);
      void queries.invalidateQueries({ queryKey: limited.queryKey });
      void queries.invalidateQueries({ queryKey: purchases.queryKey });
    },
    onError: (error, { intent }) => {
      setUncertain(isUncertain(error) ? intent : null);
      if (error instanceof ApiError && OUTDATED.includes(error.code)) {
        for (const { queryKey } of [catalogue, limited]) void queries.invalidateQueries({ queryKey });
      }
    },
  });
  return {
    buying,
    uncertain: uncertain !== null,
    /** Buys, or asks again for the purchase whose answer was lost. */
    buy: () => {
      if (!buying.isPending) buying.mutate({ intent: uncertain ?? newIntent(), version: useLive.getState().version });
    },
  };
}
