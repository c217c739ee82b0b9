import { execFileSync } from "node:child_process";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** The commit that is built, for the footer; "unknown" outside a checkout. */
function commit(): string {
  const given = process.env["BUILD_COMMIT"];
  if (given) return given;
  try {
    return execFileSync("git", ["rev-parse", "--short=10", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}

const backend = process.env["CASINO_URL"] ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  define: { __BUILD_COMMIT__: JSON.stringify(commit()) },
  server: { proxy: { "/api": { target: backend, ws: true } } },
  build: {
    target: "es2023",
    // The content security policy allows files of our own only, so nothing may become a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: { include: ["src/**/*.test.ts"], restoreMocks: true },
});
