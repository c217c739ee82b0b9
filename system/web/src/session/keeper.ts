/** Holds the access token in memory and renews it once for all callers and tabs. */

import { ApiError } from "../api/problem";
import type { EndReason, Tabs } from "./tabs";

export const RENEW_BEFORE_EXPIRY_SECONDS = 70;

export interface Grant {
  readonly accessToken: string;
  /** Milliseconds since the epoch, by this machine's clock. */
  readonly expiresAt: number;
}

export interface KeeperEdges {
  readonly tabs: Tabs;
  /** Trades the refresh cookie for a grant; throws `ApiError`. */
  readonly exchange: () => Promise<Grant>;
  readonly now: () => number;
  readonly signedIn: () => void;
  readonly signedOut: (reason: EndReason) => void;
}

function endReason(error: ApiError): EndReason {
  return error.code === "refresh_token_reused" ? "refresh_reused" : "expired";
}

export class SessionKeeper {
  private grant: Grant | null = null;
  private renewal: Promise<string | null> | null = null;
  private leaving = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly edges: KeeperEdges) {
    edges.tabs.listen({
      granted: (grant) => this.adopt(grant),
      ended: (reason) => this.forget(reason),
      held: () => this.current(),
    });
  }

  /** The access token, or null when signed out. An expired one is still given: the 401 renews it. */
  token(): string | null {
    return this.grant?.accessToken ?? null;
  }

  /** Takes the grant of a log-in or sign-up and shares it. */
  start(grant: Grant): void {
    this.adopt(grant);
    this.edges.tabs.tellGrant(grant);
  }

  /**
   * Ends the session by `request`, in every tab. The socket or another call may notice the end before the answer
   * comes: they must not take it for an expiry.
   */
  async leave(request: () => Promise<void>): Promise<void> {
    this.leaving = true;
    try {
      await request();
      this.end(null);
    } finally {
      this.leaving = false;
    }
  }

  private end(reason: EndReason): void {
    this.forget(reason);
    this.edges.tabs.tellEnded(reason);
  }

  /**
   * A token newer than `stale` (null: any), from another tab where one has it, else from the server.
   * Null when the server ended the session; throws `ApiError` when it could not be asked.
   */
  refresh(stale: string | null): Promise<string | null> {
    const token = this.token();
    if (token !== null && token !== stale) return Promise.resolve(token);
    this.renewal ??= this.edges.tabs.exclusively(() => this.renew(stale)).finally(() => {
      this.renewal = null;
    });
    return this.renewal;
  }

  private async renew(stale: string | null): Promise<string | null> {
    const held = this.current();
    const usable = held && held.accessToken !== stale ? held : await this.edges.tabs.ask();
    if (usable && usable.accessToken !== stale) {
      this.adopt(usable);
      return usable.accessToken;
    }
    try {
      const grant = await this.edges.exchange();
      this.start(grant);
      return grant.accessToken;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      this.end(this.leaving ? null : endReason(error));
      return null;
    }
  }

  private current(): Grant | null {
    return this.grant && this.grant.expiresAt > this.edges.now() ? this.grant : null;
  }

  private adopt(grant: Grant): void {
    this.grant = grant;
    clearTimeout(this.timer);
    const remaining = grant.expiresAt - this.edges.now();
    // A token that lives shorter than the margin is renewed half-way, not at once and for ever.
    const renewIn = Math.max(remaining - RENEW_BEFORE_EXPIRY_SECONDS * 1000, remaining / 2, 1000);
    this.timer = setTimeout(() => {
      // A renewal that fails here is tried again by the first 401.
      this.refresh(grant.accessToken).catch(() => undefined);
    }, renewIn);
    this.edges.signedIn();
  }

  private forget(reason: EndReason): void {
    clearTimeout(this.timer);
    this.grant = null;
    this.edges.signedOut(reason);
  }
}
