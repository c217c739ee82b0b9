/** Texts that come from the server in several languages. */

import { useLanguage } from "./language";

/** Picks the text of the page's language; English, then any, where it is missing. */
export function useTitle(): (titles: Readonly<Record<string, string>>) => string {
  const language = useLanguage((state) => state.language);
  return (titles) => titles[language] ?? titles["en"] ?? Object.values(titles)[0] ?? "";
}
