/** Feeds the telemetry from the page: web vitals, uncaught errors, and a last flush when it is hidden. */

import { onFCP, onINP, onLCP, onTTFB, type Metric } from "web-vitals";

import type { ClientTelemetry } from "./client-telemetry";

function describe(reason: unknown): { name: string; detail: string } {
  if (reason instanceof Error) return { name: reason.name, detail: reason.message };
  return { name: "unknown", detail: String(reason) };
}

export function observePage(telemetry: ClientTelemetry): void {
  const vital = (metric: Metric): void => {
    telemetry.note({ kind: "web_vital", name: metric.name.toLowerCase(), value_seconds: metric.value / 1000 });
  };
  onLCP(vital);
  onFCP(vital);
  onTTFB(vital);
  onINP(vital);
  addEventListener("error", ({ error }) => telemetry.note({ kind: "error", ...describe(error) }));
  addEventListener("unhandledrejection", ({ reason }) => telemetry.note({ kind: "error", ...describe(reason) }));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") void telemetry.flush();
  });
}
