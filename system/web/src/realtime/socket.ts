/** One socket for the page: resumes where it was cut, delivers each event once, and says when it is down. */

import { backoffSeconds } from "../api/retry";
import { parseMessage, type SyncMessage } from "./message";

const BACKOFF_SECONDS = 0.5;
const BACKOFF_SECONDS_MAX = 15;
/** The server pings every 25 s; silence for longer than this means the line is dead. */
const SILENCE_SECONDS_MAX = 60;

export const CLOSE_UNAUTHENTICATED = 4401;
export const CLOSE_FORBIDDEN = 4403;

export type Connection = "connecting" | "live" | "down";

/** The part of the browser's WebSocket that is used. */
export interface SocketLike {
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  send(data: string): void;
  close(): void;
}

export interface SyncEdges {
  /** A one-time ticket; throws when none can be had. */
  readonly ticket: () => Promise<string>;
  /** Renews the session after the server refused it; false when it is over. */
  readonly renew: () => Promise<boolean>;
  readonly open: (query: URLSearchParams) => SocketLike;
  readonly random: () => number;
  readonly received: (message: SyncMessage) => void;
  readonly changed: (connection: Connection) => void;
}

/** Seconds the server asks to wait in the reason of a close, `{"retry_after": 1.5}`; 0 without. */
export function retryAfterOf(reason: string): number {
  const asked = /"retry_after":\s*(\d+(?:\.\d+)?)/.exec(reason)?.[1];
  return Math.min(Number(asked ?? 0), SILENCE_SECONDS_MAX);
}

export class SyncSocket {
  private socket: SocketLike | null = null;
  private lastEventId: number | null = null;
  private failures = 0;
  private running = false;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly edges: SyncEdges) {}

  start(): void {
    if (this.running) return;
    this.running = true;
    this.edges.changed("connecting");
    void this.connect();
  }

  /** Closes for good; a later `start` begins with a fresh snapshot. */
  stop(): void {
    this.running = false;
    this.lastEventId = null;
    this.failures = 0;
    this.drop();
  }

  /** Tries at once instead of waiting out the backoff, e.g. when the network is back. */
  hurry(): void {
    if (!this.running || this.socket !== null) return;
    clearTimeout(this.retry);
    void this.connect();
  }

  /** Gives the line up for now, e.g. when the browser lost its network, and tries again by the backoff. */
  interrupt(): void {
    if (!this.running) return;
    this.drop();
    this.lost(0);
  }

  private drop(): void {
    clearTimeout(this.retry);
    clearTimeout(this.silence);
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  private async connect(): Promise<void> {
    let ticket: string;
    try {
      ticket = await this.edges.ticket();
    } catch {
      this.lost(0);
      return;
    }
    if (!this.running || this.socket !== null) return;
    const query = new URLSearchParams({ ticket });
    if (this.lastEventId !== null) query.set("last_event_id", String(this.lastEventId));
    const socket = this.edges.open(query);
    this.socket = socket;
    socket.onmessage = ({ data }) => this.receive(data);
    socket.onclose = ({ code, reason }) => void this.closed(code, reason);
    this.listen();
  }

  private listen(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.interrupt(), SILENCE_SECONDS_MAX * 1000);
  }

  private receive(frame: unknown): void {
    this.listen();
    const message = parseMessage(frame);
    if (message === null) return;
    if (message.type === "ping") {
      this.socket?.send(JSON.stringify({ type: "pong" }));
      return;
    }
    if (message.type === "sync_connected") {
      this.failures = 0;
      this.edges.changed("live");
    }
    if (this.isRepeat(message)) return;
    if (message.id !== null) this.lastEventId = message.id;
    this.edges.received(message);
  }

  /** A snapshot is never a repeat: it may legitimately set the sequence back after a gap. */
  private isRepeat(message: SyncMessage): boolean {
    if (message.type === "initial_state" || message.id === null || this.lastEventId === null) return false;
    return message.id <= this.lastEventId;
  }

  private async closed(code: number, reason: string): Promise<void> {
    this.drop();
    if (!this.running) return;
    if (code === CLOSE_FORBIDDEN) {
      this.edges.changed("down");
      return;
    }
    if (code === CLOSE_UNAUTHENTICATED) {
      this.edges.changed("down");
      const renewed = await this.edges.renew().catch(() => true);
      if (!renewed) return;
    }
    this.lost(retryAfterOf(reason));
  }

  private lost(waitSeconds: number): void {
    if (!this.running) return;
    this.failures += 1;
    this.edges.changed("down");
    const backoff = backoffSeconds(this.failures, BACKOFF_SECONDS, BACKOFF_SECONDS_MAX, this.edges.random());
    clearTimeout(this.retry);
    this.retry = setTimeout(() => void this.connect(), Math.max(waitSeconds, backoff) * 1000);
  }
}
