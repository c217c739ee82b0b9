/** Today: the streak with its calendar, the VIP gift, a code to redeem, and what was given lately. */

import { usePageTitle } from "../../app/usePageTitle";
import { useWords } from "../../i18n/text";
import { RecentRewards } from "./RecentRewards";
import { RedeemCode } from "./RedeemCode";
import { RewardsNav } from "./RewardsNav";
import css from "./RewardsPage.module.css";
import { StreakCalendar } from "./StreakCalendar";
import { StreakCard } from "./StreakCard";
import { VipCard } from "./VipCard";

export function RewardsPage() {
  const words = useWords();
  usePageTitle(words("rewards.title"));
  return (
    <>
      <h1 className={css["title"]}>{words("rewards.title")}</h1>
      <RewardsNav />
      <div className={css["grid"]}>
        <div className={css["streak"]}>
          <StreakCard />
        </div>
        <div className={css["calendar"]}>
          <StreakCalendar />
        </div>
        <div className={css["side"]}>
          <VipCard />
          <RedeemCode />
        </div>
        <div className={css["recent"]}>
          <RecentRewards />
        </div>
      </div>
    </>
  );
}
