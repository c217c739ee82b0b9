/** Changing the nickname and the phone number; what is taken or malformed is said at its field. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";

import { answer } from "../../api/client";
import { clickHeaders } from "../../api/intent";
import type { User } from "../../api/model";
import { ApiError } from "../../api/problem";
import { profile as profileQuery } from "../../api/queries";
import { useWords, type Words } from "../../i18n/text";
import { applyRead, useLive } from "../../realtime/live";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { ErrorBanner } from "../../ui/ErrorBanner";
import { Field } from "../../ui/Field";
import { toast } from "../../ui/Toast";
import { api } from "../../wiring";
import css from "./ProfilePage.module.css";

const FIELDS = ["nickname", "phone_number"] as const;
type FieldName = (typeof FIELDS)[number];

/** The field that a refusal is about; null when it is about none of them. */
function fieldOf(error: unknown): FieldName | null {
  if (!(error instanceof ApiError)) return null;
  const named = error.members["field"] ?? error.fields[0]?.loc.at(-1);
  return FIELDS.find((name) => name === named || toCamel(name) === named) ?? null;
}

const toCamel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

function fieldError(error: unknown, name: FieldName, words: Words): string | null {
  if (fieldOf(error) !== name) return null;
  const taken = error instanceof ApiError && error.status === 409;
  return words(taken ? "error.taken" : name === "nickname" ? "signup.nicknameHint" : "signup.phoneHint");
}

export function EditProfile({ profile }: { readonly profile: User }) {
  const words = useWords();
  const [open, setOpen] = useState(false);
  return (
    <div className={css["out"]}>
      <Button onClick={() => setOpen(true)}>{words("profile.edit")}</Button>
      <Dialog open={open} title={words("profile.edit")} close={() => setOpen(false)}>
        {open && <EditForm profile={profile} close={() => setOpen(false)} />}
      </Dialog>
    </div>
  );
}

function EditForm({ profile, close }: { readonly profile: User; readonly close: () => void }) {
  const words = useWords();
  const queries = useQueryClient();
  const [nickname, setNickname] = useState(profile.nickname);
  const [phone, setPhone] = useState(profile.phone_number);
  const save = useMutation({
    mutationFn: () =>
      answer(api.PUT("/api/auth/me", { body: { nickname, phoneNumber: phone }, headers: clickHeaders() })),
    onSuccess: (changed) => {
      queries.setQueryData(profileQuery.queryKey, changed);
      applyRead(useLive.getState().version, { profile: changed });
      toast(words("profile.saved"));
      close();
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!save.isPending) save.mutate();
  };
  return (
    <form className={css["form"]} onSubmit={submit}>
      {save.error && fieldOf(save.error) === null && <ErrorBanner error={save.error} />}
      <Field
        label={words("signup.nickname")}
        hint={words("signup.nicknameHint")}
        error={fieldError(save.error, "nickname", words)}
        value={nickname}
        autoComplete="nickname"
        required
        onChange={(event) => setNickname(event.target.value)}
      />
      <Field
        label={words("signup.phone")}
        hint={words("signup.phoneHint")}
        error={fieldError(save.error, "phone_number", words)}
        value={phone}
        type="tel"
        autoComplete="tel"
        required
        onChange={(event) => setPhone(event.target.value)}
      />
      <div className={css["choice"]}>
        <Button onClick={close}>{words("profile.cancel")}</Button>
        <Button type="submit" tone="hot" busy={save.isPending}>
          {words("profile.save")}
        </Button>
      </div>
    </form>
  );
}
