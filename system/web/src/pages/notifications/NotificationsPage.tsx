/** The notification centre: the inbox with what is unread, and what may come into it. */

import { usePageTitle } from "../../app/usePageTitle";
import { useWords } from "../../i18n/text";
import { Surface } from "../../ui/Surface";
import { Inbox } from "./Inbox";
import { LetIn } from "./LetIn";
import css from "./NotificationsPage.module.css";

export function NotificationsPage() {
  const words = useWords();
  usePageTitle(words("notices.title"));
  return (
    <div className={css["page"]}>
      <h1 className={css["title"]}>{words("notices.title")}</h1>
      <Inbox />
      <Surface title={words("notices.settings")} className={css["settings"]}>
        <LetIn />
      </Surface>
    </div>
  );
}
