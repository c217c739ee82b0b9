/** The state of the live line, discreet: a dot, and a word only when it is down. */

import { useWords } from "../i18n/text";
import { useLive } from "../realtime/live";
import css from "./LineState.module.css";

const WORDS = { live: "state.live", connecting: "state.connecting", down: "state.polling" } as const;

export function LineState() {
  const words = useWords();
  const connection = useLive((state) => state.connection);
  const text = words(WORDS[connection]);
  return (
    <span className={css["line"]} data-connection={connection} role="status" title={text}>
      <span className={css["dot"]} aria-hidden />
      <span className={connection === "down" ? css["text"] : "visually-hidden"}>{text}</span>
    </span>
  );
}
