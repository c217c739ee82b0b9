/** The language of the page: chosen by the browser, switchable, kept on this device. */

import { create } from "zustand";

import { en, type Dictionary } from "./en";

export const LANGUAGES = ["en", "ko"] as const;
export type Language = (typeof LANGUAGES)[number];

/** What each language calls itself; proper names, the same in every dictionary. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: "English", ko: "한국어" };

const KEPT = "casino.language";

interface LanguageState {
  readonly language: Language;
  readonly dictionary: Dictionary;
}

export const useLanguage = create<LanguageState>(() => ({ language: "en", dictionary: en }));

const isLanguage = (value: string | null): value is Language => LANGUAGES.some((language) => language === value);

function preferred(): Language {
  const kept = localStorage.getItem(KEPT);
  if (isLanguage(kept)) return kept;
  return navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage) ?? "en";
}

async function show(language: Language): Promise<void> {
  const dictionary = language === "ko" ? (await import("./ko")).ko : en;
  document.documentElement.lang = language;
  useLanguage.setState({ language, dictionary });
}

/** Loads the preferred language; the page is drawn after it, so nobody sees the other one first. */
export function startLanguage(): Promise<void> {
  return show(preferred());
}

export async function switchLanguage(language: Language): Promise<void> {
  await show(language);
  localStorage.setItem(KEPT, language);
}
