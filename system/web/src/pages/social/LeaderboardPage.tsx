/** The boards: who won most gold, hit the biggest multiplier or came longest in a row, today and before, and one's own place. */

import { useQuery } from "@tanstack/react-query";
import { Trophy } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";

import type { Leader } from "../../api/model";
import { leaderboard, type Board, type BoardWindow } from "../../api/queries";
import { usePageTitle } from "../../app/usePageTitle";
import { useFormats, useWords } from "../../i18n/text";
import { useLive } from "../../realtime/live";
import { AsyncView, EmptyState } from "../../ui/AsyncView";
import { SkeletonLines } from "../../ui/Skeleton";
import { Surface } from "../../ui/Surface";
import css from "./social.module.css";

const BOARDS: readonly Board[] = ["gold_won", "biggest_multiplier", "streak"];
const WINDOWS: readonly BoardWindow[] = ["day", "week", "month", "all"];

export function LeaderboardPage() {
  const words = useWords();
  usePageTitle(words("nav.leaderboards"));
  const [board, setBoard] = useState<Board>("gold_won");
  const [window, setWindow] = useState<BoardWindow>("week");
  return (
    <div className={css["page"]}>
      <h1>{words("nav.leaderboards")}</h1>
      <div className={css["choices"]}>
        <Choice label={words("boards.board")} all={BOARDS} chosen={board} choose={setBoard} name={(one) => words(`boards.${one}`)} />
        <Choice label={words("boards.window")} all={WINDOWS} chosen={window} choose={setWindow} name={(one) => words(`boards.${one}`)} />
      </div>
      <Surface lit="gold">
        <Standings board={board} window={window} />
      </Surface>
    </div>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly all: readonly T[];
  readonly chosen: T;
  readonly choose: (one: T) => void;
  readonly name: (one: T) => string;
}

function Choice<T extends string>({ label, all, chosen, choose, name }: ChoiceProps<T>) {
  return (
    <fieldset className={css["choice"]}>
      <legend className="visually-hidden">{label}</legend>
      {all.map((one) => (
        <button key={one} type="button" className={css["chip"]} aria-pressed={one === chosen} onClick={() => choose(one)}>
          {name(one)}
        </button>
      ))}
    </fieldset>
  );
}

function Standings({ board, window }: { readonly board: Board; readonly window: BoardWindow }) {
  const words = useWords();
  const read = useQuery(leaderboard(board, window));
  return (
    <AsyncView read={read} skeleton={<SkeletonLines count={8} height="2.5rem" />}>
      {({ leaders, own }) =>
        leaders.length === 0 ? (
          <EmptyState text={words("boards.empty")} picture={<Trophy aria-hidden size={48} strokeWidth={1.2} />} />
        ) : (
          <>
            <ol className={css["leaders"]}>
              {leaders.map((leader) => (
                <Row key={leader.user_id} leader={leader} board={board} />
              ))}
            </ol>
            <p className={css["own"]}>
              {own ? words("boards.own", { place: own.place }) : words("boards.noOwn")}
            </p>
          </>
        )
      }
    </AsyncView>
  );
}

function Row({ leader, board }: { readonly leader: Leader; readonly board: Board }) {
  const words = useWords();
  const { number } = useFormats();
  const me = useLive((state) => state.profile?.id === leader.user_id);
  const score: Readonly<Record<Board, () => string>> = {
    gold_won: () => number(leader.score),
    biggest_multiplier: () => words("slot.multiplier", { multiplier: leader.score }),
    streak: () => words("boards.days", { count: leader.score }),
  };
  return (
    <li className={css["leader"]} data-me={me || undefined} data-place={leader.place}>
      <span className={css["place"]}>{number(leader.place)}</span>
      <Link to={`/players/${leader.user_id}`}>{leader.nickname}</Link>
      <span className={css["score"]}>{score[board]()}</span>
    </li>
  );
}
