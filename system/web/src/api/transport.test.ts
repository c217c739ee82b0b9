import { describe, expect, it } from "vitest";

import { intentHeaders, newIntent } from "./intent";
import { ApiError } from "./problem";
import { createTransport, sleep, type TransportEdges } from "./transport";

type Reply = Response | Error;

/** A server that gives `replies` in turn and keeps what it was asked. */
function server(...replies: Reply[]) {
  const asked: Request[] = [];
  const fetch = (request: Request): Promise<Response> => {
    asked.push(request);
    const reply = replies.shift();
    if (reply === undefined) throw new Error("one request more than expected");
    return reply instanceof Error ? Promise.reject(reply) : Promise.resolve(reply);
  };
  return { asked, fetch };
}

function harness(fetch: TransportEdges["fetch"], edges: Partial<TransportEdges> = {}) {
  const seen = { waits: [] as number[], retried: [] as string[], failed: [] as string[], refreshes: 0 };
  let token = "old";
  const transport = createTransport({
    fetch,
    token: () => token,
    refresh: () => {
      seen.refreshes += 1;
      token = "new";
      return Promise.resolve(token);
    },
    sleep: (seconds) => {
      seen.waits.push(seconds);
      return Promise.resolve();
    },
    random: () => 0.5,
    retried: (reason) => seen.retried.push(reason),
    failed: (error) => seen.failed.push(error.code),
    ...edges,
  });
  return { transport, seen };
}

const ok = (): Response => Response.json({ fine: true });
const problem = (status: number, error: string, headers: Record<string, string> = {}): Response =>
  Response.json({ error, detail: "why", trace_id: "a".repeat(32) }, { status, headers });

const read = (): Request => new Request("http://club.test/api/auth/me");
const spin = (): Request =>
  new Request("http://club.test/api/games/slot/spin", {
    method: "POST",
    body: JSON.stringify({ bet_amount: 10 }),
    headers: { "Content-Type": "application/json", ...intentHeaders(newIntent()) },
  });
const login = (): Request => new Request("http://club.test/api/auth/login", { method: "POST", body: "{}" });

describe("bearer and refresh", () => {
  it("refreshes once on a 401 and sends the request again with the new token", async () => {
    const { asked, fetch } = server(problem(401, "unauthorized"), ok());
    const { transport, seen } = harness(fetch);
    expect((await transport(read())).status).toBe(200);
    expect(asked.map((request) => request.headers.get("Authorization"))).toEqual(["Bearer old", "Bearer new"]);
    expect(seen.refreshes).toBe(1);
  });

  it("gives the 401 back when the session is over, without another attempt", async () => {
    const { asked, fetch } = server(problem(401, "unauthorized"));
    const { transport } = harness(fetch, { refresh: () => Promise.resolve(null) });
    expect((await transport(read())).status).toBe(401);
    expect(asked).toHaveLength(1);
  });

  it("gives a second 401 back instead of refreshing for ever", async () => {
    const { fetch } = server(problem(401, "unauthorized"), problem(401, "unauthorized"));
    const { transport, seen } = harness(fetch);
    expect((await transport(read())).status).toBe(401);
    expect(seen.refreshes).toBe(1);
  });

  it("sends a log-in without a bearer and never refreshes on its 401", async () => {
    const { asked, fetch } = server(problem(401, "invalid_credentials"));
    const { transport, seen } = harness(fetch);
    expect((await transport(login())).status).toBe(401);
    expect(asked[0]?.headers.has("Authorization")).toBe(false);
    expect(seen.refreshes).toBe(0);
  });
});

