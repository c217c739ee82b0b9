/** Whether a player one follows is here now: what the list said, until the socket knows better. */

import { useWords } from "../../i18n/text";
import { useLive } from "../../realtime/live";
import css from "./social.module.css";

interface HereProps {
  readonly userId: number;
  /** As the API said; null is not for us to know. */
  readonly online: boolean | null;
}

export function Here({ userId, online }: HereProps) {
  const words = useWords();
  const told = useLive((state) => state.here[userId]);
  if (online === null) return null;
  const here = told ?? online;
  return (
    <span className={css["here"]} data-on={here || undefined}>
      {words(here ? "social.here" : "social.away")}
    </span>
  );
}
