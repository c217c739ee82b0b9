/** Chooses a past round and recomputes it here, with every step shown. */

import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Check, X } from "lucide-react";
import { useId, useState } from "react";

import { answer } from "../../api/client";
import { clickHeaders } from "../../api/intent";
import type { Game, Round, Verification } from "../../api/model";
import { rounds } from "../../api/queries";
import { checkRound, isFair, type RoundCheck } from "../../fairness/check-round";
import { promiseOf } from "../../fairness/promises";
import { canRecompute } from "../../fairness/recompute";
import { useFormats, useWords } from "../../i18n/text";
import { AsyncView } from "../../ui/AsyncView";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { errorText } from "../../ui/error-text";
import { Hash } from "../../ui/Hash";
import { SkeletonLines } from "../../ui/Skeleton";
import { useAbort } from "../../ui/useAbort";
import { api } from "../../wiring";
import css from "./RoundCheckForm.module.css";

interface Checked {
  readonly round: Verification;
  readonly check: RoundCheck;
}

export function RoundCheckForm({ offer }: { readonly offer: readonly Game[] }) {
  const words = useWords();
  const read = useInfiniteQuery(rounds());
  return (
    <section className={css["check"]} aria-label={words("fair.check")}>
      <h3 className={css["title"]}>{words("fair.check")}</h3>
      {canRecompute() ? (
        <AsyncView read={read} skeleton={<SkeletonLines count={2} />}>
          {({ pages }) => <Chooser offer={offer} played={pages.flatMap((page) => page.items)} />}
        </AsyncView>
      ) : (
        <Banner>{words("fair.insecure")}</Banner>
      )}
    </section>
  );
}

function useRoundCheck(offer: readonly Game[]) {
  const abort = useAbort();
  return useMutation({
    mutationFn: async (settled: Round): Promise<Checked> => {
      const body = { roundId: settled.round_id };
      const round = await answer(
        api.POST("/api/games/fairness/verify", { body, headers: clickHeaders(), signal: abort() }),
      );
      return { round, check: await checkRound(round, settled, offer, promiseOf(round.round_id)) };
    },
  });
}

interface ChooserProps {
  readonly offer: readonly Game[];
  readonly played: readonly Round[];
}

function Chooser({ offer, played }: ChooserProps) {
  const words = useWords();
  const { moment } = useFormats();
  const id = useId();
  const [chosen, setChosen] = useState("");
  const check = useRoundCheck(offer);
  const round = played.find((one) => one.round_id === chosen) ?? played[0];
  if (!round) return <p className={css["none"]}>{words("fair.noRounds")}</p>;
  return (
    <>
      <label className={css["label"]} htmlFor={id}>
        {words("fair.round")}
      </label>
      <div className={css["row"]}>
        <select id={id} className={css["select"]} value={round.round_id} onChange={(event) => setChosen(event.target.value)}>
          {played.map((one) => (
            <option key={one.round_id} value={one.round_id}>
              {moment(one.created_at)} · {words(`game.${one.game_type}`)} ·{" "}
              {words("slot.multiplier", { multiplier: one.multiplier })}
            </option>
          ))}
        </select>
        <Button busy={check.isPending} onClick={() => check.mutate(round)}>
          {words("fair.verify")}
        </Button>
      </div>
      {check.error && <Banner>{errorText(check.error, words)}</Banner>}
      {check.data && <Steps {...check.data} />}
    </>
  );
}

function Steps({ round, check }: Checked) {
  const words = useWords();
  const fair = isFair(check);
  const { message, drawn, result } = check;
  return (
    <div role="status" className={css["result"]} data-fair={fair}>
      <ol className={css["steps"]} aria-label={words("fair.steps")}>
        <Step good={check.hash} text={words(check.seen ? "fair.step.hash" : "fair.step.hashUnseen")} />
        {check.own !== null && <Step good={check.own} text={words("fair.step.own")} />}
        <Step good={check.same} text={words("fair.step.drawn", { message, drawn: drawn.join(" · "), result })} />
        <Step good={check.paid} text={words("fair.step.paid", { win: round.win_amount })} />
        <Step good={check.server} text={words("fair.step.server")} />
      </ol>
      <p className={css["verdict"]}>{words(fair ? "fair.good" : "fair.bad")}</p>
      <Hash label={words("history.round")} value={round.round_id} />
    </div>
  );
}

function Step({ good, text }: { readonly good: boolean; readonly text: string }) {
  const words = useWords();
  const Icon = good ? Check : X;
  return (
    <li className={css["step"]} data-good={good}>
      <Icon size={18} strokeWidth={2.2} role="img" aria-label={words(good ? "fair.step.yes" : "fair.step.no")} />
      <span>{text}</span>
    </li>
  );
}
