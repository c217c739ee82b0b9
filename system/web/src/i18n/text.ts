/** Texts, numbers and times in the page's language. */

import { useMemo } from "react";

import type { Dictionary, MessageKey } from "./en";
import { useLanguage, type Language } from "./language";

export type Fill = Readonly<Record<string, string | number>>;

export interface Words {
  (key: MessageKey, fill?: Fill): string;
}

/** The text of `key`; numbers in `fill` are written for the language, `count` chooses the plural. */
export function wordsOf(language: Language, dictionary: Dictionary): Words {
  const numbers = new Intl.NumberFormat(language);
  const plurals = new Intl.PluralRules(language);
  return (key, fill = {}) => {
    const message = dictionary[key];
    const plural = typeof message === "string" ? message : pluralOf(message, plurals, fill["count"]);
    return plural.replace(/\{(\w+)\}/g, (gap, name: string) => {
      const value = fill[name];
      if (value === undefined) return gap;
      return typeof value === "number" ? numbers.format(value) : value;
    });
  };
}

function pluralOf(
  message: { readonly one?: string; readonly other: string },
  plurals: Intl.PluralRules,
  count: string | number | undefined,
): string {
  return plurals.select(Number(count)) === "one" ? (message.one ?? message.other) : message.other;
}

export function useWords(): Words {
  const { language, dictionary } = useLanguage();
  return useMemo(() => wordsOf(language, dictionary), [language, dictionary]);
}

export interface Formats {
  readonly number: (value: number) => string;
  readonly signed: (value: number) => string;
  /** Real money, from whole cents. */
  readonly price: (cents: number) => string;
  readonly percent: (ratio: number) => string;
  readonly moment: (iso: string) => string;
  readonly date: (iso: string) => string;
  /** Whole minutes and seconds, e.g. 9:05. */
  readonly clock: (seconds: number) => string;
  /** "5 minutes ago", by the clock `now` in milliseconds. */
  readonly ago: (iso: string, now: number) => string;
  readonly list: (items: readonly string[]) => string;
}

const AGO_STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

function formatsOf(language: Language): Formats {
  const number = new Intl.NumberFormat(language);
  const signed = new Intl.NumberFormat(language, { signDisplay: "exceptZero" });
  const price = new Intl.NumberFormat(language, { style: "currency", currency: "USD" });
  const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 2 });
  const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
  const date = new Intl.DateTimeFormat(language, { dateStyle: "long" });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const list = new Intl.ListFormat(language, { type: "unit" });
  const two = new Intl.NumberFormat(language, { minimumIntegerDigits: 2 });
  return {
    number: (value) => number.format(value),
    signed: (value) => signed.format(value),
    price: (cents) => price.format(cents / 100),
    percent: (ratio) => percent.format(ratio),
    moment: (iso) => moment.format(new Date(iso)),
    date: (iso) => date.format(new Date(iso)),
    clock: (seconds) => `${number.format(Math.floor(seconds / 60))}:${two.format(Math.floor(seconds % 60))}`,
    ago: (iso, now) => {
      const seconds = Math.max(0, (now - Date.parse(iso)) / 1000);
      const step = AGO_STEPS.find(([, size]) => seconds >= size);
      return step ? relative.format(-Math.floor(seconds / step[1]), step[0]) : relative.format(0, "second");
    },
    list: (items) => list.format(items),
  };
}

export function useFormats(): Formats {
  const language = useLanguage((state) => state.language);
  return useMemo(() => formatsOf(language), [language]);
}
