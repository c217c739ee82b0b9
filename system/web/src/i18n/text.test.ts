import { describe, expect, it } from "vitest";

import { en, type MessageKey } from "./en";
import { ko } from "./ko";
import { wordsOf } from "./text";

const gaps = (message: unknown): string[] => [...JSON.stringify(message).matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
const unique = (names: string[]): string[] => [...new Set(names)].sort();

describe("texts", () => {
  it("fill their gaps, numbers written for the language", () => {
    const words = wordsOf("en", en);
    expect(words("slot.betLimits", { min: 1, max: 10_000 })).toBe("From 1 to 10,000 gold");
  });

  it("choose the plural of the language", () => {
    const words = wordsOf("en", en);
    expect(words("invite.uses", { count: 1 })).toContain("1 seat left");
    expect(words("invite.uses", { count: 2 })).toContain("2 seats left");
    expect(wordsOf("ko", ko)("invite.uses", { count: 1 })).toContain("1개");
  });

  it("are all used somewhere", () => {
    const sources = import.meta.glob<string>("../**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true });
    const code = Object.entries(sources).filter(([file]) => !file.startsWith("./"));
    const used = code.map(([, source]) => source).join("\n");
    // Keys put together from a code of the server: `symbol.${code}`.
    const chosen = [...used.matchAll(/`([\w.]+\.)\$\{/g)].map(([, prefix]) => prefix ?? "");
    const isUsed = (key: MessageKey): boolean => used.includes(`"${key}"`) || chosen.some((prefix) => key.startsWith(prefix));
    const unused = (Object.keys(en) as MessageKey[]).filter((key) => !isUsed(key));
    expect(unused).toEqual([]);
  });

  it("have the same gaps in every language", () => {
    for (const key of Object.keys(en) as MessageKey[]) {
      expect(unique(gaps(ko[key])), key).toEqual(unique(gaps(en[key])));
    }
  });
});
