/** A piece of the room lit from above: no border, a tube at its top edge and the light that falls from it. */

import type { ReactNode } from "react";

import css from "./Surface.module.css";

interface SurfaceProps {
  readonly lit?: "hot" | "cold" | "gold" | "off";
  readonly title?: string;
  /** Stands beside the title, e.g. a state or an action. */
  readonly aside?: ReactNode;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}

export function Surface({ lit = "off", title, aside, className, children }: SurfaceProps) {
  return (
    <section className={`${css["surface"]} ${className ?? ""}`} data-lit={lit} aria-label={title}>
      {title && (
        <header className={css["head"]}>
          <h2 className={css["title"]}>{title}</h2>
          {aside}
        </header>
      )}
      {children}
    </section>
  );
}
