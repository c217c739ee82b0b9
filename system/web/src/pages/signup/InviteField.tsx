/** The invite code, checked by the server while it is typed: a good one lights the tube. */

import { useQuery } from "@tanstack/react-query";

import { invite } from "../../api/queries";
import { useWords, type Words } from "../../i18n/text";
import { Field } from "../../ui/Field";
import { useSettled } from "../../ui/useSettled";

const CODE_CHARACTERS_MIN = 4;
const TYPING_PAUSE_MS = 300;

export type InviteState = "empty" | "checking" | "valid" | "invalid" | "unchecked";

interface InviteCheck {
  readonly state: InviteState;
  readonly seats: number | null;
}

/** What the server says about `code`. A failed check blocks nobody: the sign-up itself decides. */
export function useInviteCheck(code: string): InviteCheck {
  const settled = useSettled(code.trim(), TYPING_PAUSE_MS);
  const { data, isError } = useQuery({ ...invite(settled), enabled: settled.length >= CODE_CHARACTERS_MIN });
  if (code.trim().length < CODE_CHARACTERS_MIN) return { state: "empty", seats: null };
  if (settled !== code.trim()) return { state: "checking", seats: null };
  if (isError) return { state: "unchecked", seats: null };
  if (!data) return { state: "checking", seats: null };
  return { state: data.valid ? "valid" : "invalid", seats: data.remaining_uses ?? null };
}

function hintOf({ state, seats }: InviteCheck, words: Words): string {
  if (state === "valid") return seats === null ? words("invite.valid") : words("invite.uses", { count: seats });
  if (state === "checking") return words("invite.checking");
  if (state === "unchecked") return words("invite.unchecked");
  return words("welcome.inviteHint");
}

interface InviteFieldProps {
  readonly code: string;
  readonly change: (code: string) => void;
  readonly check: InviteCheck;
  readonly error?: string | null | undefined;
}

export function InviteField({ code, change, check, error }: InviteFieldProps) {
  const words = useWords();
  return (
    <Field
      label={words("welcome.invite")}
      name="invite_code"
      value={code}
      onChange={(event) => change(event.target.value)}
      autoComplete="off"
      autoCapitalize="characters"
      spellCheck={false}
      maxLength={64}
      good={check.state === "valid"}
      hint={hintOf(check, words)}
      error={error ?? (check.state === "invalid" ? words("invite.invalid") : null)}
    />
  );
}
