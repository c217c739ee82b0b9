/** Settled rounds, newest first; a table that folds into cards where there is no room for one. */

import { useInfiniteQuery } from "@tanstack/react-query";

import type { GameType, Round } from "../../api/model";
import { rounds } from "../../api/queries";
import { useFormats, useWords } from "../../i18n/text";
import { AsyncView, EmptyState } from "../../ui/AsyncView";
import { Button, LinkButton } from "../../ui/Button";
import { ErrorBanner } from "../../ui/ErrorBanner";
import { SkeletonLines } from "../../ui/Skeleton";
import { SlotSymbol } from "../../ui/SlotSymbol";
import { RoundLine } from "./RoundLine";
import css from "./RoundList.module.css";

interface RoundListProps {
  readonly wide?: boolean;
  /** Only the rounds of this game. */
  readonly game?: GameType;
}

export function RoundList({ wide = false, game }: RoundListProps) {
  const words = useWords();
  const read = useInfiniteQuery(rounds(game));
  return (
    <AsyncView read={read} skeleton={<SkeletonLines count={6} height="3.25rem" />}>
      {({ pages }) => {
        const played = pages.flatMap((page) => page.items);
        return played.length === 0 ? (
          <NoRounds wide={wide} />
        ) : (
          <>
            <RoundTable played={played} wide={wide} />
            <Older read={read} />
            <p className={css["end"]}>{!read.hasNextPage && words("history.end")}</p>
          </>
        );
      }}
    </AsyncView>
  );
}

function NoRounds({ wide }: { readonly wide: boolean }) {
  const words = useWords();
  return (
    <EmptyState
      title={words("history.empty")}
      text={words("history.emptyText")}
      picture={<SlotSymbol name="cherry" />}
      action={
        wide && (
          <LinkButton to="/games" tone="hot">
            {words("history.play")}
          </LinkButton>
        )
      }
    />
  );
}

interface OlderRead {
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly isFetchNextPageError: boolean;
  readonly error: Error | null;
  readonly fetchNextPage: () => unknown;
}

function Older({ read }: { readonly read: OlderRead }) {
  const words = useWords();
  return (
    <div className={css["older"]}>
      {read.isFetchNextPageError && <ErrorBanner error={read.error} />}
      {read.hasNextPage && (
        <Button busy={read.isFetchingNextPage} onClick={() => void read.fetchNextPage()}>
          {words("history.more")}
        </Button>
      )}
    </div>
  );
}

function RoundTable({ played, wide }: { readonly played: readonly Round[]; readonly wide: boolean }) {
  const words = useWords();
  const heads = ["history.time", "history.line", "history.multiplier", "history.bet", "history.win", "history.delta"] as const;
  return (
    <table className={css["table"]} data-wide={wide || undefined}>
      <caption className="visually-hidden">{words("history.caption")}</caption>
      <thead className={css["head"]}>
        <tr>
          {heads.map((head) => (
            <th key={head} scope="col">
              {words(head)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {played.map((round) => (
          <RoundRow key={round.round_id} round={round} />
        ))}
      </tbody>
    </table>
  );
}

function RoundRow({ round }: { readonly round: Round }) {
  const words = useWords();
  const { moment, number, signed } = useFormats();
  return (
    <tr className={css["row"]} data-round={round.round_id}>
      <td className={css["time"]}>
        <time dateTime={round.created_at}>{moment(round.created_at)}</time>
      </td>
      <td className={css["line"]}>
        <span className="visually-hidden">{words(`game.${round.game_type}`)}: </span>
        <RoundLine round={round} />
      </td>
      <td className={css["multiplier"]}>{words("slot.multiplier", { multiplier: round.multiplier })}</td>
      <td className={css["bet"]} data-label={words("history.bet")}>
        {number(round.bet_amount)}
      </td>
      <td className={css["win"]} data-label={words("history.win")}>
        {number(round.win_amount)}
      </td>
      <td className={css["delta"]} data-sign={Math.sign(round.delta)}>
        {signed(round.delta)}
      </td>
    </tr>
  );
}
