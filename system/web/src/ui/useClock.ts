/** A clock that ticks for the screens that show passing time. */

import { useEffect, useState } from "react";

/** Milliseconds since the epoch, renewed every `seconds`. */
export function useClock(seconds: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds]);
  return now;
}

/** Whole seconds left until `end` (milliseconds since the epoch), never below 0. */
export function useCountdown(end: number): number {
  return Math.max(0, Math.ceil((end - useClock(0.5)) / 1000));
}
