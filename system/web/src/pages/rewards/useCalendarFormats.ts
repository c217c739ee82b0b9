/** Months, weekdays and days in the words of the page's language. Moments name a day in UTC, as `month` makes them. */

import { useMemo } from "react";

import { useLanguage } from "../../i18n/language";

export function useCalendarFormats() {
  const language = useLanguage((state) => state.language);
  return useMemo(() => {
    const month = new Intl.DateTimeFormat(language, { year: "numeric", month: "long", timeZone: "UTC" });
    const short = new Intl.DateTimeFormat(language, { weekday: "narrow", timeZone: "UTC" });
    const long = new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" });
    return {
      month: (moment: Date) => month.format(moment),
      weekday: (moment: Date) => short.format(moment),
      day: (moment: Date) => long.format(moment),
    };
  }, [language]);
}
