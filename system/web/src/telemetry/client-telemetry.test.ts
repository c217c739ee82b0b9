import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ClientTelemetry, type ClientEvent } from "./client-telemetry";

const event: ClientEvent = { kind: "api_retry", name: "5xx" };

function sink() {
  const batches: (readonly ClientEvent[])[] = [];
  const telemetry = new ClientTelemetry((events) => {
    batches.push(events);
    return Promise.resolve();
  });
  return { telemetry, batches };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("client telemetry", () => {
  it("sends what gathered in 5 s as one batch", async () => {
    const { telemetry, batches } = sink();
    for (let noted = 0; noted < 3; noted += 1) telemetry.note(event);
    expect(batches).toEqual([]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(batches.map((batch) => batch.length)).toEqual([3]);
  });

  it("stops at a bound when a page is in a loop of errors", async () => {
    const { telemetry, batches } = sink();
    for (let noted = 0; noted < 1_000; noted += 1) telemetry.note(event);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(batches.flat()).toHaveLength(200);
    expect(Math.max(...batches.map((batch) => batch.length))).toBe(20);
  });

  it("cuts long details and survives a server that does not want them", async () => {
    const refused = vi.fn(() => Promise.reject(new Error("503")));
    const telemetry = new ClientTelemetry(refused);
    telemetry.note({ kind: "error", name: "Error", detail: "x".repeat(10_000) });
    await telemetry.flush();
    expect(refused.mock.calls.flat(2)).toEqual([{ kind: "error", name: "Error", detail: "x".repeat(300) }]);
  });
});
