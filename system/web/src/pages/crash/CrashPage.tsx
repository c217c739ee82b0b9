/** Crash: the curve rises by the server's clock, and one leaves it in time or not. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState, type SyntheticEvent } from "react";

import { answer } from "../../api/client";
import { intentHeaders, newIntent, type Intent } from "../../api/intent";
import type { CashOut, CrashRound, GameOf } from "../../api/model";
import { ApiError, isOfferChanged, isUncertain } from "../../api/problem";
import { crashNow, games, rounds, seed } from "../../api/queries";
import { newRoundIntent, seedMember, type RoundIntent } from "../../fairness/own-seed";
import { rememberPromise } from "../../fairness/promises";
import { useWords } from "../../i18n/text";
import { applyRound, startOf, useLive } from "../../realtime/live";
import { playCue, useCue } from "../../sound/play";
import { AsyncView } from "../../ui/AsyncView";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Skeleton } from "../../ui/Skeleton";
import { useAbort } from "../../ui/useAbort";
import { api } from "../../wiring";
import { BetChooser } from "../play/BetChooser";
import { parseBet } from "../play/bets";
import controls from "../play/Controls.module.css";
import { ClosedGame, GameRoom } from "../play/GameRoom";
import { OutcomeLine } from "../play/OutcomeLine";
import { Stage } from "../play/Stage";
import { Trouble } from "../play/Trouble";
import css from "./CrashPage.module.css";
import { CrashOdds } from "./CrashOdds";
import { Curve } from "./Curve";
import { millisecondsRun, parseAuto } from "./curve-math";

const FIRST_BET = 100;

export function CrashPage() {
  const words = useWords();
  return (
    <GameRoom
      type="crash"
      stage={(game) => <Comet game={game} />}
      about={(game) => [{ key: "odds", label: words("slot.tab.odds"), panel: () => <CrashOdds game={game} /> }]}
      closed={<LastRide />}
    />
  );
}

/** Closed to new rounds: one that runs is still its player's to leave. */
function LastRide() {
  const { data } = useQuery(crashNow);
  return data?.round ? <Rising round={data.round} startedAt={startOfCurve(data.round, data)} /> : <ClosedGame />;
}

/** `performance.now()` at the start of a round, by what the server said the time was. */
const startOfCurve = (round: CrashRound, read: { readonly server_time: string; readonly heardAt: number }): number =>
  read.heardAt - millisecondsRun(round.started_at, read.server_time);

function Comet({ game }: { readonly game: GameOf<"crash"> }) {
  const read = useQuery(crashNow);
  const ended = read.data?.last;
  useCue(read.data ? (ended?.game_id ?? "none") : null, ended?.status === "crashed" ? "burn" : "win");
  return (
    <AsyncView read={read} skeleton={<Skeleton height="30rem" />}>
      {(now) =>
        now.round ? (
          <Rising round={now.round} startedAt={startOfCurve(now.round, now)} />
        ) : (
          <Waiting game={game} last={now.last} />
        )
      }
    </AsyncView>
  );
}

/** Reads the round again, and what hangs on it. */
function useRereading(): () => Promise<void> {
  const queries = useQueryClient();
  return useCallback(async () => {
    await queries.invalidateQueries({ queryKey: crashNow.queryKey });
    void queries.invalidateQueries({ queryKey: rounds().queryKey });
    void queries.invalidateQueries({ queryKey: seed.queryKey });
  }, [queries]);
}

interface Wager {
  readonly amount: number;
  readonly auto: number | null;
  readonly intent: RoundIntent;
}

function useStart() {
  const abort = useAbort();
  const queries = useQueryClient();
  const reread = useRereading();
  return useMutation({
    mutationFn: ({ amount, auto, intent }: Wager) =>
      answer(
        api.POST("/api/games/crash/bet", {
          body: { betAmount: amount, ...(auto !== null && { autoCashout: auto }), ...seedMember(intent) },
          headers: intentHeaders(intent),
          signal: abort(),
        }),
      ),
    onSuccess: async (started, { intent }) => {
      playCue("launch");
      applyRound({ round_id: startOf(started.game_id), balance: started.balance });
      rememberPromise(started.game_id, { serverSeedHash: started.server_seed_hash, ownSeed: intent.ownSeed });
      await reread();
    },
    onError: (error) => {
      if (isOfferChanged(error)) void queries.invalidateQueries({ queryKey: games.queryKey });
      // Another device started one, or nobody knows whether this one began: what runs has to be on the screen.
      return isUncertain(error) || (error instanceof ApiError && error.code === "round_active") ? reread() : undefined;
    },
  });
}

