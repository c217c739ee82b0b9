/** One reel: the real strip behind glass, turning until the server has said where it stops. */

import { useEffect, useRef } from "react";

import { useWords, type Words } from "../../i18n/text";
import { SlotSymbol, symbolName } from "../../ui/SlotSymbol";
import { useReducedMotion } from "../../ui/useReducedMotion";
import { BLUR_SPEED, landing, turning, wrapped, type Moment } from "./reel-motion";
import css from "./Reel.module.css";

/** Stops drawn above and below the strip so that its end meets its beginning. */
const MARGIN = 2;

interface ReelProps {
  readonly number: number;
  readonly strip: readonly string[];
  /** Where the reel stops; null while the answer is on the way. */
  readonly stop: number | null;
  readonly turns: boolean;
  /** Lights the symbol on the win line. */
  readonly won: boolean;
  readonly landed: () => void;
}

function padded(strip: readonly string[]): string[] {
  const stops = strip.length;
  return Array.from({ length: stops + 2 * MARGIN }, (_, row) => strip[wrapped(row - MARGIN, stops)] ?? "");
}

/** Turns the strip frame by frame; calls `landed` once it rests on the stop. */
function useTurning({ strip, stop, turns, landed }: ReelProps) {
  const tape = useRef<HTMLDivElement>(null);
  const position = useRef(0);
  const still = useReducedMotion();
  const report = useRef(landed);
  useEffect(() => {
    report.current = landed;
  });

  useEffect(() => {
    const stops = strip.length;
    const show = ({ position: at, speed }: Moment): void => {
      position.current = wrapped(at, stops);
      const rows = position.current + MARGIN - 1;
      if (!tape.current) return;
      tape.current.style.transform = `translateY(${(-100 * rows) / (stops + 2 * MARGIN)}%)`;
      tape.current.toggleAttribute("data-blurred", speed > BLUR_SPEED);
    };
    if (!turns || (still && stop !== null)) {
      show({ position: stop ?? position.current, speed: 0, rested: true });
      if (turns) report.current();
      return;
    }
    if (still) return;
    const start = performance.now();
    const from = position.current;
    let frame = requestAnimationFrame(function step(time) {
      const seconds = Math.max(0, time - start) / 1000;
      const moment = stop === null ? turning(from, seconds) : landing(stop, seconds);
      show(moment);
      if (moment.rested) report.current();
      else frame = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(frame);
  }, [strip, stop, turns, still]);
  return tape;
}

/** The three symbols behind the glass, top to bottom. */
function visible(strip: readonly string[], stop: number, words: Words): string {
  const rows = [-1, 0, 1].map((row) => strip[wrapped(stop + row, strip.length)] ?? "");
  return rows.map((symbol) => symbolName(symbol, words)).join(", ");
}

export function Reel(props: ReelProps) {
  const { number, strip, stop, turns, won } = props;
  const words = useWords();
  const tape = useTurning(props);
  const symbols = turns || stop === null ? words("slot.spinning") : visible(strip, stop, words);
  return (
    <div className={css["window"]} role="img" aria-label={words("slot.reel", { number, symbols })}>
      <div ref={tape} className={css["tape"]}>
        {padded(strip).map((symbol, row) => (
          <span key={row} className={css["cell"]} data-won={(won && row - MARGIN === stop) || undefined}>
            <SlotSymbol name={symbol} className={css["symbol"]} />
          </span>
        ))}
      </div>
    </div>
  );
}
