/** What a notification says in the reader's language: by its code where it is one of ours, else as it was written. */

import type { MessageKey } from "../i18n/en";
import type { Words } from "../i18n/text";

const CODES = new Set([
  "refresh_token_reuse",
  "login_locked",
  "new_device",
  "promoted",
  "admin_refresh_token_reuse",
  "purchase_success",
  "purchase_failed",
]);

/** A notification as the server wrote it. */
export interface Written {
  readonly title: string;
  readonly body: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface NoticeText {
  readonly title: string;
  readonly body: string;
}

/** `data` fills the gaps of the text; a code that this page does not know yet is shown as the server wrote it. */
export function noticeText(notice: Written, words: Words): NoticeText {
  const code = notice.data["code"];
  if (typeof code !== "string" || !CODES.has(code)) return { title: notice.title, body: notice.body };
  const { user_id: user, gold } = notice.data;
  const fill = { user: typeof user === "number" ? String(user) : "", gold: typeof gold === "number" ? gold : 0 };
  return {
    title: words(`notice.${code}.title` as MessageKey, fill),
    body: words(`notice.${code}.body` as MessageKey, fill),
  };
}
