/** Achievements: those that are done in light, the others with how far the player came. */

import { useQuery } from "@tanstack/react-query";
import { Award, Medal, Trophy, type LucideIcon } from "lucide-react";

import { usePageTitle } from "../../app/usePageTitle";
import type { MyAchievement } from "../../api/model";
import { achievements } from "../../api/queries";
import { useTitle } from "../../i18n/titles";
import { useFormats, useWords } from "../../i18n/text";
import { AsyncView } from "../../ui/AsyncView";
import { Meter } from "../../ui/Meter";
import { SkeletonLines } from "../../ui/Skeleton";
import { RewardsNav } from "../rewards/RewardsNav";
import css from "./AchievementsPage.module.css";

const PICTURES: Readonly<Record<MyAchievement["tier"], LucideIcon>> = { small: Award, medium: Medal, large: Trophy };

export function AchievementsPage() {
  const words = useWords();
  usePageTitle(words("achievements.title"));
  const read = useQuery(achievements);
  return (
    <>
      <h1 className={css["title"]}>{words("achievements.title")}</h1>
      <RewardsNav />
      <AsyncView read={read} skeleton={<SkeletonLines count={8} height="5rem" />}>
        {({ items, unlocked, total }) => (
          <>
            <div className={css["count"]}>
              <p>{words("achievements.count", { unlocked, total })}</p>
              <Meter label={words("achievements.title")} value={unlocked} max={total} lit="gold" />
            </div>
            <ul className={css["grid"]}>
              {items.map((achievement) => (
                <Plaque key={achievement.code} achievement={achievement} />
              ))}
            </ul>
          </>
        )}
      </AsyncView>
    </>
  );
}

function Plaque({ achievement }: { readonly achievement: MyAchievement }) {
  const words = useWords();
  const title = useTitle();
  const { date } = useFormats();
  const { progress, target, unlocked, unlocked_at: unlockedAt } = achievement;
  const Picture = PICTURES[achievement.tier];
  const name = title(achievement.title);
  return (
    <li className={css["plaque"]} data-unlocked={unlocked || undefined} data-achievement={achievement.code}>
      <Picture aria-hidden className={css["picture"]} size={34} strokeWidth={1.3} />
      <div className={css["text"]}>
        <h2 className={css["name"]}>{name}</h2>
        <p className={css["soft"]}>{title(achievement.description)}</p>
        {unlocked && unlockedAt ? (
          <p className={css["done"]}>{words("achievements.unlockedOn", { date: date(unlockedAt) })}</p>
        ) : (
          <div className={css["way"]}>
            <Meter label={name} value={progress} max={target} />
            <span className={css["soft"]}>
              <span className="visually-hidden">{words("achievements.locked")}</span>
              {words("events.progress", { progress, target })}
            </span>
          </div>
        )}
      </div>
      <span className={css["gold"]}>{words("rewards.gold", { gold: achievement.gold })}</span>
    </li>
  );
}
