/** Fairness: the commitment now, its rotation, and the check of past rounds in this browser. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { answer } from "../../api/client";
import { clickHeaders } from "../../api/intent";
import type { Game, SeedRotation, SeedState } from "../../api/model";
import { seed } from "../../api/queries";
import { chooseSeed, isSeed, OWN_SEED_CHARACTERS_MAX, useOwnSeed } from "../../fairness/own-seed";
import { useFormats, useWords } from "../../i18n/text";
import { AsyncView } from "../../ui/AsyncView";
import { Button } from "../../ui/Button";
import { ErrorBanner } from "../../ui/ErrorBanner";
import { Field } from "../../ui/Field";
import { Figures } from "../../ui/Figure";
import { Hash } from "../../ui/Hash";
import { SkeletonLines } from "../../ui/Skeleton";
import { toast } from "../../ui/Toast";
import { useAbort } from "../../ui/useAbort";
import { api } from "../../wiring";
import css from "./FairnessPanel.module.css";
import { RoundCheckForm } from "./RoundCheckForm";

export function FairnessPanel({ offer }: { readonly offer: readonly Game[] }) {
  const words = useWords();
  const read = useQuery(seed);
  return (
    <div className={css["panel"]}>
      <p className={css["intro"]}>{words("fair.intro")}</p>
      <AsyncView read={read} skeleton={<SkeletonLines count={4} />}>
        {(state) => <Commitment state={state} />}
      </AsyncView>
      <RoundCheckForm offer={offer} />
    </div>
  );
}

function useRotation() {
  const queries = useQueryClient();
  const words = useWords();
  const abort = useAbort();
  return useMutation({
    mutationFn: () =>
      answer(api.POST("/api/games/fairness/rotate", { body: {}, headers: clickHeaders(), signal: abort() })),
    onSuccess: (rotation) => {
      queries.setQueryData(seed.queryKey, rotation.next);
      toast(words("fair.rotated"));
    },
  });
}

function Commitment({ state }: { readonly state: SeedState }) {
  const words = useWords();
  const { number } = useFormats();
  const rotation = useRotation();
  return (
    <>
      <Hash label={words("fair.hash")} value={state.server_seed_hash} />
      <Figures figures={[{ label: words("fair.nonce"), value: number(state.nonce) }]} />
      <OwnSeed standing={state.client_seed} />
      <Button busy={rotation.isPending} onClick={() => rotation.mutate()}>
        {words("fair.rotate")}
      </Button>
      {rotation.error && <ErrorBanner error={rotation.error} />}
      {rotation.data && <Revealed rotation={rotation.data} />}
    </>
  );
}

/** One's own part, chosen while the hash above already stands. */
function OwnSeed({ standing }: { readonly standing: string }) {
  const words = useWords();
  const chosen = useOwnSeed((state) => state.seed);
  const [text, setText] = useState(chosen ?? "");
  const wanted = text.trim();
  const good = wanted === "" || isSeed(wanted);
  return (
    <form
      className={css["own"]}
      onSubmit={(event) => {
        event.preventDefault();
        if (!good) return;
        chooseSeed(wanted === "" ? null : wanted);
        toast(words("fair.ownChosen"));
      }}
    >
      <Field
        label={words("fair.client")}
        hint={words("fair.clientHint")}
        {...(!good && { error: words("fair.clientInvalid", { max: OWN_SEED_CHARACTERS_MAX }) })}
        value={text}
        placeholder={standing}
        maxLength={OWN_SEED_CHARACTERS_MAX}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setText(event.target.value)}
      />
      <Button type="submit" disabled={!good || wanted === (chosen ?? "")}>
        {words("fair.useOwn")}
      </Button>
    </form>
  );
}

function Revealed({ rotation: { revealed } }: { readonly rotation: SeedRotation }) {
  const words = useWords();
  return revealed && <Hash label={words("fair.revealed")} value={revealed.server_seed} />;
}
