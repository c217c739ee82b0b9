import { describe, expect, it } from "vitest";

import { cells, monthOf, shifted, WEEK, weekOf } from "./month";

describe("a month", () => {
  it("begins under its weekday", () => {
    const november = cells({ year: 2026, month: 11 });
    expect(november.indexOf("2026-11-01")).toBe(6);
    expect(november.at(-1)).toBe("2026-11-30");
  });

  it("has the days the calendar gives it", () => {
    const days = (year: number, month: number): number => cells({ year, month }).filter((day) => day !== null).length;
    expect([days(2027, 2), days(2028, 2), days(2026, 12)]).toEqual([28, 29, 31]);
  });

  it("is followed and preceded over the turn of the year", () => {
    expect(shifted({ year: 2026, month: 12 }, 1)).toEqual({ year: 2027, month: 1 });
    expect(shifted({ year: 2026, month: 1 }, -1)).toEqual({ year: 2025, month: 12 });
  });

  it("is read from a day", () => {
    expect(monthOf("2026-11-21")).toEqual({ year: 2026, month: 11 });
  });

  it("puts a day in its week, also over the turn of a month", () => {
    expect(weekOf("2026-12-02")[0]).toBe("2026-11-30");
    expect(weekOf("2026-11-22").at(-1)).toBe("2026-11-22");
    expect(weekOf("2026-11-22")).toHaveLength(7);
  });

  it("has weeks from Monday to Sunday", () => {
    expect(WEEK.map((day) => day.getUTCDay())).toEqual([1, 2, 3, 4, 5, 6, 0]);
  });
});
