/** Whether the whole club is closed for maintenance, as the API last said. */

import { create } from "zustand";

import type { ApiError } from "../api/problem";

const LOOK_AGAIN_SECONDS = 30;

interface MaintenanceState {
  /** When to look again, in milliseconds since the epoch; null while the club is open. */
  readonly until: number | null;
}

export const useMaintenance = create<MaintenanceState>(() => ({ until: null }));

/** Takes note of a final failure. */
export function noticeMaintenance(error: ApiError): void {
  if (error.code !== "maintenance") return;
  const seconds = error.retryAfterSeconds ?? LOOK_AGAIN_SECONDS;
  useMaintenance.setState({ until: Date.now() + seconds * 1000 });
}

export function endMaintenance(): void {
  useMaintenance.setState({ until: null });
}
