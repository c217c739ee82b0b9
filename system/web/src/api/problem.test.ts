import { describe, expect, it } from "vitest";

import { problemOf, retryAfterSeconds } from "./problem";

describe("retryAfterSeconds", () => {
  it("reads seconds, dates and nothing", () => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    expect(retryAfterSeconds(new Headers({ "Retry-After": "2" }), now)).toBe(2);
    expect(retryAfterSeconds(new Headers({ "Retry-After": "Thu, 01 Jan 2026 00:01:00 GMT" }), now)).toBe(60);
    expect(retryAfterSeconds(new Headers({ "Retry-After": "soon" }), now)).toBeNull();
    expect(retryAfterSeconds(new Headers(), now)).toBeNull();
  });
});

describe("problemOf", () => {
  it("takes the wait of a lock-out from its minutes when there is no header", () => {
    const error = problemOf(new Response(null, { status: 429 }), { error: "login_locked", retry_after_minutes: 10 });
    expect([error.code, error.retryAfterSeconds]).toEqual(["login_locked", 600]);
  });

  it("keeps the trace id of the answer's header when the body has none", () => {
    const traceparent = `00-${"b".repeat(32)}-${"c".repeat(16)}-01`;
    const error = problemOf(new Response(null, { status: 502, headers: { traceparent } }), "<html>");
    expect([error.code, error.traceId]).toEqual(["http_502", "b".repeat(32)]);
  });

  it("names the fields of a validation error", () => {
    const errors = [{ loc: ["body", "password"], msg: "too short", type: "string_too_short" }];
    const error = problemOf(new Response(null, { status: 422 }), { error: "validation_error", errors });
    expect(error.fields.map(({ loc }) => loc.at(-1))).toEqual(["password"]);
  });
});
