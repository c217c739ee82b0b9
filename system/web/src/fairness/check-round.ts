/** Holds a settled slot round against its revealed seed, step by step, with nothing taken on trust. */

import type { Verification } from "../api/model";
import { commitmentOf, draws } from "./recompute";

export interface RoundCheck {
  /** The revealed seed hashes to what was promised before the round. */
  readonly hash: boolean;
  /** The stops drawn here are those the round was settled with. */
  readonly stops: boolean;
  /** The published reels show the settled symbols at the stops drawn here. */
  readonly symbols: boolean;
  readonly server: boolean;
  readonly drawn: readonly number[];
  /** The message of the first block, for a person to repeat with any tool. */
  readonly message: string;
}

const same = <T>(left: readonly T[], right: readonly T[]): boolean =>
  left.length === right.length && left.every((value, index) => value === right[index]);

/** `promisedHash` is what this page was shown with the round, or null when it was not there. */
export async function checkRound(
  round: Verification,
  strips: readonly (readonly string[])[],
  promisedHash: string | null,
): Promise<RoundCheck> {
  const inputs = { serverSeed: round.server_seed, clientSeed: round.client_seed, nonce: round.nonce };
  const hash = await commitmentOf(round.server_seed);
  const drawn = await draws(inputs, strips.map((strip) => strip.length));
  return {
    hash: hash === (promisedHash ?? round.server_seed_hash) && hash === round.server_seed_hash,
    stops: same(drawn, round.stops),
    symbols: same(drawn.map((stop, reel) => strips[reel]?.[stop]), round.symbols),
    server: round.valid,
    drawn,
    message: `${round.client_seed}:${round.nonce}:0`,
  };
}

export const isFair = (check: RoundCheck): boolean => check.hash && check.stops && check.symbols && check.server;
