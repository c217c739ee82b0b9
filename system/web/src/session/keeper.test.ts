import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ApiError } from "../api/problem";
import { SessionKeeper, type Grant } from "./keeper";
import type { EndReason, TabListeners, Tabs } from "./tabs";

/** A browser of several tabs: one lock, and every message heard by all the others at once. */
class Browser {
  private readonly tabs: TabListeners[] = [];
  private queue: Promise<unknown> = Promise.resolve();

  /** `locks: false` is a page over plain http, where the Web Locks API is missing. */
  constructor(private readonly locks = true) {}

  tab(): Tabs {
    let own: TabListeners | null = null;
    const others = (): TabListeners[] => this.tabs.filter((tab) => tab !== own);
    return {
      listen: (listeners) => {
        own = listeners;
        this.tabs.push(listeners);
      },
      exclusively: (work) => {
        if (!this.locks) return work();
        const result = this.queue.then(work);
        this.queue = result.catch(() => undefined);
        return result;
      },
      ask: () => Promise.resolve(others().map((tab) => tab.held()).find((grant) => grant !== null) ?? null),
      tellGrant: (grant) => others().forEach((tab) => tab.granted(grant)),
      tellEnded: (reason) => others().forEach((tab) => tab.ended(reason)),
    };
  }
}

interface Made {
  readonly keeper: SessionKeeper;
  readonly ends: EndReason[];
}

const LIFETIME_MS = 900_000;
let exchanges: number;

function grant(name: string, now = Date.now()): Grant {
  return { accessToken: name, expiresAt: now + LIFETIME_MS };
}

function made(browser: Browser, exchange?: () => Promise<Grant>): Made {
  const ends: EndReason[] = [];
  const keeper = new SessionKeeper({
    tabs: browser.tab(),
    exchange: () => {
      exchanges += 1;
      return exchange ? exchange() : Promise.resolve(grant(`token-${exchanges}`));
    },
    now: Date.now,
    signedIn: () => undefined,
    signedOut: (reason) => ends.push(reason),
  });
  return { keeper, ends };
}

beforeEach(() => {
  exchanges = 0;
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

describe("one refresh", () => {
  it.each([true, false])("serves all callers of a tab (with locks: %s)", async (locks) => {
    const { keeper } = made(new Browser(locks));
    const tokens = await Promise.all([keeper.refresh(null), keeper.refresh(null), keeper.refresh(null)]);
    expect(tokens).toEqual(["token-1", "token-1", "token-1"]);
    expect(exchanges).toBe(1);
  });

  it("serves all tabs", async () => {
    const browser = new Browser();
    const tabs = [made(browser), made(browser), made(browser)];
    tabs[0]?.keeper.start(grant("first"));
    const tokens = await Promise.all(tabs.map(({ keeper }) => keeper.refresh("first")));
    expect(tokens).toEqual(["token-1", "token-1", "token-1"]);
    expect(exchanges).toBe(1);
  });

  it("is not made by a new tab while another one holds a token", async () => {
    const browser = new Browser();
    made(browser).keeper.start(grant("held"));
    expect(await made(browser).keeper.refresh(null)).toBe("held");
    expect(exchanges).toBe(0);
  });

  it("is not made for a caller whose token was renewed meanwhile", async () => {
    const { keeper } = made(new Browser());
    keeper.start(grant("renewed"));
    expect(await keeper.refresh("stale")).toBe("renewed");
    expect(exchanges).toBe(0);
  });
});

describe("renewal ahead of time", () => {
  it("happens 70 s before the token expires", async () => {
    const { keeper } = made(new Browser());
    keeper.start(grant("first"));
    await vi.advanceTimersByTimeAsync(LIFETIME_MS - 71_000);
    expect(keeper.token()).toBe("first");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(keeper.token()).toBe("token-1");
  });

  it("does not turn in circles when a token lives shorter than the margin", async () => {
    const { keeper } = made(new Browser(), () => Promise.resolve({ accessToken: `t${exchanges}`, expiresAt: Date.now() + 20_000 }));
    keeper.start({ accessToken: "short", expiresAt: Date.now() + 20_000 });
    await vi.advanceTimersByTimeAsync(30_500);
    expect(exchanges).toBe(3);
  });
});

describe("the end of a session", () => {
  it("reaches every tab with its reason when a refresh token was used twice", async () => {
    const browser = new Browser();
    const reused = new ApiError(401, "refresh_token_reused", "used before", null);
    const tabs = [made(browser, () => Promise.reject(reused)), made(browser)];
    expect(await tabs[0]?.keeper.refresh(null)).toBeNull();
    expect(tabs.map(({ ends }) => ends)).toEqual([["refresh_reused"], ["refresh_reused"]]);
    expect(tabs.map(({ keeper }) => keeper.token())).toEqual([null, null]);
  });

  it("is a leaving, not an expiry, when something else notices it before the answer", async () => {
    const refused = new ApiError(401, "invalid_refresh_token", "ended", null);
    const { keeper, ends } = made(new Browser(), () => Promise.reject(refused));
    keeper.start(grant("mine"));
    await keeper.leave(async () => {
      expect(await keeper.refresh("mine")).toBeNull();
    });
    expect(new Set(ends)).toEqual(new Set([null]));
    expect(keeper.token()).toBeNull();
  });

  it("does not happen when the server could not be told", async () => {
    const { keeper, ends } = made(new Browser());
    keeper.start(grant("mine"));
    await expect(keeper.leave(() => Promise.reject(new Error("cut")))).rejects.toThrow("cut");
    expect([keeper.token(), ends]).toEqual(["mine", []]);
  });

  it("is not concluded from a server that cannot be reached", async () => {
    const { keeper, ends } = made(new Browser(), () => Promise.reject(new ApiError(0, "network", "cut", null)));
    keeper.start(grant("kept"));
    await expect(keeper.refresh("kept")).rejects.toMatchObject({ code: "network" });
    expect(keeper.token()).toBe("kept");
    expect(ends).toEqual([]);
  });
});
