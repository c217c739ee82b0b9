/** The one place where the page's parts are made and joined. */

import { QueryClient } from "@tanstack/react-query";

import { answer, createApi, done } from "./api/client";
import type { Dashboard, Tokens } from "./api/model";
import { createTransport, sleep } from "./api/transport";
import { noticeMaintenance } from "./app/maintenance";
import { useLanguage } from "./i18n/language";
import { wordsOf } from "./i18n/text";
import { applyConnection, applyMessage, forgetLive } from "./realtime/live";
import { concerned } from "./realtime/news";
import { noticeText } from "./realtime/notice-text";
import { noticeListener } from "./realtime/notices";
import { forgetPurchases, hearPurchase, isAboutPurchase, learnPurchases } from "./realtime/purchases";
import { SyncSocket, type SocketLike } from "./realtime/socket";
import { home, homeBySocket } from "./realtime/useFigures";
import { SessionKeeper, type Grant } from "./session/keeper";
import { markSignedIn, markSignedOut, mayHoldCookie, useSession } from "./session/store";
import { browserTabs } from "./session/tabs";
import { ClientTelemetry } from "./telemetry/client-telemetry";
import { toast } from "./ui/Toast";

/** A purchase that waits is among the newest. */
const PURCHASES_READ = 20;

export const COOKIE_TRANSPORT = { "X-Auth-Transport": "cookie" } as const;

export function grantOf(tokens: Tokens): Grant {
  return { accessToken: tokens.access_token, expiresAt: Date.now() + tokens.expires_in * 1000 };
}

const transport = createTransport({
  fetch: (request) => fetch(request),
  token: () => session.token(),
  refresh: (stale) => session.refresh(stale),
  sleep,
  random: Math.random,
  retried: (reason) => telemetry.note({ kind: "api_retry", name: reason }),
  failed: noticeMaintenance,
});

export const api = createApi(transport);

export const telemetry = new ClientTelemetry((events) =>
  done(api.POST("/api/telemetry/client", { body: { events: [...events] }, keepalive: true })),
);

export const queryClient = new QueryClient({
  // The transport already retries; the network mode lets it report "offline" as an error with a code.
  defaultOptions: {
    queries: { retry: false, networkMode: "always", staleTime: 15_000, refetchOnWindowFocus: false },
    mutations: { retry: false, networkMode: "always" },
  },
});

export const session: SessionKeeper = new SessionKeeper({
  tabs: browserTabs(),
  exchange: async () => grantOf(await answer(api.POST("/api/auth/refresh", { headers: COOKIE_TRANSPORT }))),
  now: Date.now,
  signedIn: () => {
    markSignedIn();
    socket.start();
  },
  signedOut: (reason) => {
    socket.stop();
    forgetLive();
    forgetPurchases();
    queryClient.clear();
    markSignedOut(reason);
  },
});

const hearNotices = noticeListener({
  show: (notice) => {
    // How a purchase stands is said already when its own message comes.
    if (isAboutPurchase(notice)) return;
    const { language, dictionary } = useLanguage.getState();
    toast(noticeText(notice, wordsOf(language, dictionary)).title);
  },
  changed: () => void queryClient.invalidateQueries({ queryKey: ["inbox"] }),
});

/** The socket tells what happens to purchases from now on; how they stand by now only their list says. */
async function readPurchases(): Promise<void> {
  try {
    const { items } = await answer(api.GET("/api/shop/transactions", { params: { query: { limit: PURCHASES_READ } } }));
    if (useSession.getState().status === "signed_in") learnPurchases(items);
  } catch {
    // The list of purchases shows its own errors; the badge waits for the next message.
  }
}

export const socket = new SyncSocket({
  ticket: async () => (await answer(api.POST("/api/auth/ws-ticket"))).ticket,
  renew: async () => (await session.refresh(session.token())) !== null,
  open: (query) => {
    const origin = location.origin.replace(/^http/, "ws");
    return new WebSocket(`${origin}/api/realtime/sync?${query}`) as SocketLike;
  },
  random: Math.random,
  received: (message) => {
    applyMessage(message);
    hearNotices(message);
    hearPurchase(message);
    if (message.type === "initial_state") {
      const snapshot = message.data as unknown as Omit<Dashboard, "community">;
      queryClient.setQueryData(home.queryKey, (known) => homeBySocket(known, snapshot));
      void readPurchases();
    }
    for (const queryKey of concerned(message)) void queryClient.invalidateQueries({ queryKey });
  },
  changed: applyConnection,
});

/** Finds out on page load whether this browser still has a session. */
export async function resumeSession(): Promise<void> {
  if (session.token() !== null) return;
  if (!mayHoldCookie()) {
    markSignedOut(null);
    return;
  }
  try {
    await session.refresh(null);
  } catch {
    useSession.setState({ status: "unreachable" });
  }
}
