/** Turns every way a request can fail into one error type that screens can show and report. */

import { traceIdOf } from "./trace";

export interface FieldProblem {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

/** Codes of failures that have no answer from the server behind them. */
export type LocalCode = "network" | "timeout" | "unreadable_answer";

/**
 * A failed request.
 *
 * `status` is 0 when no answer came; `code` is the server's stable snake_case code or a `LocalCode`;
 * `members` holds the other members of the problem (RFC 9457), e.g. `errors`, `field`, `retry_after_minutes`.
 */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly traceId: string | null,
    readonly retryAfterSeconds: number | null = null,
    readonly members: Readonly<Record<string, unknown>> = {},
  ) {
    super(`${code}: ${detail}`);
    this.name = "ApiError";
  }

  /** The fields a validation error names, e.g. `password`; empty for other errors. */
  get fields(): readonly FieldProblem[] {
    const errors = this.members["errors"];
    return Array.isArray(errors) ? (errors as FieldProblem[]) : [];
  }
}

/** Seconds in a `Retry-After` header, which holds a number or an HTTP date (RFC 9110, 10.2.3); null without one. */
export function retryAfterSeconds(headers: Headers, now: number = Date.now()): number | null {
  const value = headers.get("Retry-After");
  if (value === null) return null;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, (date - now) / 1000);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function waitMembers(members: Record<string, unknown>): number | null {
  if (typeof members["retry_after_seconds"] === "number") return members["retry_after_seconds"];
  if (typeof members["retry_after_minutes"] === "number") return members["retry_after_minutes"] * 60;
  return null;
}

/** The error of an answer whose status is not 2xx; `body` is the parsed JSON, if there was any. */
export function problemOf(response: Response, body: unknown): ApiError {
  const members = isRecord(body) ? body : {};
  const text = (name: string, otherwise: string): string =>
    typeof members[name] === "string" ? members[name] : otherwise;
  return new ApiError(
    response.status,
    text("error", `http_${response.status}`),
    text("detail", response.statusText),
    text("trace_id", "") || traceIdOf(response.headers.get("traceparent")),
    retryAfterSeconds(response.headers) ?? waitMembers(members),
    members,
  );
}

/** The error of a request that got no answer. An abort by the caller is not an error of ours and passes through. */
export function failureOf(cause: unknown, traceId: string): unknown {
  if (cause instanceof ApiError) return cause;
  if (cause instanceof DOMException && cause.name === "TimeoutError") {
    return new ApiError(0, "timeout" satisfies LocalCode, cause.message, traceId);
  }
  if (cause instanceof TypeError) return new ApiError(0, "network" satisfies LocalCode, cause.message, traceId);
  return cause;
}

/** True when an operator closed the game or changed its limits since the page read them. */
export function isOfferChanged(error: Error): boolean {
  return error instanceof ApiError && (error.code === "game_closed" || error.code === "stake_out_of_limits");
}

/** True when the server may have settled what was asked although no answer came. */
export function isUncertain(error: Error): boolean {
  if (error instanceof ApiError && error.code === "game_closed") return false;
  return error instanceof ApiError && (error.status === 0 || error.status >= 500 || error.code === "idempotency_in_progress");
}
