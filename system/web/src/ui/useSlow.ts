/** Whether something has been under way for longer than a person expects. */

import { useEffect, useState } from "react";

const SLOW_SECONDS = 3;

export function useSlow(active: boolean): boolean {
  const [since, setSince] = useState<"short" | "long">("short");
  useEffect(() => {
    if (!active) return;
    const timer = setTimeout(() => setSince("long"), SLOW_SECONDS * 1000);
    return () => {
      clearTimeout(timer);
      setSince("short");
    };
  }, [active]);
  return active && since === "long";
}
