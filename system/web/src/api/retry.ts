/** Decides, without side effects, whether a failed attempt is repeated and after how long. */

import { ApiError } from "./problem";

export const ATTEMPTS_MAX = 4;
/** Longer waits than this are the person's to know about, not ours to sit out. */
export const WAIT_SECONDS_MAX = 8;
const BACKOFF_SECONDS = 0.3;

export interface AttemptFacts {
  /** 1 for the first try. */
  readonly attempt: number;
  /** True when sending the request again cannot act twice: a read, or a write with an idempotency key. */
  readonly repeatable: boolean;
}

/** Full-jitter exponential backoff in seconds for `attempt` = 1, 2, …; `random` is in [0, 1). */
export function backoffSeconds(attempt: number, base: number, cap: number, random: number): number {
  return Math.min(cap, base * 2 ** (attempt - 1)) * (0.5 + random / 2);
}

function refusedBeforeActing(error: ApiError): boolean {
  return (error.status === 429 || error.status === 503) && error.retryAfterSeconds !== null;
}

function passing(error: ApiError): boolean {
  if (error.status === 409) return error.retryAfterSeconds !== null;
  return error.status === 0 || error.status === 408 || error.status === 429 || error.status >= 500;
}

/** Seconds to wait before the next attempt, or null when the failure is final. */
export function waitBeforeRetry(error: ApiError, facts: AttemptFacts, random: number): number | null {
  if (facts.attempt >= ATTEMPTS_MAX || !passing(error)) return null;
  if (!facts.repeatable && !refusedBeforeActing(error)) return null;
  const backoff = backoffSeconds(facts.attempt, BACKOFF_SECONDS, WAIT_SECONDS_MAX, random);
  const wait = Math.max(error.retryAfterSeconds ?? 0, backoff);
  return wait > WAIT_SECONDS_MAX ? null : wait;
}

/** The label under which a retry is counted. */
export function retryReason(error: ApiError): string {
  if (error.status === 0) return error.code;
  return error.status >= 500 ? "5xx" : String(error.status);
}
