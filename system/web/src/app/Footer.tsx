/** The footer: what the club is, the language, and which build this is. */

import { Link } from "react-router";

import { LANGUAGE_NAMES, LANGUAGES, switchLanguage, useLanguage } from "../i18n/language";
import { useWords } from "../i18n/text";
import css from "./Footer.module.css";

export function Footer() {
  const words = useWords();
  return (
    <footer className={css["footer"]}>
      <p>{words("club.free")}</p>
      <LanguageSwitch />
      <Link className={css["status"]} to="/status">
        {words("footer.status")}
      </Link>
      <p className={css["build"]}>{words("footer.build", { build: __BUILD_COMMIT__ })}</p>
    </footer>
  );
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
