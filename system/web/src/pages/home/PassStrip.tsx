/** The battle pass on the home page: how far the next level is, and what the levels around it give. */

import { Check, Lock, Sparkles } from "lucide-react";

import type { BattlePass, PassLevel } from "../../api/model";
import { useFormats, useWords } from "../../i18n/text";
import { EmptyState } from "../../ui/AsyncView";
import { Meter } from "../../ui/Meter";
import { Surface } from "../../ui/Surface";
import { More } from "./More";
import css from "./PassStrip.module.css";

const LEVELS_SHOWN = 5;

/** The level that was reached last, and those after it; near the top the last ones there are. */
function around({ level, levels }: BattlePass): readonly PassLevel[] {
  const first = Math.max(0, Math.min(level - 1, levels.length - LEVELS_SHOWN));
  return levels.slice(first, first + LEVELS_SHOWN);
}

export function PassStrip({ pass }: { readonly pass: BattlePass | null }) {
  const words = useWords();
  return (
    <Surface title={words("pass.title")} aside={<More to="/battlepass" text={words("home.pass.more")} />}>
      {pass ? (
        <Track pass={pass} />
      ) : (
        <EmptyState
          title={words("pass.none")}
          text={words("pass.noneText")}
          picture={<Sparkles aria-hidden size={60} strokeWidth={1} />}
        />
      )}
    </Surface>
  );
}

function Track({ pass }: { readonly pass: BattlePass }) {
  const words = useWords();
  const top = pass.level === pass.levels.length;
  const toNext = { xp: pass.xp, next: pass.next_level_xp, level: pass.level + 1 };
  return (
    <>
      <p className={css["standing"]}>
        <strong>{words("pass.level", { level: pass.level })}</strong>
        {pass.claimable > 0 && (
          <span className={css["claimable"]}>{words("home.pass.claimable", { count: pass.claimable })}</span>
        )}
      </p>
      <Meter
        label={words("pass.level", { level: pass.level })}
        value={top ? 1 : pass.xp - pass.level_xp}
        max={top ? 1 : pass.next_level_xp - pass.level_xp}
        lit="hot"
      />
      <p className={css["soft"]}>{top ? words("pass.top", { xp: pass.xp }) : words("pass.toNext", toNext)}</p>
      <ol className={css["levels"]} aria-label={words("home.pass.next")}>
        {around(pass).map((level) => (
          <Step key={level.level} level={level} />
        ))}
      </ol>
    </>
  );
}

function Step({ level }: { readonly level: PassLevel }) {
  const words = useWords();
  const { number } = useFormats();
  const taken = level.rewards.some((reward) => reward.claimed);
  const Icon = taken ? Check : level.reached ? null : Lock;
  return (
    <li className={css["step"]} data-reached={level.reached || undefined}>
      <span className={css["number"]}>
        <span className="visually-hidden">{words("pass.level", { level: level.level })}</span>
        <span aria-hidden>{number(level.level)}</span>
        {Icon && <Icon aria-hidden size={13} strokeWidth={2} />}
      </span>
      {level.rewards.map((reward) => (
        <span key={reward.track} className={css["gold"]} data-track={reward.track}>
          <span className="visually-hidden">
            {words(reward.track === "free" ? "pass.free" : "pass.premium")}{" "}
          </span>
          {number(reward.gold)}
        </span>
      ))}
    </li>
  );
}
