/** The frame of the two forms at the door: the form in the light, the door beside it. */

import type { ReactNode } from "react";

import css from "./Doorway.module.css";
import { NeonDoor } from "./NeonDoor";

interface DoorwayProps {
  readonly title: string;
  readonly lead: string;
  readonly children: ReactNode;
}

export function Doorway({ title, lead, children }: DoorwayProps) {
  return (
    <div className={css["doorway"]}>
      <div className={css["form"]}>
        <h1 className={css["title"]}>{title}</h1>
        <p className={css["lead"]}>{lead}</p>
        {children}
      </div>
      <div className={css["scene"]}>
        <NeonDoor />
      </div>
    </div>
  );
}
