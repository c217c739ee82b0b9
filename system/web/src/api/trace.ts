/** W3C trace context for requests, so that one trace starts at the browser's click. */

function randomHex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A trace id: 16 bytes in hex. */
export function newTraceId(): string {
  return randomHex(16);
}

/**
 * The `traceparent` header of one attempt: same trace, a span of its own.
 * Source: W3C Trace Context, section 3.2. A click of a person is sampled; background reads leave it to the server.
 */
export function traceparent(traceId: string, sampled: boolean): string {
  return `00-${traceId}-${randomHex(8)}-${sampled ? "01" : "00"}`;
}

/** The trace id inside a `traceparent` header, or null when the header is missing or malformed. */
export function traceIdOf(header: string | null): string | null {
  return /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(header ?? "")?.[1] ?? null;
}
