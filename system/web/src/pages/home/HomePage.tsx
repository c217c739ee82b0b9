/** Home: the gold, the door to the reels, what just happened, and the club tonight. */

import { usePageTitle } from "../../app/usePageTitle";
import type { MessageKey } from "../../i18n/en";
import { useFormats, useWords } from "../../i18n/text";
import { useLive } from "../../realtime/live";
import { useFigures } from "../../realtime/useFigures";
import { EmptyState, ErrorState, Waiting } from "../../ui/AsyncView";
import { Figures } from "../../ui/Figure";
import { GoldCounter } from "../../ui/GoldCounter";
import { Skeleton, SkeletonLines } from "../../ui/Skeleton";
import { SlotSymbol } from "../../ui/SlotSymbol";
import { Surface } from "../../ui/Surface";
import css from "./HomePage.module.css";
import { Pulse } from "./Pulse";
import { RecentActions } from "./RecentActions";
import { SlotEntrance } from "./SlotEntrance";

export function HomePage() {
  const words = useWords();
  usePageTitle(words("nav.home"));
  return (
    <div className={css["home"]}>
      <Purse />
      <div className={css["door"]}>
        <SlotEntrance />
      </div>
      <div className={css["play"]}>
        <MyPlay />
      </div>
      <div className={css["now"]}>
        <JustNow />
      </div>
      <div className={css["pulse"]}>
        <Pulse tall />
      </div>
    </div>
  );
}

function Purse() {
  const words = useWords();
  const profile = useLive((state) => state.profile);
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
    </section>
  );
}

function MyPlay() {
  const words = useWords();
  const { number } = useFormats();
  const stats = useLive((state) => state.stats["slot"]);
  const known = useLive((state) => state.actions !== null);
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
      ) : known ? (
        <EmptyState text={words("home.statsEmpty")} picture={<SlotSymbol name="cherry" />} />
      ) : (
        <FiguresPending lines={2} />
      )}
    </Surface>
  );
}

function JustNow() {
  const words = useWords();
  const actions = useLive((state) => state.actions);
  return (
    <Surface title={words("home.actions")}>
      {actions ? <RecentActions actions={actions} /> : <FiguresPending lines={4} />}
    </Surface>
  );
}

/** What stands where live figures will be: a skeleton, or the error of the read that should have brought them. */
function FiguresPending({ lines }: { readonly lines: number }) {
  const figures = useFigures();
  if (figures.error) return <ErrorState error={figures.error} retry={figures.refetch} busy={figures.isFetching} />;
  return (
    <Waiting>
      <SkeletonLines count={lines} />
    </Waiting>
  );
}
