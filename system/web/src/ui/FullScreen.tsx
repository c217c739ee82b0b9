/** A screen with one message and one way on: maintenance, no connection, a crash, a wrong address. */

import type { ReactNode } from "react";

import { ClubMark } from "./ClubMark";
import css from "./FullScreen.module.css";

interface FullScreenProps {
  readonly title: string;
  readonly text: string;
  readonly dim?: boolean;
  readonly children?: ReactNode;
}

export function FullScreen({ title, text, dim = true, children }: FullScreenProps) {
  return (
    <div className={css["screen"]}>
      <div className={css["sign"]} data-dim={dim || undefined}>
        <ClubMark large />
      </div>
      <h1 className={css["title"]}>{title}</h1>
      <p className={css["text"]}>{text}</p>
      {children}
    </div>
  );
}
