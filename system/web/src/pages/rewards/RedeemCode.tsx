/** A code that gives something once. */

import { useState, type SyntheticEvent } from "react";

import { answer } from "../../api/client";
import { useWords } from "../../i18n/text";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Surface } from "../../ui/Surface";
import { api } from "../../wiring";
import css from "./RedeemCode.module.css";
import { useClaim } from "./useClaim";

const CODE = /^[A-Za-z0-9-]{4,32}$/;

export function RedeemCode() {
  const words = useWords();
  const [code, setCode] = useState("");
  const [tried, setTried] = useState(false);
  const redeem = useClaim<string, { awarded_gold: number; new_gold_balance: number }>({
    ask: (asked, sent) => answer(api.POST("/api/rewards/redeem", { body: { code: asked }, ...sent })),
    told: ({ awarded_gold }) => {
      setCode("");
      return words("rewards.given", { gold: awarded_gold });
    },
    balance: ({ new_gold_balance }) => new_gold_balance,
    moves: [],
  });
  const wellFormed = CODE.test(code.trim());

  function submit(event: SyntheticEvent): void {
    event.preventDefault();
    setTried(!wellFormed);
    if (wellFormed && !redeem.busy) redeem.claim(code.trim());
  }

  return (
    <Surface title={words("rewards.code")}>
      <form className={css["form"]} onSubmit={submit} noValidate>
        <Field
          label={words("rewards.codeName")}
          name="code"
          value={code}
          onChange={(event) => setCode(event.target.value)}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          maxLength={32}
          hint={words("rewards.codeHint")}
          error={tried && !wellFormed ? words("rewards.codeInvalid") : null}
        />
        <Button type="submit" busy={redeem.busy}>
          {words("rewards.redeem")}
        </Button>
      </form>
    </Surface>
  );
}
