/** Names the browser's tab after the screen. */

import { useEffect } from "react";

import { useWords } from "../i18n/text";

export function usePageTitle(title: string): void {
  const club = useWords()("club.name");
  useEffect(() => {
    document.title = `${title} · ${club}`;
  }, [title, club]);
}
