import { describe, expect, it } from "vitest";

import { en } from "../i18n/en";
import { wordsOf } from "../i18n/text";
import { span } from "./Remaining";

const words = wordsOf("en", en);

describe("time left", () => {
  it("is told in the two units that matter", () => {
    expect(span(2 * 86_400 + 3 * 3_600 + 59, words)).toBe("2 d 3 h");
    expect(span(3_600 + 61, words)).toBe("1 h 1 min");
    expect(span(59, words)).toBe("0 min 59 s");
  });
});
