/** The player's own data: all of it in one file, or all of it gone. */

import { useMutation } from "@tanstack/react-query";
import { Download, Trash2 } from "lucide-react";
import { useState } from "react";

import { answer, done } from "../../api/client";
import { clickHeaders } from "../../api/intent";
import type { User } from "../../api/model";
import { useWords } from "../../i18n/text";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { ErrorBanner } from "../../ui/ErrorBanner";
import { Field } from "../../ui/Field";
import { api, session } from "../../wiring";
import css from "./ProfilePage.module.css";

const FILE = "casino-club.json";

/** Hands the browser a file to keep. */
function save(text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = FILE;
  link.click();
  URL.revokeObjectURL(address);
}

export function MyData({ profile }: { readonly profile: User }) {
  const words = useWords();
  const [asking, setAsking] = useState(false);
  const take = useMutation({
    mutationFn: () => answer(api.GET("/api/users/me/export", { headers: clickHeaders() })),
    onSuccess: (everything) => save(JSON.stringify(everything, null, 2)),
  });
  return (
    <>
      <p className={css["soft"]}>{words("data.text")}</p>
      {take.error && <ErrorBanner error={take.error} />}
      <div className={css["out"]}>
        <Button busy={take.isPending} onClick={() => take.mutate()}>
          <Download aria-hidden size={18} strokeWidth={1.8} />
          {words("data.export")}
        </Button>
        <Button tone="bare" onClick={() => setAsking(true)}>
          <Trash2 aria-hidden size={18} strokeWidth={1.8} />
          {words("data.erase")}
        </Button>
      </div>
      <Dialog open={asking} title={words("data.eraseTitle")} close={() => setAsking(false)}>
        {asking && <Erase name={profile.site_id} close={() => setAsking(false)} />}
      </Dialog>
    </>
  );
}

function Erase({ name, close }: { readonly name: string; readonly close: () => void }) {
  const words = useWords();
  const [typed, setTyped] = useState("");
  const [wrong, setWrong] = useState(false);
  const erase = useMutation({
    mutationFn: () => session.leave(() => done(api.DELETE("/api/users/me", { headers: clickHeaders() }))),
  });
  const confirm = () => {
    setWrong(typed !== name);
    if (typed === name) erase.mutate();
  };
  return (
    <div className={css["form"]}>
      {erase.error && <ErrorBanner error={erase.error} />}
      <p>{words("data.eraseText")}</p>
      <Field
        label={words("data.eraseType", { name })}
        error={wrong ? words("data.eraseWrong") : null}
        value={typed}
        autoComplete="off"
        onChange={(event) => setTyped(event.target.value)}
      />
      <div className={css["choice"]}>
        <Button onClick={close}>{words("profile.cancel")}</Button>
        <Button tone="hot" busy={erase.isPending} onClick={confirm}>
          {words("data.erase")}
        </Button>
      </div>
    </div>
  );
}
