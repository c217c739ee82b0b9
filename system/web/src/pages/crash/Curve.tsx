/** The curve and its multiplier: rising frame by frame while a round runs, at rest where the last one ended. */

import { useEffect, useRef } from "react";

import { useWords } from "../../i18n/text";
import { useReducedMotion } from "../../ui/useReducedMotion";
import css from "./CrashPage.module.css";
import { curvePath, millisecondsAt, multiplierAt, placeAt } from "./curve-math";

const WIDTH = 640;
const HEIGHT = 320;
/** Under reduced motion the figure is renewed so often and the line does not move. */
const STILL_MS = 500;

interface CurveProps {
  readonly growth: number;
  /** `performance.now()` at the start of the running round; null while none runs. */
  readonly startedAt: number | null;
  /** Where the last round's curve ended, and where its player left it. */
  readonly end: number | null;
  readonly left: number | null;
  readonly crashed: boolean;
}

export function Curve({ growth, startedAt, end, left, crashed }: CurveProps) {
  const line = useRef<SVGPathElement>(null);
  const figure = useRef<HTMLSpanElement>(null);
  const comet = useRef<HTMLSpanElement>(null);
  const still = useReducedMotion();
  const words = useWords();

  useEffect(() => {
    const show = (milliseconds: number, multiplier: number): void => {
      line.current?.setAttribute("d", curvePath(growth, milliseconds, WIDTH, HEIGHT));
      const { x, y } = placeAt(growth, milliseconds, milliseconds);
      comet.current?.style.setProperty("left", `${x * 100}%`);
      comet.current?.style.setProperty("top", `${y * 100}%`);
      if (figure.current) figure.current.textContent = words("slot.multiplier", { multiplier: multiplier.toFixed(2) });
    };
    if (startedAt === null) {
      show(millisecondsAt(growth, end ?? 1), left ?? end ?? 1);
      return;
    }
    const run = (): void => {
      const milliseconds = performance.now() - startedAt;
      show(milliseconds, Math.floor(multiplierAt(growth, milliseconds) * 100) / 100);
    };
    if (still) {
      run();
      const timer = setInterval(run, STILL_MS);
      return () => clearInterval(timer);
    }
    let frame = requestAnimationFrame(function step() {
      run();
      frame = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(frame);
  }, [growth, startedAt, end, left, still, words]);

  return (
    <div className={css["sky"]} data-crashed={crashed || undefined} data-rising={startedAt !== null || undefined}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden className={css["plot"]}>
        <path d={`M0 ${HEIGHT}H${WIDTH}M0 ${HEIGHT * 0.57}H${WIDTH}M0 ${HEIGHT * 0.14}H${WIDTH}`} className={css["grid"]} />
        <path ref={line} className={css["line"]} />
      </svg>
      <span ref={comet} className={css["comet"]} data-gone={(startedAt === null && !crashed) || undefined} aria-hidden />
      <span ref={figure} className={css["figure"]} aria-hidden={startedAt !== null || undefined} />
    </div>
  );
}
