import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { SyncMessage } from "./message";
import { retryAfterOf, SyncSocket, type Connection, type SocketLike } from "./socket";

class FakeSocket implements SocketLike {
  onmessage: SocketLike["onmessage"] = null;
  onclose: SocketLike["onclose"] = null;
  readonly sent: string[] = [];
  closed = false;

  constructor(readonly query: URLSearchParams) {}

  send(data: string): void {
    this.sent.push(data);
  }

  close(): void {
    this.closed = true;
  }

  message(id: number | null, type = "user_action", data: object = {}): void {
    this.onmessage?.({ data: JSON.stringify({ id, type, user_id: 1, data, timestamp: "t" }) });
  }

  cut(code = 1006, reason = ""): void {
    this.onclose?.({ code, reason });
  }
}

function opened() {
  const sockets: FakeSocket[] = [];
  const received: SyncMessage[] = [];
  const states: Connection[] = [];
  const renew = vi.fn(() => Promise.resolve(true));
  const ticket = vi.fn(() => Promise.resolve(`ticket-${sockets.length + 1}`));
  const sync = new SyncSocket({
    ticket,
    renew,
    open: (query) => {
      const socket = new FakeSocket(query);
      sockets.push(socket);
      return socket;
    },
    random: () => 0,
    received: (message) => received.push(message),
    changed: (state) => states.push(state),
  });
  const latest = (): FakeSocket => sockets.at(-1) ?? expect.fail("no socket was opened");
  return { sync, sockets, received, states, renew, ticket, latest };
}

async function connected() {
  const scene = opened();
  scene.sync.start();
  await vi.advanceTimersByTimeAsync(0);
  scene.latest().message(null, "sync_connected", { resumed: false });
  return scene;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("resuming", () => {
  it("connects with a ticket and no resume token at first", async () => {
    const { latest, states } = await connected();
    expect(latest().query.get("ticket")).toBe("ticket-1");
    expect(latest().query.has("last_event_id")).toBe(false);
    expect(states).toEqual(["connecting", "live"]);
  });

  it("comes back with a new ticket and the last event it saw", async () => {
    const { latest, sockets, states } = await connected();
    latest().message(7);
    latest().cut();
    expect(states.at(-1)).toBe("down");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sockets).toHaveLength(2);
    expect([latest().query.get("ticket"), latest().query.get("last_event_id")]).toEqual(["ticket-2", "7"]);
  });

  it("hands each event on once, whatever is replayed", async () => {
    const { latest, received } = await connected();
    latest().message(1);
    latest().message(2);
    latest().cut();
    await vi.advanceTimersByTimeAsync(1_000);
    for (const id of [1, 2, 3, 3, 4]) latest().message(id);
    const ids = received.filter(({ type }) => type === "user_action").map(({ id }) => id);
    expect(ids).toEqual([1, 2, 3, 4]);
  });

  it("lets broadcasts without an id through every time", async () => {
    const { latest, received } = await connected();
    latest().message(5);
    latest().message(null, "notification");
    latest().message(null, "notification");
    expect(received.filter(({ type }) => type === "notification")).toHaveLength(2);
  });

  it("takes a snapshot even when it sets the sequence back, and goes on from there", async () => {
    const { latest, received } = await connected();
    latest().message(50);
    latest().message(10, "initial_state");
    latest().message(11);
    expect(received.map(({ id }) => id)).toEqual([null, 50, 10, 11]);
  });

  it("forgets the sequence when it is stopped", async () => {
    const { sync, latest } = await connected();
    latest().message(9);
    sync.stop();
    expect(latest().closed).toBe(true);
    sync.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(latest().query.has("last_event_id")).toBe(false);
  });
});

describe("losing the line", () => {
  it("renews the session after 4401 and reconnects", async () => {
    const { latest, sockets, renew } = await connected();
    latest().cut(4401);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(renew).toHaveBeenCalledOnce();
    expect(sockets).toHaveLength(2);
  });

  it("stays away when the session is over", async () => {
    const { latest, sockets, renew } = await connected();
    renew.mockResolvedValue(false);
    latest().cut(4401);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(sockets).toHaveLength(1);
  });

  it("waits out the time a draining server asks for", async () => {
    const { latest, sockets } = await connected();
    latest().cut(1012, '{"retry_after": 4.5}');
    await vi.advanceTimersByTimeAsync(4_400);
    expect(sockets).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(sockets).toHaveLength(2);
  });

  it("backs off further each time, up to a bound, and hurries when told to", async () => {
    const { sync, latest, sockets } = await connected();
    latest().cut();
    for (let cut = 0; cut < 12; cut += 1) {
      await vi.advanceTimersByTimeAsync(15_000);
      latest().cut();
    }
    const before = sockets.length;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sockets).toHaveLength(before);
    sync.hurry();
    await vi.advanceTimersByTimeAsync(0);
    expect(sockets).toHaveLength(before + 1);
  });

  it("keeps trying while no ticket can be had", async () => {
    const scene = opened();
    scene.ticket.mockRejectedValueOnce(new Error("offline"));
    scene.sync.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(scene.states.at(-1)).toBe("down");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(scene.sockets).toHaveLength(1);
  });

  it("takes silence of a minute for a dead line, and a ping for life", async () => {
    const { latest, sockets, states } = await connected();
    await vi.advanceTimersByTimeAsync(50_000);
    latest().message(null, "ping");
    expect(latest().sent).toEqual(['{"type":"pong"}']);
    await vi.advanceTimersByTimeAsync(50_000);
    expect(states.at(-1)).toBe("live");
    await vi.advanceTimersByTimeAsync(11_000);
    expect(sockets).toHaveLength(2);
    expect(sockets[0]?.closed).toBe(true);
  });

  it("ignores frames that are no messages", async () => {
    const { latest, received } = await connected();
    for (const data of ["{", "null", "[]", '{"id":"x","type":"user_action"}', 7]) latest().onmessage?.({ data });
    expect(received).toHaveLength(1);
  });
});

describe("retryAfterOf", () => {
  it("reads what the server asks for, and only that", () => {
    const reasons = ['{"retry_after":2}', '{"retry_after": 0.25}', '{"retry_after":9999}', "took 3 s", ""];
    expect(reasons.map(retryAfterOf)).toEqual([2, 0.25, 60, 0, 0]);
  });
});
