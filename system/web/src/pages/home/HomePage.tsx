/** Home: the gold, what today has to give, the door to the reels, what just happened, and the club tonight. */

import { useQuery } from "@tanstack/react-query";
import { Crown } from "lucide-react";
import type { ReactNode } from "react";

import type { Dashboard } from "../../api/model";
import { usePageTitle } from "../../app/usePageTitle";
import type { MessageKey } from "../../i18n/en";
import { useFormats, useWords } from "../../i18n/text";
import { useLive } from "../../realtime/live";
import { home } from "../../realtime/useFigures";
import { AsyncView, EmptyState } from "../../ui/AsyncView";
import { Figures } from "../../ui/Figure";
import { GoldCounter } from "../../ui/GoldCounter";
import { Meter } from "../../ui/Meter";
import { Skeleton, SkeletonLines } from "../../ui/Skeleton";
import { SlotSymbol } from "../../ui/SlotSymbol";
import { Surface } from "../../ui/Surface";
import { EventBoard, NoEvent } from "../events/EventBoard";
import { MissionList } from "../events/MissionList";
import css from "./HomePage.module.css";
import { More } from "./More";
import { NearAchievements } from "./NearAchievements";
import { PassStrip } from "./PassStrip";
import { Pulse } from "./Pulse";
import { RecentActions } from "./RecentActions";
import { SlotEntrance } from "./SlotEntrance";
import { StreakWeek } from "./StreakWeek";

export function HomePage() {
  const words = useWords();
  usePageTitle(words("nav.home"));
  return (
    <div className={css["home"]}>
      <Purse />
      <div className={css["door"]}>
        <SlotEntrance />
      </div>
      <Part area="streak">{({ streak }) => <StreakWeek status={streak} />}</Part>
      <Part area="event">{({ hot_event: event }) => (event ? <EventBoard event={event} /> : <NoEvent />)}</Part>
      <Part area="missions">{({ missions }) => <Missions missions={missions} />}</Part>
      <Part area="pass">{({ battle_pass: pass }) => <PassStrip pass={pass} />}</Part>
      <Part area="achievements">{({ achievements }) => <NearAchievements achievements={achievements} />}</Part>
      <Part area="now">{() => <JustNow />}</Part>
      <Part area="play">{() => <MyPlay />}</Part>
      <div className={css["pulse"]}>
        <Pulse />
      </div>
    </div>
  );
}

interface PartProps {
  readonly area: string;
  readonly children: (dashboard: Dashboard) => ReactNode;
}

/** A part of the one answer; all wait for it together, and each shows where it will be. */
function Part({ area, children }: PartProps) {
  const read = useQuery(home);
  return (
    <div className={css[area]}>
      <AsyncView read={read} skeleton={<SkeletonLines count={4} height="2.5rem" />}>
        {children}
      </AsyncView>
    </div>
  );
}

function Purse() {
  const words = useWords();
  const profile = useLive((state) => state.profile);
  const { data } = useQuery(home);
  return (
    <section className={css["purse"]} aria-label={words("home.gold")}>
      <h1 className={css["greeting"]}>
        {profile ? words("home.greeting", { name: profile.nickname }) : <Skeleton width="14rem" />}
      </h1>
      <GoldCounter large />
      {profile ? (
        <p className={css["rank"]}>
          {words("profile.rank")} <strong>{words(`home.rank.${profile.rank}` as MessageKey)}</strong>
        </p>
      ) : (
        <Skeleton width="11rem" />
      )}
      {data ? <Standing standing={data.standing} vip={data.vip} /> : <Skeleton width="18rem" />}
    </section>
  );
}

function Standing({ standing, vip }: Pick<Dashboard, "standing" | "vip">) {
  const words = useWords();
  const level = words("rewards.level", { level: standing.level });
  return (
    <div className={css["standing"]}>
      <p className={css["line"]}>
        <strong>{level}</strong>
        <span>{words("rewards.levelProgress", { exp: standing.exp, next: standing.next_level_exp })}</span>
      </p>
      <Meter
        label={level}
        value={standing.exp - standing.level_exp}
        max={standing.next_level_exp - standing.level_exp}
      />
      <p className={css["line"]}>
        <strong className={css["tier"]}>
          <Crown aria-hidden size={19} strokeWidth={1.5} />
          {words(`vip.tier.${vip.tier}` as MessageKey)}
        </strong>
        <span>{words("vip.points", { count: vip.vip_points })}</span>
      </p>
      <Meter label={words("vip.title")} value={vip.vip_points} max={vip.next_tier_points ?? vip.vip_points} lit="gold" />
    </div>
  );
}

function Missions({ missions }: Pick<Dashboard, "missions">) {
  const words = useWords();
  return (
    <MissionList
      title={words("missions.daily")}
      missions={missions.daily}
      resetsAt={missions.daily_resets_at}
      foot={<More to="/events" text={words("home.missions.more")} />}
    />
  );
}

function MyPlay() {
  const words = useWords();
  const { number } = useFormats();
  const stats = useLive((state) => state.stats["slot"]);
  return (
    <Surface title={words("home.stats")} lit="cold">
      {stats ? (
        <Figures
          figures={[
            { label: words("stats.plays"), value: number(stats.plays) },
            { label: words("stats.wins"), value: number(stats.wins) },
            { label: words("stats.losses"), value: number(stats.losses) },
            { label: words("stats.totalBet"), value: number(stats.total_bet) },
            { label: words("stats.totalWon"), value: number(stats.total_gold_won) },
            { label: words("stats.highest"), value: words("slot.multiplier", { multiplier: stats.highest_multiplier }) },
          ]}
        />
      ) : (
        <EmptyState text={words("home.statsEmpty")} picture={<SlotSymbol name="cherry" />} />
      )}
    </Surface>
  );
}

function JustNow() {
  const words = useWords();
  const actions = useLive((state) => state.actions);
  return <Surface title={words("home.actions")}>{actions && <RecentActions actions={actions} />}</Surface>;
}
