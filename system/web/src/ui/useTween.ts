/** Moves a shown number towards its target where the eye is; what it stands for is never computed here. */

import { useEffect, useRef, useState } from "react";

import { useReducedMotion } from "./useReducedMotion";

const TWEEN_MS = 700;

const easeOut = (share: number): number => 1 - (1 - share) ** 3;

/** The whole number to show now on the way from `first` to `target`; the target itself under reduced motion. */
export function useTween(target: number, first = target): number {
  const still = useReducedMotion();
  const [shown, setShown] = useState(first);
  const from = useRef(first);
  useEffect(() => {
    const start = performance.now();
    const origin = from.current;
    let frame = 0;
    const step = (time: number): void => {
      const share = still ? 1 : Math.min(1, (time - start) / TWEEN_MS);
      from.current = Math.round(origin + (target - origin) * easeOut(Math.max(0, share)));
      setShown(from.current);
      if (share < 1) frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame);
  }, [target, still]);
  return shown;
}
