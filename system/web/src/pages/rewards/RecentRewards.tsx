/** What was given lately, and the level it led to. */

import { useQuery } from "@tanstack/react-query";
import { Gift } from "lucide-react";

import { rewards } from "../../api/queries";
import type { MessageKey } from "../../i18n/en";
import { useFormats, useWords } from "../../i18n/text";
import { AsyncView, EmptyState } from "../../ui/AsyncView";
import { Meter } from "../../ui/Meter";
import { SkeletonLines } from "../../ui/Skeleton";
import { Surface } from "../../ui/Surface";
import css from "./RecentRewards.module.css";

const SHOWN = 8;

export function RecentRewards() {
  const words = useWords();
  const { moment, signed } = useFormats();
  const read = useQuery(rewards);
  return (
    <Surface title={words("rewards.recent")}>
      <AsyncView read={read} skeleton={<SkeletonLines count={4} />}>
        {({ standing, items }) => (
          <>
            <div className={css["standing"]}>
              <strong>{words("rewards.level", { level: standing.level })}</strong>
              <Meter
                label={words("rewards.level", { level: standing.level })}
                value={standing.exp - standing.level_exp}
                max={standing.next_level_exp - standing.level_exp}
              />
              <span className={css["soft"]}>
                {words("rewards.levelProgress", { exp: standing.exp, next: standing.next_level_exp })}
              </span>
            </div>
            {items.length === 0 ? (
              <EmptyState text={words("rewards.recentEmpty")} picture={<Gift aria-hidden size={60} strokeWidth={1} />} />
            ) : (
              <ol className={css["list"]}>
                {items.slice(0, SHOWN).map((reward) => (
                  <li key={reward.id} className={css["item"]}>
                    <span>{reward.note ?? words(`rewards.source.${reward.source}` as MessageKey)}</span>
                    <span className={css["gold"]}>{signed(reward.gold)}</span>
                    <time className={css["soft"]} dateTime={reward.created_at}>
                      {moment(reward.created_at)}
                    </time>
                  </li>
                ))}
              </ol>
            )}
          </>
        )}
      </AsyncView>
    </Surface>
  );
}
