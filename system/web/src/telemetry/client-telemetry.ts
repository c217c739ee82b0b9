/** Sends the page's own timings, errors and retries to the server in small batches, without personal data. */

export interface ClientEvent {
  readonly kind: "web_vital" | "error" | "api_retry";
  readonly name: string;
  readonly value_seconds?: number;
  readonly detail?: string;
}

const BATCH_MAX = 20;
const FLUSH_SECONDS = 5;
const DETAIL_CHARACTERS_MAX = 300;
/** A page in a loop of errors must not become a flood. */
const EVENTS_A_PAGE_MAX = 200;

export type Post = (events: readonly ClientEvent[]) => Promise<void>;

export class ClientTelemetry {
  private waiting: ClientEvent[] = [];
  private accepted = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly post: Post) {}

  note(event: ClientEvent): void {
    if (this.accepted >= EVENTS_A_PAGE_MAX) return;
    this.accepted += 1;
    this.waiting.push(event.detail ? { ...event, detail: event.detail.slice(0, DETAIL_CHARACTERS_MAX) } : event);
    if (this.waiting.length >= BATCH_MAX) void this.flush();
    else this.timer ??= setTimeout(() => void this.flush(), FLUSH_SECONDS * 1000);
  }

  /** Sends what waits. A batch that cannot be sent is dropped: telemetry never competes with the game. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const batch = this.waiting.splice(0, BATCH_MAX);
    if (batch.length === 0) return;
    await this.post(batch).catch(() => undefined);
    if (this.waiting.length > 0) await this.flush();
  }
}
