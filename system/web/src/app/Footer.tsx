/** The footer: what the club is, the language, and which build is running. */

import { useQuery } from "@tanstack/react-query";

import { build } from "../api/queries";
import { LANGUAGE_NAMES, LANGUAGES, switchLanguage, useLanguage } from "../i18n/language";
import { useWords } from "../i18n/text";
import css from "./Footer.module.css";

export function Footer() {
  const words = useWords();
  return (
    <footer className={css["footer"]}>
      <p>{words("club.free")}</p>
      <LanguageSwitch />
      <p className={css["build"]}>
        <Build />
      </p>
    </footer>
  );
}

/** The server's version with the commit this page was built from. */
function Build() {
  const words = useWords();
  const { data } = useQuery(build);
  if (!data) return words("footer.buildUnknown");
  return words("footer.build", { build: `${data.version} · ${__BUILD_COMMIT__}` });
}

export function LanguageSwitch() {
  const words = useWords();
  const current = useLanguage((state) => state.language);
  return (
    <div className={css["languages"]} role="group" aria-label={words("nav.language")}>
      {LANGUAGES.map((language) => (
        <button
          key={language}
          type="button"
          lang={language}
          className={css["language"]}
          aria-pressed={language === current}
          onClick={() => void switchLanguage(language)}
        >
          {LANGUAGE_NAMES[language]}
        </button>
      ))}
    </div>
  );
}
