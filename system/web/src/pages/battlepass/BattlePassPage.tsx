/** The battle pass: how high the player is, how long the season lasts, and the ladder with its two tracks. */

import { useQuery } from "@tanstack/react-query";
import { Sparkles } from "lucide-react";

import { usePageTitle } from "../../app/usePageTitle";
import { answer } from "../../api/client";
import type { BattlePass } from "../../api/model";
import { ApiError } from "../../api/problem";
import { battlePass } from "../../api/queries";
import { useTitle } from "../../i18n/titles";
import { useWords } from "../../i18n/text";
import { AsyncView, EmptyState } from "../../ui/AsyncView";
import { Button } from "../../ui/Button";
import { Meter } from "../../ui/Meter";
import { useRemaining } from "../../ui/Remaining";
import { SkeletonLines } from "../../ui/Skeleton";
import { Surface } from "../../ui/Surface";
import { api } from "../../wiring";
import { RewardsNav } from "../rewards/RewardsNav";
import { useClaim } from "../rewards/useClaim";
import css from "./BattlePassPage.module.css";
import { Ladder } from "./Ladder";

export function BattlePassPage() {
  const words = useWords();
  usePageTitle(words("pass.title"));
  const read = useQuery(battlePass);
  const none = read.error instanceof ApiError && read.error.code === "no_season";
  return (
    <>
      <h1 className={css["title"]}>{words("pass.title")}</h1>
      <RewardsNav />
      {none ? (
        <EmptyState
          title={words("pass.none")}
          text={words("pass.noneText")}
          picture={<Sparkles aria-hidden size={60} strokeWidth={1} />}
        />
      ) : (
        <AsyncView read={read} skeleton={<SkeletonLines count={6} height="3.5rem" />}>
          {(pass) => (
            <div className={css["stack"]}>
              <Season pass={pass} />
              <Ladder levels={pass.levels} premium={pass.premium} />
            </div>
          )}
        </AsyncView>
      )}
    </>
  );
}

function Season({ pass }: { readonly pass: BattlePass }) {
  const words = useWords();
  const title = useTitle();
  const time = useRemaining(pass.ends_at);
  const top = pass.level === pass.levels.length;
  const toNext = { xp: pass.xp, next: pass.next_level_xp, level: pass.level + 1 };
  return (
    <Surface title={title(pass.title)} lit="hot" aside={<span className={css["soft"]}>{words("pass.ends", { time })}</span>}>
      <div className={css["season"]}>
        <p className={css["level"]}>{words("pass.level", { level: pass.level })}</p>
        <div className={css["way"]}>
          <Meter
            label={words("pass.level", { level: pass.level })}
            value={top ? 1 : pass.xp - pass.level_xp}
            max={top ? 1 : pass.next_level_xp - pass.level_xp}
            lit="hot"
          />
          <p className={css["soft"]}>{top ? words("pass.top", { xp: pass.xp }) : words("pass.toNext", toNext)}</p>
        </div>
        <Premium pass={pass} />
      </div>
    </Surface>
  );
}

function Premium({ pass }: { readonly pass: BattlePass }) {
  const words = useWords();
  const buy = useClaim<null, { new_gold_balance: number }>({
    ask: (_, sent) => answer(api.POST("/api/battlepass/premium", { ...sent })),
    told: () => words("pass.bought"),
    balance: ({ new_gold_balance }) => new_gold_balance,
    moves: ["battlepass"],
  });
  if (pass.premium) {
    return (
      <p className={css["open"]}>
        <Sparkles aria-hidden size={18} strokeWidth={1.8} />
        {words("pass.isPremium")}
      </p>
    );
  }
  return (
    <Button busy={buy.busy} onClick={() => buy.claim(null)}>
      <Sparkles aria-hidden size={18} strokeWidth={1.8} />
      {words("pass.buy", { gold: pass.premium_price })}
    </Button>
  );
}