describe("retries", () => {
  it("keeps the idempotency key, the trace and the body over every retry of one intent", async () => {
    const { asked, fetch } = server(problem(503, "unavailable"), new TypeError("cut"), problem(500, "internal_error"), ok());
    const { transport, seen } = harness(fetch);
    expect((await transport(spin())).status).toBe(200);
    expect(new Set(asked.map((request) => request.headers.get("Idempotency-Key"))).size).toBe(1);
    expect(await Promise.all(asked.map((request) => request.json()))).toEqual(Array(4).fill({ bet_amount: 10 }));
    const parents = asked.map((request) => request.headers.get("traceparent")?.split("-") ?? []);
    expect(new Set(parents.map(([, trace]) => trace)).size).toBe(1);
    expect(new Set(parents.map(([, , span]) => span)).size).toBe(4);
    expect(parents.every(([, , , flags]) => flags === "01")).toBe(true);
    expect(seen.retried).toEqual(["5xx", "network", "5xx"]);
  });

  it("waits at least as long as Retry-After says", async () => {
    const { fetch } = server(problem(429, "rate_limited", { "Retry-After": "3" }), ok());
    const { transport, seen } = harness(fetch);
    await transport(read());
    expect(seen.waits).toEqual([3]);
  });

  it("waits longer each time without a Retry-After", async () => {
    const { fetch } = server(problem(500, "x"), problem(500, "x"), problem(500, "x"), ok());
    const { transport, seen } = harness(fetch);
    await transport(read());
    expect(seen.waits[1]).toBeGreaterThan(seen.waits[0] ?? Infinity);
    expect(seen.waits[2]).toBeGreaterThan(seen.waits[1] ?? Infinity);
  });

  it("gives up after four attempts and tells of the final failure once", async () => {
    const { asked, fetch } = server(...Array.from({ length: 4 }, () => problem(503, "maintenance")));
    const { transport, seen } = harness(fetch);
    expect((await transport(read())).status).toBe(503);
    expect(asked).toHaveLength(4);
    expect(seen.failed).toEqual(["maintenance"]);
  });

  it("does not sit out a lock of minutes", async () => {
    const { asked, fetch } = server(problem(429, "login_locked", { "Retry-After": "600" }));
    const { transport, seen } = harness(fetch);
    await transport(login());
    expect(asked).toHaveLength(1);
    expect(seen.waits).toEqual([]);
  });

  it("never repeats a write without a key that may have acted", async () => {
    const { asked, fetch } = server(new TypeError("cut"));
    const { transport } = harness(fetch);
    await expect(transport(login())).rejects.toMatchObject({ code: "network", status: 0 });
    expect(asked).toHaveLength(1);
  });

  it("repeats a write without a key when the server refused before acting", async () => {
    const { fetch } = server(problem(503, "unavailable", { "Retry-After": "1" }), ok());
    const { transport } = harness(fetch);
    expect((await transport(login())).status).toBe(200);
  });

  it("does not repeat what the caller got wrong", async () => {
    for (const [status, code] of [[402, "insufficient_gold"], [409, "seed_not_revealed"], [422, "validation_error"]] as const) {
      const { asked, fetch } = server(problem(status, code));
      await harness(fetch).transport(spin());
      expect(asked).toHaveLength(1);
    }
  });
});

describe("giving up", () => {
  it("stops waiting as soon as the caller goes away", async () => {
    const controller = new AbortController();
    const { asked, fetch } = server(problem(500, "x"));
    const { transport } = harness(fetch, { sleep });
    const call = transport(new Request(read(), { signal: controller.signal }));
    setTimeout(() => controller.abort(), 10);
    await expect(call).rejects.toMatchObject({ name: "AbortError" });
    expect(asked).toHaveLength(1);
  });

  it("reports a refresh that could not reach the server as what it is", async () => {
    const unreachable = new ApiError(0, "network", "cut", null);
    const { fetch } = server(...Array.from({ length: 4 }, () => problem(401, "unauthorized")));
    const { transport, seen } = harness(fetch, { refresh: () => Promise.reject(unreachable) });
    await expect(transport(read())).rejects.toBe(unreachable);
    expect(seen.failed).toEqual(["network"]);
  });
});
