/** What the tabs of one browser share: one lock around the refresh, and the grant it brought. */

import type { Grant } from "./keeper";

const CHANNEL = "casino-session";
const REFRESH_LOCK = "casino-refresh";
const PRESENCE_LOCK = "casino-tab";
const ANSWER_MS_MAX = 150;

/** Why a session ended; `null` is the person's own log-out. */
export type EndReason = "refresh_reused" | "expired" | null;

type Message =
  | { readonly kind: "grant"; readonly grant: Grant }
  | { readonly kind: "ended"; readonly reason: EndReason }
  | { readonly kind: "ask" };

export interface TabListeners {
  readonly granted: (grant: Grant) => void;
  readonly ended: (reason: EndReason) => void;
  /** The grant this tab would hand to one that asks. */
  readonly held: () => Grant | null;
}

export interface Tabs {
  listen(listeners: TabListeners): void;
  /** Runs `work` in one tab at a time. Without the Web Locks API (plain http) the server's grace period is the guard. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /** The grant another tab holds; null when there is no other tab or none answers within 150 ms. */
  ask(): Promise<Grant | null>;
  tellGrant(grant: Grant): void;
  tellEnded(reason: EndReason): void;
}

async function otherTabs(): Promise<boolean> {
  const { held = [] } = await navigator.locks.query();
  return held.filter((lock) => lock.name === PRESENCE_LOCK).length > 1;
}

/** Tabs over `BroadcastChannel` and the Web Locks API; call once a page. */
export function browserTabs(): Tabs {
  const channel = new BroadcastChannel(CHANNEL);
  const post = (message: Message): void => channel.postMessage(message);
  const locks = "locks" in navigator ? navigator.locks : null;
  // Held until the page goes away: the number of holders is the number of tabs.
  if (locks) void locks.request(PRESENCE_LOCK, { mode: "shared" }, () => new Promise<never>(() => undefined));

  return {
    listen({ granted, ended, held }) {
      channel.addEventListener("message", ({ data }: MessageEvent<Message>) => {
        if (data.kind === "grant") granted(data.grant);
        else if (data.kind === "ended") ended(data.reason);
        else {
          const grant = held();
          if (grant) post({ kind: "grant", grant });
        }
      });
    },
    async exclusively(work) {
      return locks ? await locks.request(REFRESH_LOCK, work) : await work();
    },
    async ask() {
      if (!locks || !(await otherTabs())) return null;
      return new Promise((resolve) => {
        const settle = (grant: Grant | null): void => {
          clearTimeout(timer);
          channel.removeEventListener("message", hear);
          resolve(grant);
        };
        const hear = ({ data }: MessageEvent<Message>): void => {
          if (data.kind === "grant") settle(data.grant);
        };
        const timer = setTimeout(() => settle(null), ANSWER_MS_MAX);
        channel.addEventListener("message", hear);
        post({ kind: "ask" });
      });
    },
    tellGrant: (grant) => post({ kind: "grant", grant }),
    tellEnded: (reason) => post({ kind: "ended", reason }),
  };
}
