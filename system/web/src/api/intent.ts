/** What one click of a person means to the server: made once, kept over every retry of it. */

import { newTraceId } from "./trace";

export interface Intent {
  readonly idempotencyKey: string;
  readonly traceId: string;
}

export const INTENT_TRACE_HEADER = "X-Intent-Trace";

/** A new intent; call it in the event handler, never in the retry path. */
export function newIntent(): Intent {
  const traceId = newTraceId();
  return { idempotencyKey: `web-${traceId}`, traceId };
}

/** The headers that carry an intent through the client; the trace header is turned into `traceparent` on the way. */
export function intentHeaders(intent: Intent): Record<string, string> {
  return { "Idempotency-Key": intent.idempotencyKey, [INTENT_TRACE_HEADER]: intent.traceId };
}

/** The headers of a click whose request must not be sent twice by itself: a trace, and no key. */
export function clickHeaders(): Record<string, string> {
  return { [INTENT_TRACE_HEADER]: newTraceId() };
}
