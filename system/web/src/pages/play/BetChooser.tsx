/** Chooses the stake: a few usual ones, a step down or up, or typed. */

import { Minus, Plus } from "lucide-react";
import { useId } from "react";

import { useFormats, useWords } from "../../i18n/text";
import { Coin } from "../../ui/Coin";
import css from "./BetChooser.module.css";
import { betChips, parseBet, stepFrom, type Limits } from "./bets";

interface BetChooserProps {
  /** What is typed; a good bet or not. */
  readonly text: string;
  readonly change: (text: string) => void;
  readonly limits: Limits;
  readonly disabled: boolean;
}

export function BetChooser({ text, change, limits, disabled }: BetChooserProps) {
  const words = useWords();
  const { number } = useFormats();
  const bet = parseBet(text, limits);
  const move = (direction: 1 | -1): void => change(String(stepFrom(bet ?? limits.min, direction, limits)));
  return (
    <fieldset className={css["chooser"]} disabled={disabled}>
      <legend className={css["legend"]}>
        {words("slot.bet")} <small>{words("slot.betLimits", { min: limits.min, max: limits.max })}</small>
      </legend>
      <div className={css["stepper"]}>
        <button type="button" className={css["step"]} aria-label={words("slot.less")} onClick={() => move(-1)}>
          <Minus aria-hidden size={20} />
        </button>
        <BetInput text={text} change={change} limits={limits} bad={bet === null} />
        <button type="button" className={css["step"]} aria-label={words("slot.more")} onClick={() => move(1)}>
          <Plus aria-hidden size={20} />
        </button>
      </div>
      <div className={css["chips"]}>
        {betChips(limits).map((chip) => (
          <button
            key={chip}
            type="button"
            className={css["chip"]}
            aria-pressed={chip === bet}
            onClick={() => change(String(chip))}
          >
            {number(chip)}
          </button>
        ))}
      </div>
      {bet === null && (
        <p className={css["bad"]} role="alert">
          {words("slot.betInvalid", { min: limits.min, max: limits.max })}
        </p>
      )}
    </fieldset>
  );
}

interface BetInputProps {
  readonly text: string;
  readonly change: (text: string) => void;
  readonly limits: Limits;
  readonly bad: boolean;
}

function BetInput({ text, change, limits, bad }: BetInputProps) {
  const words = useWords();
  const id = useId();
  return (
    <label className={css["amount"]} htmlFor={id}>
      <Coin />
      <span className="visually-hidden">{words("slot.bet")}</span>
      <input
        id={id}
        inputMode="numeric"
        autoComplete="off"
        maxLength={String(limits.max).length}
        value={text}
        aria-invalid={bad || undefined}
        onChange={(event) => change(event.target.value)}
      />
    </label>
  );
}
