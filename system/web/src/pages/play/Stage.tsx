/** The lit frame that a game is played in; its colour says what the game does. */

import type { ReactNode } from "react";

import css from "./Stage.module.css";

export type Mood = "idle" | "busy" | "won" | "lost";

interface StageProps {
  readonly title: string;
  readonly mood: Mood;
  readonly children: ReactNode;
  /** What stands under the frame: the outcome, the bet, the button. */
  readonly below: ReactNode;
}

export function Stage({ title, mood, children, below }: StageProps) {
  return (
    <section className={css["stage"]} data-mood={mood} aria-label={title}>
      <h2 className={css["title"]}>{title}</h2>
      <div className={css["frame"]}>{children}</div>
      {below}
    </section>
  );
}
