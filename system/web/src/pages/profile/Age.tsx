/** Proof of age: given once, shown as done. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { BadgeCheck } from "lucide-react";
import { useState, type SyntheticEvent } from "react";

import { answer } from "../../api/client";
import { clickHeaders } from "../../api/intent";
import type { User } from "../../api/model";
import { profile as profileQuery } from "../../api/queries";
import { useWords } from "../../i18n/text";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { ErrorBanner } from "../../ui/ErrorBanner";
import { Field } from "../../ui/Field";
import { api } from "../../wiring";
import css from "./ProfilePage.module.css";

export function Age({ profile }: { readonly profile: User }) {
  const words = useWords();
  if (profile.adult_verified) {
    return (
      <p className={css["proved"]}>
        <BadgeCheck aria-hidden size={20} strokeWidth={1.6} />
        {words("age.proved")}
      </p>
    );
  }
  return <AgeForm />;
}

function AgeForm() {
  const words = useWords();
  const queries = useQueryClient();
  const [born, setBorn] = useState("");
  const prove = useMutation({
    mutationFn: () =>
      answer(api.POST("/api/users/me/age-verification", { body: { dateOfBirth: born }, headers: clickHeaders() })),
    onSuccess: () => queries.invalidateQueries({ queryKey: profileQuery.queryKey }),
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (born && !prove.isPending) prove.mutate();
  };
  return (
    <form className={css["form"]} onSubmit={submit}>
      {prove.error && <ErrorBanner error={prove.error} />}
      {prove.data?.adult_verified === false && <Banner kind="alarm">{words("age.young")}</Banner>}
      <Field
        label={words("age.born")}
        hint={words("age.hint")}
        type="date"
        autoComplete="bday"
        required
        value={born}
        onChange={(event) => setBorn(event.target.value)}
      />
      <div className={css["out"]}>
        <Button type="submit" busy={prove.isPending}>
          {words("age.prove")}
        </Button>
      </div>
    </form>
  );
}
