/** How far something is: a tube that fills with light. */

import css from "./Meter.module.css";

interface MeterProps {
  readonly label: string;
  readonly value: number;
  readonly max: number;
  readonly lit?: "hot" | "cold" | "gold";
}

export function Meter({ label, value, max, lit = "cold" }: MeterProps) {
  return <progress className={css["meter"]} aria-label={label} value={value} max={max} data-lit={lit} />;
}
