/** Where the page stands with the session, for routes and screens. */

import { create } from "zustand";

import type { EndReason } from "./tabs";

export type SessionStatus = "starting" | "signed_out" | "signed_in" | "unreachable";

interface SessionState {
  readonly status: SessionStatus;
  /** Why the last session ended, shown at log-in; null when there is nothing to say. */
  readonly notice: EndReason;
  /** The person left on purpose: the way back is the front door, not where they were. */
  readonly left: boolean;
}

export const useSession = create<SessionState>(() => ({ status: "starting", notice: null, left: false }));

// Only a browser that once signed in holds a refresh cookie; without the mark the first visit asks for nothing.
const MARK = "casino.signed-in";

/** True when this browser signed in before and has not signed out since. */
export function mayHoldCookie(): boolean {
  return localStorage.getItem(MARK) !== null;
}

export function markSignedIn(): void {
  localStorage.setItem(MARK, "1");
  useSession.setState({ status: "signed_in", notice: null, left: false });
}

/** The notice was shown; it is not shown again. */
export function dropNotice(): void {
  useSession.setState({ notice: null });
}

export function markSignedOut(notice: EndReason): void {
  localStorage.removeItem(MARK);
  useSession.setState(({ status, left }) => ({
    status: "signed_out",
    notice,
    left: notice === null && (left || status === "signed_in"),
  }));
}
