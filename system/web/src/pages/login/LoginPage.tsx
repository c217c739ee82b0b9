/** Log-in: says why a session ended, counts a lock-out down, never says which half was wrong. */

import { useMutation } from "@tanstack/react-query";
import { useEffect, useState, type SyntheticEvent } from "react";
import { Link } from "react-router";

import { answer } from "../../api/client";
import { clickHeaders } from "../../api/intent";
import { ApiError } from "../../api/problem";
import { usePageTitle } from "../../app/usePageTitle";
import { useFormats, useWords } from "../../i18n/text";
import { dropNotice, useSession } from "../../session/store";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Doorway } from "../../ui/Doorway";
import { ErrorBanner } from "../../ui/ErrorBanner";
import { Field } from "../../ui/Field";
import { useAbort } from "../../ui/useAbort";
import { useCountdown } from "../../ui/useClock";
import { useSlow } from "../../ui/useSlow";
import { api, COOKIE_TRANSPORT, grantOf, session } from "../../wiring";

interface Refusal {
  readonly error: Error;
  /** When the lock opens, in milliseconds since the epoch; 0 when the account is not locked. */
  readonly lockedUntil: number;
}

function refusalOf(error: Error): Refusal {
  const locked = error instanceof ApiError && error.code === "login_locked";
  return { error, lockedUntil: locked ? Date.now() + (error.retryAfterSeconds ?? 60) * 1000 : 0 };
}

export function LoginPage() {
  const words = useWords();
  usePageTitle(words("nav.login"));
  return (
    <Doorway title={words("login.title")} lead={words("login.lead")}>
      <LoginForm />
      <p>
        {words("login.noAccount")} <Link to="/signup">{words("nav.signup")}</Link>
      </p>
    </Doorway>
  );
}

function LoginForm() {
  const words = useWords();
  const [siteId, setSiteId] = useState("");
  const [password, setPassword] = useState("");
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const locked = useCountdown(refusal?.lockedUntil ?? 0);
  const abort = useAbort();
  const login = useMutation({
    mutationFn: (body: { readonly siteId: string; readonly password: string }) => {
      const headers = { ...clickHeaders(), ...COOKIE_TRANSPORT };
      return answer(api.POST("/api/auth/login", { body, headers, signal: abort() }));
    },
    onSuccess: (tokens) => session.start(grantOf(tokens)),
    onError: (error) => setRefusal(refusalOf(error)),
  });
  const slow = useSlow(login.isPending);
  const ready = siteId.trim() !== "" && password !== "" && locked === 0;

  function submit(event: SyntheticEvent): void {
    event.preventDefault();
    if (!ready || login.isPending) return;
    setRefusal(null);
    login.mutate({ siteId: siteId.trim(), password });
  }

  return (
    <form onSubmit={submit} noValidate>
      <LoginNews refusal={refusal} locked={locked} />
      {slow && <Banner>{words("state.slow")}</Banner>}
      <Field
        label={words("login.siteId")}
        name="site_id"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        value={siteId}
        onChange={(event) => setSiteId(event.target.value)}
      />
      <Field
        label={words("login.password")}
        name="password"
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <Button type="submit" tone="hot" large busy={login.isPending} disabled={!ready}>
        {words("login.submit")}
      </Button>
    </form>
  );
}

function LoginNews({ refusal, locked }: { readonly refusal: Refusal | null; readonly locked: number }) {
  const words = useWords();
  const { clock } = useFormats();
  const [notice] = useState(() => useSession.getState().notice);
  useEffect(dropNotice, []);
  if (refusal && refusal.lockedUntil > 0) {
    return locked > 0 ? (
      <Banner kind="alarm">
        {/* Read out once, not every second. */}
        <span aria-live="off">{words("login.locked", { time: clock(locked) })}</span>
      </Banner>
    ) : (
      <Banner>{words("login.lockOver")}</Banner>
    );
  }
  if (refusal) return <ErrorBanner error={refusal.error} />;
  if (notice === "refresh_reused") return <Banner kind="security">{words("login.notice.refresh_reused")}</Banner>;
  return notice === "expired" ? <Banner>{words("login.notice.expired")}</Banner> : null;
}
