/** The bell: the way to the notifications, with how many are unread as the server counts them. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { Bell } from "lucide-react";
import { NavLink } from "react-router";

import { inbox } from "../api/queries";
import { useWords } from "../i18n/text";
import css from "./NoticeBell.module.css";

const SHOWN_MAX = 99;

export function NoticeBell() {
  const words = useWords();
  const read = useInfiniteQuery(inbox);
  const unread = read.data?.pages[0]?.unread ?? 0;
  const label = unread > 0 ? words("notices.bellUnread", { count: unread }) : words("notices.title");
  return (
    <NavLink to="/notifications" className={css["bell"] ?? ""} aria-label={label}>
      <Bell aria-hidden size={22} strokeWidth={1.6} />
      {unread > 0 && (
        <span aria-hidden className={css["badge"]}>
          {unread > SHOWN_MAX ? `${SHOWN_MAX}+` : unread}
        </span>
      )}
    </NavLink>
  );
}
