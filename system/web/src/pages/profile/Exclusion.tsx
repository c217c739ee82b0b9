/** Taking a break: how long, a last question, and then no play and no session until it is over. */

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { done } from "../../api/client";
import { clickHeaders } from "../../api/intent";
import { useFormats, useWords } from "../../i18n/text";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { ErrorBanner } from "../../ui/ErrorBanner";
import { api, session } from "../../wiring";
import css from "./Limits.module.css";
import profileCss from "./ProfilePage.module.css";

const DAY_MILLISECONDS = 86_400_000;
const DAYS = [1, 7, 30, 180] as const;

export function Exclusion({ until }: { readonly until: string | null }) {
  const words = useWords();
  const { moment } = useFormats();
  const [days, setDays] = useState<number | null>(null);
  return (
    <div className={css["exclusion"]}>
      <h3>{words("exclusion.title")}</h3>
      <p className={css["soft"]}>
        {until === null ? words("exclusion.text") : words("exclusion.holds", { time: moment(until) })}
      </p>
      <div className={css["choices"]}>
        {DAYS.map((count) => (
          <Button key={count} onClick={() => setDays(count)}>
            {words("exclusion.days", { count })}
          </Button>
        ))}
      </div>
      <Dialog open={days !== null} title={words("exclusion.ask")} close={() => setDays(null)}>
        {days !== null && <LastQuestion days={days} close={() => setDays(null)} />}
      </Dialog>
    </div>
  );
}

function LastQuestion({ days, close }: { readonly days: number; readonly close: () => void }) {
  const words = useWords();
  const exclude = useMutation({
    mutationFn: () => {
      const until = new Date(Date.now() + days * DAY_MILLISECONDS).toISOString();
      const asked = { body: { selfExcludedUntil: until }, headers: clickHeaders() };
      // The server ends every session with it, this one too.
      return session.leave(() => done(api.PUT("/api/users/me/limits", asked)));
    },
  });
  return (
    <>
      {exclude.error && <ErrorBanner error={exclude.error} />}
      <p>{words("exclusion.askText", { count: days })}</p>
      <div className={profileCss["choice"]}>
        <Button onClick={close}>{words("profile.cancel")}</Button>
        <Button tone="hot" busy={exclude.isPending} onClick={() => exclude.mutate()}>
          {words("exclusion.confirm")}
        </Button>
      </div>
    </>
  );
}
