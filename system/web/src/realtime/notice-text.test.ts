import { describe, expect, it } from "vitest";

import { en } from "../i18n/en";
import { ko } from "../i18n/ko";
import { wordsOf } from "../i18n/text";
import { noticeText } from "./notice-text";

const english = wordsOf("en", en);
const written = { title: "As written", body: "By the house." };

describe("the text of a notice", () => {
  it("is the page's own where the code is known", () => {
    const notice = { ...written, data: { code: "new_device" } };
    expect(noticeText(notice, english).title).toBe(en["notice.new_device.title"]);
    expect(noticeText(notice, wordsOf("ko", ko)).title).toBe(ko["notice.new_device.title"]);
  });

  it("names the user it is about", () => {
    const notice = { ...written, data: { code: "admin_refresh_token_reuse", user_id: 4200 } };
    expect(noticeText(notice, english).body).toContain("4200");
  });

  it("writes gold for the reader's language", () => {
    const notice = { ...written, data: { code: "purchase_success", gold: 1200 } };
    expect(noticeText(notice, english).body).toContain("1,200 gold");
  });

  it("is as written for a code that is not known, and without one", () => {
    expect(noticeText({ ...written, data: { code: "something_new" } }, english)).toEqual(written);
    expect(noticeText({ ...written, data: { code: 5 } }, english)).toEqual(written);
    expect(noticeText({ ...written, data: {} }, english)).toEqual(written);
  });
});
