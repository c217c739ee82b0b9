/** The room of a game: the game itself, and beside it all there is to know about it. */

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import type { Game, GameOf, GameType } from "../../api/model";
import { games } from "../../api/queries";
import { usePageTitle } from "../../app/usePageTitle";
import type { MessageKey } from "../../i18n/en";
import { useWords } from "../../i18n/text";
import { SoundButton } from "../../sound/SoundButton";
import { AsyncView, EmptyState } from "../../ui/AsyncView";
import { Skeleton, SkeletonLines } from "../../ui/Skeleton";
import { SlotSymbol } from "../../ui/SlotSymbol";
import { Surface } from "../../ui/Surface";
import { Tabs, type Tab } from "../../ui/Tabs";
import { RoundList } from "../history/RoundList";
import { FairnessPanel } from "./FairnessPanel";
import css from "./GameRoom.module.css";

interface GameRoomProps<T extends GameType> {
  readonly type: T;
  readonly stage: (game: GameOf<T>) => ReactNode;
  /** The tabs before fairness and the player's own rounds. */
  readonly about: (game: GameOf<T>) => readonly Tab[];
  /** What stands there while the game takes no bets. */
  readonly closed?: ReactNode;
}

const isOf =
  <T extends GameType>(type: T) =>
  (game: Game): game is GameOf<T> =>
    game.odds.game_type === type;

/** A game that is on offer and open, or null. */
export function openGame<T extends GameType>(offer: readonly Game[], type: T): GameOf<T> | null {
  return offer.filter(isOf(type)).find((game) => game.enabled) ?? null;
}

export function GameRoom<T extends GameType>({ type, stage, about, closed = <ClosedGame /> }: GameRoomProps<T>) {
  const words = useWords();
  const title = words(`game.${type}` as MessageKey);
  usePageTitle(title);
  const read = useQuery(games);
  return (
    <>
      <h1 className="visually-hidden">{title}</h1>
      <AsyncView read={read} skeleton={<RoomSkeleton />}>
        {({ games: offer }) => {
          const game = openGame(offer, type);
          if (game === null) return closed;
          return (
            <div className={css["machine"]}>
              <div className={css["stage"]}>
                {stage(game)}
                <div className={css["sound"]}>
                  <SoundButton />
                </div>
              </div>
              <Surface className={css["about"]}>
                <Tabs
                  label={words("slot.tabs")}
                  tabs={[
                    ...about(game),
                    { key: "fair", label: words("slot.tab.fair"), panel: () => <FairnessPanel offer={offer} /> },
                    { key: "mine", label: words("slot.tab.mine"), panel: () => <RoundList game={type} /> },
                  ]}
                />
              </Surface>
            </div>
          );
        }}
      </AsyncView>
    </>
  );
}

export function ClosedGame() {
  const words = useWords();
  return <EmptyState text={words("slot.closed")} picture={<SlotSymbol name="neon" />} />;
}

function RoomSkeleton() {
  return (
    <div className={css["machine"]}>
      <Skeleton height="30rem" />
      <SkeletonLines count={6} />
    </div>
  );
}
