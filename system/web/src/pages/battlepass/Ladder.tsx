/** The levels of the season in a row that slides, the free track above, the premium track below. */

import { Check, Lock } from "lucide-react";
import { useEffect, useRef } from "react";

import { answer } from "../../api/client";
import type { PassLevel } from "../../api/model";
import { useFormats, useWords } from "../../i18n/text";
import { Button } from "../../ui/Button";
import { Surface } from "../../ui/Surface";
import { api } from "../../wiring";
import { useClaim } from "../rewards/useClaim";
import css from "./Ladder.module.css";

interface LadderProps {
  readonly levels: readonly PassLevel[];
  readonly premium: boolean;
}

type Reward = PassLevel["rewards"][number];

/** Brings the first level that matters now to the eye, once. */
function useStart(levels: readonly PassLevel[]) {
  const list = useRef<HTMLOListElement>(null);
  const start = levels.findIndex((level) => !level.reached || level.rewards.some((reward) => reward.claimable));
  const first = useRef(start);
  useEffect(() => {
    const level = list.current?.children[Math.max(0, first.current - 1)];
    if (level instanceof HTMLElement && list.current) list.current.scrollLeft = level.offsetLeft - list.current.offsetLeft;
  }, []);
  return list;
}

export function Ladder({ levels, premium }: LadderProps) {
  const words = useWords();
  const list = useStart(levels);
  const claim = useClaim<number, { awarded_gold: number; new_gold_balance: number }>({
    ask: (level, sent) => answer(api.POST("/api/battlepass/claim/{level}", { params: { path: { level } }, ...sent })),
    told: ({ awarded_gold }) => words("rewards.given", { gold: awarded_gold }),
    balance: ({ new_gold_balance }) => new_gold_balance,
    moves: ["battlepass"],
  });
  return (
    <Surface title={words("pass.ladder")}>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */}
      <ol ref={list} className={css["ladder"]} aria-label={words("pass.ladder")} tabIndex={0}>
        {levels.map((level) => (
          <li key={level.level} className={css["level"]} data-reached={level.reached || undefined}>
            <span className={css["number"]}>{words("pass.level", { level: level.level })}</span>
            {level.rewards.map((reward) => (
              <Track key={reward.track} reward={reward} open={level.reached && (reward.track === "free" || premium)} />
            ))}
            {level.rewards.some((reward) => reward.claimable) ? (
              <Button
                tone="hot"
                busy={claim.target === level.level}
                aria-label={words("pass.claimLabel", { level: level.level })}
                onClick={() => claim.claim(level.level)}
              >
                {words("pass.claim")}
              </Button>
            ) : (
              <span className={css["xp"]}>{words("rewards.xp", { xp: level.xp })}</span>
            )}
          </li>
        ))}
      </ol>
    </Surface>
  );
}

function Track({ reward, open }: { readonly reward: Reward; readonly open: boolean }) {
  const words = useWords();
  const { number } = useFormats();
  const state = reward.claimed ? "rewards.claimed" : open ? null : "pass.locked";
  const Icon = reward.claimed ? Check : open ? null : Lock;
  return (
    <p className={css["track"]} data-track={reward.track} data-claimed={reward.claimed || undefined} data-open={open || undefined}>
      <span className={css["name"]}>{words(reward.track === "free" ? "pass.free" : "pass.premium")}</span>
      <strong>{number(reward.gold)}</strong>
      {Icon && <Icon aria-hidden size={14} strokeWidth={2} />}
      {state && <span className="visually-hidden">{words(state)}</span>}
    </p>
  );
}
