/** Achievements on the home page: how many are done, and the ones that take the least from here. */

import { Award, Medal, Trophy, type LucideIcon } from "lucide-react";

import type { Dashboard, MyAchievement } from "../../api/model";
import { useTitle } from "../../i18n/titles";
import { useWords } from "../../i18n/text";
import { Meter } from "../../ui/Meter";
import { Surface } from "../../ui/Surface";
import { More } from "./More";
import css from "./NearAchievements.module.css";

const NEAR_SHOWN = 3;
const PICTURES: Readonly<Record<MyAchievement["tier"], LucideIcon>> = { small: Award, medium: Medal, large: Trophy };

export function nearest(items: readonly MyAchievement[]): readonly MyAchievement[] {
  const open = items.filter((item) => !item.unlocked);
  return open.toSorted((one, other) => other.progress / other.target - one.progress / one.target).slice(0, NEAR_SHOWN);
}

export function NearAchievements({ achievements }: { readonly achievements: Dashboard["achievements"] }) {
  const words = useWords();
  const { unlocked, total } = achievements;
  return (
    <Surface
      title={words("achievements.title")}
      lit="gold"
      aside={<More to="/achievements" text={words("home.achievements.more")} />}
    >
      <p className={css["count"]}>{words("achievements.count", { unlocked, total })}</p>
      <Meter label={words("achievements.title")} value={unlocked} max={total} lit="gold" />
      <ul className={css["list"]} aria-label={words("home.achievements.near")}>
        {nearest(achievements.items).map((achievement) => (
          <Near key={achievement.code} achievement={achievement} />
        ))}
      </ul>
    </Surface>
  );
}

function Near({ achievement }: { readonly achievement: MyAchievement }) {
  const words = useWords();
  const title = useTitle();
  const Picture = PICTURES[achievement.tier];
  const { progress, target, gold } = achievement;
  return (
    <li className={css["near"]}>
      <Picture aria-hidden className={css["picture"]} size={26} strokeWidth={1.3} />
      <span className={css["name"]}>{title(achievement.title)}</span>
      <span className={css["gold"]}>{words("rewards.gold", { gold })}</span>
      <span className={css["soft"]}>{title(achievement.description)}</span>
      <span className={css["soft"]}>{words("events.progress", { progress, target })}</span>
    </li>
  );
}
