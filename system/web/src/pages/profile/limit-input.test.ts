import { describe, expect, it } from "vitest";

import { limitOf } from "./limit-input";

describe("a typed limit", () => {
  it.each([
    ["", null],
    ["  ", null],
    ["0", 0],
    ["5000", 5_000],
    ["5,000", 5_000],
    ["12 000", 12_000],
  ])("%j is %j", (text, gold) => expect(limitOf(text)).toBe(gold));

  it.each(["-1", "1.5", "much", "1e3", "1234567890123"])("%j is none", (text) =>
    expect(limitOf(text)).toBeUndefined(),
  );
});