interface WaitingProps {
  readonly game: GameOf<"crash">;
  readonly last: CrashRound | null;
}

function Waiting({ game, last }: WaitingProps) {
  const words = useWords();
  const limits = { min: game.min_bet, max: game.max_bet };
  const [text, setText] = useState(String(Math.max(FIRST_BET, limits.min)));
  const [autoText, setAutoText] = useState("");
  const start = useStart();
  const bet = parseBet(text, limits);
  const auto = parseAuto(autoText, game.odds.multiplier_max);

  function play(event: SyntheticEvent): void {
    event.preventDefault();
    if (start.isPending || bet === null || auto === undefined) return;
    start.mutate({ amount: bet, auto, intent: newRoundIntent() });
  }

  return (
    <Stage
      title={words("game.crash")}
      mood={last?.status === "cashed" ? "won" : last?.status === "crashed" ? "lost" : "idle"}
      below={
        <>
          <Ended last={last} />
          <Trouble error={start.error} uncertain={false} />
          <form className={controls["controls"]} noValidate onSubmit={play}>
            <BetChooser text={text} change={setText} limits={limits} disabled={start.isPending} />
            <Field
              label={words("crash.auto")}
              hint={words("crash.autoHint")}
              {...(auto === undefined && { error: words("crash.autoInvalid", { max: game.odds.multiplier_max }) })}
              inputMode="decimal"
              autoComplete="off"
              placeholder="2.00"
              value={autoText}
              onChange={(event) => setAutoText(event.target.value)}
            />
            <Button
              type="submit"
              tone="hot"
              large
              busy={start.isPending}
              disabled={bet === null || auto === undefined}
            >
              {words("crash.start")}
            </Button>
          </form>
        </>
      }
    >
      <Curve
        growth={game.odds.growth}
        startedAt={null}
        end={last?.crash_point ?? null}
        left={last?.cashout_point ?? null}
        crashed={last?.status === "crashed"}
      />
    </Stage>
  );
}

function Ended({ last }: { readonly last: CrashRound | null }) {
  const words = useWords();
  if (last === null) return <OutcomeLine text={words("crash.idle")} />;
  const fill = { at: (last.crash_point ?? 1).toFixed(2), left: (last.cashout_point ?? 1).toFixed(2) };
  if (last.status === "cashed") {
    return <OutcomeLine text={words("crash.cashed", { ...fill, win: last.win_amount ?? 0 })} />;
  }
  return <OutcomeLine text={words(last.status === "expired" ? "crash.expired" : "crash.crashed", fill)} />;
}

function useLeaving(round: CrashRound) {
  const abort = useAbort();
  const reread = useRereading();
  return useMutation({
    mutationFn: (intent: Intent): Promise<CashOut> =>
      answer(
        api.POST("/api/games/crash/cashout", {
          body: { gameId: round.game_id },
          headers: intentHeaders(intent),
          signal: abort(),
        }),
      ),
    onSuccess: (left) => {
      applyRound(left);
      return reread();
    },
    // Too late, or already left elsewhere: the round itself says what became of it.
    onError: (error) => (error instanceof ApiError && [404, 409].includes(error.status) ? reread() : undefined),
  });
}

interface RisingProps {
  readonly round: CrashRound;
  /** `performance.now()` at the round's start. */
  readonly startedAt: number;
}

function Rising({ round, startedAt }: RisingProps) {
  const words = useWords();
  const leaving = useLeaving(round);
  const reread = useRereading();
  const [intent] = useState(newIntent);
  const ended = useLive((state) => state.seenRounds.includes(round.game_id));
  useEffect(() => {
    if (ended) void reread();
  }, [ended, reread]);
  const auto = round.auto_cashout;
  return (
    <Stage
      title={words("game.crash")}
      mood="busy"
      below={
        <>
          <OutcomeLine
            text={
              auto === null
                ? words("crash.rising", { bet: round.bet_amount })
                : words("crash.risingAuto", { bet: round.bet_amount, auto: auto.toFixed(2) })
            }
          />
          <Trouble error={leaving.error} uncertain={false} />
          <Button tone="hot" large busy={leaving.isPending} onClick={() => leaving.mutate(intent)} className={css["leave"]}>
            {words("crash.leave")}
          </Button>
        </>
      }
    >
      <Curve growth={round.growth} startedAt={startedAt} end={null} left={null} crashed={false} />
    </Stage>
  );
}
