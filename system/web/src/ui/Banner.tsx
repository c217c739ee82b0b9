/** A line of news at the top of what it concerns. */

import { Info, ShieldAlert, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

import css from "./Banner.module.css";

type Kind = "note" | "alarm" | "security";

const ICONS = { note: Info, alarm: TriangleAlert, security: ShieldAlert } as const;

interface BannerProps {
  readonly kind?: Kind;
  readonly action?: ReactNode;
  readonly children: ReactNode;
}

export function Banner({ kind = "note", action, children }: BannerProps) {
  const Icon = ICONS[kind];
  return (
    <div className={css["banner"]} data-kind={kind} role={kind === "note" ? "status" : "alert"}>
      <Icon aria-hidden className={css["icon"]} size={20} strokeWidth={1.6} />
      <div className={css["text"]}>{children}</div>
      {action}
    </div>
  );
}
