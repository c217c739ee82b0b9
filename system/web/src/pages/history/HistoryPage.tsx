/** The player's own history. */

import { usePageTitle } from "../../app/usePageTitle";
import { useWords } from "../../i18n/text";
import { Surface } from "../../ui/Surface";
import css from "./HistoryPage.module.css";
import { RoundList } from "./RoundList";

export function HistoryPage() {
  const words = useWords();
  usePageTitle(words("nav.history"));
  return (
    <>
      <h1 className={css["title"]}>{words("history.title")}</h1>
      <Surface>
        <RoundList wide />
      </Surface>
    </>
  );
}
