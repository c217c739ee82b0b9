/** Which fields of a form an error of the server is about. */

import { ApiError } from "../../api/problem";
import type { Words } from "../../i18n/text";

const TAKEN = /^(site_id|nickname|phone_number)(_taken|_in_use|_exists)$/;

function takenField(error: ApiError): string | null {
  if (error.status !== 409) return null;
  const named = error.members["field"];
  return typeof named === "string" ? named : (TAKEN.exec(error.code)?.[1] ?? null);
}

/** Texts by field name; empty when the error is not about a field. */
export function fieldProblems(error: unknown, words: Words): Readonly<Record<string, string>> {
  if (!(error instanceof ApiError)) return {};
  const taken = takenField(error);
  if (taken) return { [taken]: words("error.taken") };
  if (error.code.startsWith("invite_")) return { invite_code: words("error.inviteInvalid") };
  if (error.code === "weak_password") return { password: words("signup.passwordHint") };
  return Object.fromEntries(
    error.fields.map(({ loc, msg }) => [String(loc.at(-1)), words("error.field", { reason: msg })]),
  );
}
