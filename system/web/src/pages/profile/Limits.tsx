/** The player's own limits: what holds, what is used of it, what waits; and self-exclusion. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";

import { answer } from "../../api/client";
import { clickHeaders } from "../../api/intent";
import type { DailyLimit, PlayLimits, PlayLimitsAsked } from "../../api/model";
import { playLimits } from "../../api/queries";
import { useFormats, useWords } from "../../i18n/text";
import { AsyncView } from "../../ui/AsyncView";
import { Button } from "../../ui/Button";
import { ErrorBanner } from "../../ui/ErrorBanner";
import { Field } from "../../ui/Field";
import { SkeletonLines } from "../../ui/Skeleton";
import { api } from "../../wiring";
import { Exclusion } from "./Exclusion";
import css from "./Limits.module.css";
import { limitOf } from "./limit-input";

const LIMITS = ["daily_loss", "daily_spend"] as const;
type LimitName = (typeof LIMITS)[number];

/** The request that wants this limit. */
const ASKED: Readonly<Record<LimitName, (gold: number | null) => PlayLimitsAsked>> = {
  daily_loss: (gold) => ({ dailyLossLimit: gold }),
  daily_spend: (gold) => ({ dailySpendLimit: gold }),
};

export function Limits() {
  const words = useWords();
  const read = useQuery(playLimits);
  return (
    <AsyncView read={read} skeleton={<SkeletonLines count={3} height="5rem" />}>
      {(limits) => (
        <>
          <p className={css["intro"]}>{words("limits.intro")}</p>
          {LIMITS.map((name) => (
            <Limit key={name} name={name} limits={limits} />
          ))}
          <Exclusion until={limits.self_excluded_until} />
        </>
      )}
    </AsyncView>
  );
}

function useChange() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (wanted: PlayLimitsAsked) =>
      answer(api.PUT("/api/users/me/limits", { body: wanted, headers: clickHeaders() })),
    onSuccess: (limits) => queries.setQueryData(playLimits.queryKey, limits),
  });
}

function Limit({ name, limits }: { readonly name: LimitName; readonly limits: PlayLimits }) {
  const words = useWords();
  const limit: DailyLimit = limits[name];
  const [text, setText] = useState(limit.limit === null ? "" : String(limit.limit));
  const [wrong, setWrong] = useState(false);
  const change = useChange();
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const wanted = limitOf(text);
    setWrong(wanted === undefined);
    if (wanted !== undefined && !change.isPending) change.mutate(ASKED[name](wanted));
  };
  return (
    <form className={css["limit"]} onSubmit={submit}>
      {change.error && <ErrorBanner error={change.error} />}
      <div className={css["row"]}>
        <Field
          label={words(`limits.${name}`)}
          hint={<Standing limit={limit} />}
          error={wrong ? words("limits.wrong") : null}
          className={css["field"]}
          value={text}
          inputMode="numeric"
          placeholder={words("limits.none")}
          onChange={(event) => setText(event.target.value)}
        />
        <Button type="submit" busy={change.isPending} aria-label={`${words("limits.set")}: ${words(`limits.${name}`)}`}>
          {words("limits.set")}
        </Button>
      </div>
    </form>
  );
}

/** What is used of a limit today, and what is to hold later. */
function Standing({ limit }: { readonly limit: DailyLimit }) {
  const words = useWords();
  const { number, moment } = useFormats();
  const used = words("limits.used", { used: number(limit.used) });
  if (limit.next_at === null) return used;
  const next = limit.next_limit === null ? words("limits.none") : number(limit.next_limit);
  return `${used} ${words("limits.waits", { limit: next, time: moment(limit.next_at) })}`;
}
