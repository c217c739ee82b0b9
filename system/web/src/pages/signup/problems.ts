/** Which fields of the sign-up an error of the server is about, and what to do about it. */

import { ApiError } from "../../api/problem";
import type { MessageKey } from "../../i18n/en";

/** What each field must look like: the hint under it, and the remedy when the server refuses it. */
export const RULES = {
  site_id: "signup.siteIdHint",
  nickname: "signup.nicknameHint",
  phone_number: "signup.phoneHint",
  password: "signup.passwordHint",
} as const satisfies Record<string, MessageKey>;

const REMEDIES: Readonly<Record<string, MessageKey>> = { ...RULES, invite_code: "error.inviteInvalid" };

/** Messages by field name; empty when the error is not about a field. */
export function fieldProblems(error: unknown): Readonly<Record<string, MessageKey>> {
  if (!(error instanceof ApiError)) return {};
  const { field } = error.members;
  if (error.status === 409 && typeof field === "string") return { [field]: "error.taken" };
  if (error.code === "invite_code_refused") return { invite_code: "error.inviteInvalid" };
  if (error.code === "weak_password") return { password: RULES.password };
  const named = error.fields.map(({ loc }) => String(loc.at(-1)));
  return Object.fromEntries(named.map((name) => [name, REMEDIES[name] ?? "error.rejected"]));
}
