/** Sign-up: five fields, the invite checked as typed, errors at the field they are about. */

import { useMutation } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { Link, useLocation } from "react-router";

import { answer } from "../../api/client";
import { clickHeaders } from "../../api/intent";
import { usePageTitle } from "../../app/usePageTitle";
import type { MessageKey } from "../../i18n/en";
import { useWords } from "../../i18n/text";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Doorway } from "../../ui/Doorway";
import { ErrorBanner } from "../../ui/ErrorBanner";
import { Field } from "../../ui/Field";
import { useAbort } from "../../ui/useAbort";
import { useSlow } from "../../ui/useSlow";
import { api, COOKIE_TRANSPORT, grantOf, session } from "../../wiring";
import { InviteField, useInviteCheck } from "./InviteField";
import { fieldProblems, RULES } from "./problems";

const EMPTY = { invite_code: "", site_id: "", nickname: "", phone_number: "", password: "" };
type Draft = typeof EMPTY;
type Name = keyof Draft;

const LABELS = {
  site_id: "signup.siteId",
  nickname: "signup.nickname",
  phone_number: "signup.phone",
  password: "signup.password",
} as const satisfies Record<keyof typeof RULES, MessageKey>;

const ATTRIBUTES = {
  site_id: { autoComplete: "username", autoCapitalize: "none", spellCheck: false },
  nickname: { autoComplete: "nickname" },
  phone_number: { autoComplete: "tel", type: "tel", inputMode: "tel" },
  password: { autoComplete: "new-password", type: "password" },
} as const;

function useSignup() {
  const abort = useAbort();
  return useMutation({
    mutationFn: (draft: Draft) => {
      const body = {
        inviteCode: draft.invite_code.trim(),
        siteId: draft.site_id.trim(),
        nickname: draft.nickname.trim(),
        phoneNumber: draft.phone_number.replace(/[\s()-]/g, ""),
        password: draft.password,
      };
      const headers = { ...clickHeaders(), ...COOKIE_TRANSPORT };
      return answer(api.POST("/api/auth/signup", { body, headers, signal: abort() }));
    },
    onSuccess: (tokens) => session.start(grantOf(tokens)),
  });
}

type Problems = Readonly<Record<string, MessageKey>>;

function missing(draft: Draft): Problems {
  const names = Object.keys(draft) as Name[];
  return Object.fromEntries(names.filter((name) => !draft[name].trim()).map((name) => [name, "signup.required"]));
}

export function SignupPage() {
  const words = useWords();
  usePageTitle(words("nav.signup"));
  return (
    <Doorway title={words("signup.title")} lead={words("signup.lead")}>
      <SignupForm />
      <p>
        {words("welcome.member")} <Link to="/login">{words("nav.login")}</Link>
      </p>
    </Doorway>
  );
}

function SignupForm() {
  const words = useWords();
  const { code = "" } = (useLocation().state ?? {}) as { code?: string };
  const [draft, setDraft] = useState<Draft>({ ...EMPTY, invite_code: code });
  const [gaps, setGaps] = useState<Problems>({});
  const check = useInviteCheck(draft.invite_code);
  const signup = useSignup();
  const slow = useSlow(signup.isPending);
  const problems: Problems = { ...fieldProblems(signup.error), ...gaps };
  const problem = (name: Name): string | null => (problems[name] ? words(problems[name]) : null);

  function change(name: Name, value: string): void {
    setDraft({ ...draft, [name]: value });
    setGaps({});
    if (signup.isError) signup.reset();
  }

  function submit(event: SyntheticEvent): void {
    event.preventDefault();
    const found = missing(draft);
    setGaps(found);
    if (Object.keys(found).length === 0 && !signup.isPending) signup.mutate(draft);
  }

  return (
    <form onSubmit={submit} noValidate>
      {signup.error && Object.keys(problems).length === 0 && <ErrorBanner error={signup.error} />}
      {slow && <Banner>{words("state.slow")}</Banner>}
      <InviteField
        code={draft.invite_code}
        change={(value) => change("invite_code", value)}
        check={check}
        error={problem("invite_code")}
      />
      {(Object.keys(LABELS) as (keyof typeof LABELS)[]).map((name) => (
        <Field
          key={name}
          name={name}
          label={words(LABELS[name])}
          hint={words(RULES[name])}
          {...ATTRIBUTES[name]}
          value={draft[name]}
          error={problem(name)}
          onChange={(event) => change(name, event.target.value)}
        />
      ))}
      <Button type="submit" tone="hot" large busy={signup.isPending}>
        {words("signup.submit")}
      </Button>
    </form>
  );
}
