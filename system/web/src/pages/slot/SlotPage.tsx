/** The slot: the cabinet, and beside it all there is to know about it. */

import { useQuery } from "@tanstack/react-query";

import type { Game } from "../../api/model";
import { games } from "../../api/queries";
import { usePageTitle } from "../../app/usePageTitle";
import { useWords } from "../../i18n/text";
import { AsyncView, EmptyState } from "../../ui/AsyncView";
import { Skeleton, SkeletonLines } from "../../ui/Skeleton";
import { SlotSymbol } from "../../ui/SlotSymbol";
import { Surface } from "../../ui/Surface";
import { Tabs } from "../../ui/Tabs";
import { RoundList } from "../history/RoundList";
import { Cabinet } from "./Cabinet";
import { FairnessPanel } from "./FairnessPanel";
import { OddsPanel } from "./OddsPanel";
import { PayTable } from "./PayTable";
import { openSlot } from "./slot-game";
import css from "./SlotPage.module.css";

export function SlotPage() {
  const words = useWords();
  usePageTitle(words("nav.slot"));
  const read = useQuery(games);
  return (
    <>
      <h1 className="visually-hidden">{words("slot.title")}</h1>
      <AsyncView read={read} skeleton={<SlotSkeleton />}>
        {(offer) => {
          const slot = openSlot(offer);
          return slot ? <Machine game={slot} /> : <Closed />;
        }}
      </AsyncView>
    </>
  );
}

function Machine({ game }: { readonly game: Game }) {
  const words = useWords();
  return (
    <div className={css["machine"]}>
      <Cabinet game={game} />
      <Surface className={css["about"]}>
        <Tabs
          label={words("slot.tabs")}
          tabs={[
            { key: "pays", label: words("slot.tab.pays"), panel: () => <PayTable lines={game.odds.pay_table} /> },
            { key: "odds", label: words("slot.tab.odds"), panel: () => <OddsPanel game={game} /> },
            { key: "fair", label: words("slot.tab.fair"), panel: () => <FairnessPanel game={game} /> },
            { key: "mine", label: words("slot.tab.mine"), panel: () => <RoundList /> },
          ]}
        />
      </Surface>
    </div>
  );
}

function Closed() {
  const words = useWords();
  return <EmptyState text={words("slot.closed")} picture={<SlotSymbol name="neon" />} />;
}

function SlotSkeleton() {
  return (
    <div className={css["machine"]}>
      <Skeleton height="30rem" />
      <SkeletonLines count={6} />
    </div>
  );
}
