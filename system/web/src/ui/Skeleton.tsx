/** The shape of what is coming, in dimmed light. */

import type { CSSProperties } from "react";

import css from "./Skeleton.module.css";

interface SkeletonProps {
  readonly width?: string;
  readonly height?: string;
  readonly round?: boolean;
}

export function Skeleton({ width = "100%", height = "1.25em", round = false }: SkeletonProps) {
  const style: CSSProperties = { width, height };
  return <span className={css["skeleton"]} data-round={round || undefined} style={style} aria-hidden />;
}

/** `count` lines of text to come. */
export function SkeletonLines({ count, height = "2.5rem" }: { readonly count: number; readonly height?: string }) {
  return (
    <div className={css["lines"]}>
      {Array.from({ length: count }, (_, line) => (
        <Skeleton key={line} height={height} width={`${100 - ((line * 13) % 34)}%`} />
      ))}
    </div>
  );
}
