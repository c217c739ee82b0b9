/** What to tell a person about a failure, in their language. */

import { ApiError } from "../api/problem";
import type { MessageKey } from "../i18n/en";
import type { Words } from "../i18n/text";

const BY_CODE: Readonly<Record<string, MessageKey>> = {
  network: "error.network",
  timeout: "error.timeout",
  invalid_credentials: "error.invalid_credentials",
  insufficient_gold: "error.insufficient_gold",
  limit_reached: "error.limit_reached",
  exclusion_stands: "error.exclusion_stands",
  birth_date_given: "error.birth_date_given",
  birth_date_refused: "error.birth_date_refused",
  rate_limited: "error.rate_limited",
  round_not_found: "error.round_not_found",
  seed_not_revealed: "error.seed_not_revealed",
  already_claimed: "error.already_claimed",
  not_completed: "error.not_completed",
  event_not_running: "error.event_not_running",
  redeem_code_not_found: "error.redeem_code_not_found",
  redeem_code_exhausted: "error.redeem_code_exhausted",
  already_redeemed: "error.already_redeemed",
  no_season: "error.no_season",
  unavailable: "error.unavailable",
  daily_gacha_limit: "error.daily_gacha_limit",
  round_active: "error.round_active",
  already_crashed: "error.already_crashed",
  game_closed: "error.game_closed",
  stake_out_of_limits: "error.stake_out_of_limits",
  no_active_round: "error.no_active_round",
  clock_adrift: "error.clock_adrift",
  velocity_limited: "error.velocity_limited",
  purchase_blocked: "error.purchase_blocked",
  rank_too_low: "error.rank_too_low",
  age_verification_required: "error.age_verification_required",
  already_owned: "error.already_owned",
  amount_mismatch: "error.amount_mismatch",
};

function keyOf(error: unknown): MessageKey {
  if (!(error instanceof ApiError)) return "error.generic";
  const known = BY_CODE[error.code];
  if (known) return known;
  if (error.status === 429 || error.status === 503) return "error.busy";
  return error.status >= 500 ? "error.generic" : "error.rejected";
}

/** One sentence for `error`. */
export function errorText(error: unknown, words: Words): string {
  return words(keyOf(error));
}

/** The trace id to quote when reporting `error`; null when there is none. */
export function traceOf(error: unknown): string | null {
  return error instanceof ApiError ? error.traceId : null;
}
