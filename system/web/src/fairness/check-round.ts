/** Holds a settled round against its revealed seed, step by step, with nothing taken on trust. */

import type { Game, Round, Verification } from "../api/model";
import { recomputeRound } from "./games";
import type { Promised } from "./promises";
import { commitmentOf } from "./recompute";

export interface RoundCheck {
  /** The revealed seed hashes to what was promised before the round; see `seen`. */
  readonly hash: boolean;
  /** This browser was shown that hash with the round; else only the server says what it promised. */
  readonly seen: boolean;
  /** The seed this browser sent is the one that was drawn with; null when it sent none. */
  readonly own: boolean | null;
  /** What is drawn here is what the round was settled with. */
  readonly same: boolean;
  /** The published tables pay for it what was paid. */
  readonly paid: boolean;
  readonly server: boolean;
  /** The draws, and what they come to, for a person to read. */
  readonly drawn: readonly string[];
  readonly result: string;
  /** The message of the first block, for a person to repeat with any tool. */
  readonly message: string;
}

/** `promised` is what this browser was shown with the round, or null when it was not there. */
export async function checkRound(
  round: Verification,
  settled: Pick<Round, "result_meta">,
  offer: readonly Game[],
  promised: Promised | null,
): Promise<RoundCheck> {
  const inputs = { serverSeed: round.server_seed, clientSeed: round.client_seed, nonce: round.nonce };
  const hash = await commitmentOf(round.server_seed);
  const again = await recomputeRound(inputs, round, settled.result_meta, offer);
  return {
    hash: hash === round.server_seed_hash && (promised === null || hash === promised.serverSeedHash),
    seen: promised !== null,
    own: promised === null || promised.ownSeed === null ? null : promised.ownSeed === round.client_seed,
    same: again.same,
    paid: again.win === round.win_amount,
    server: round.valid,
    drawn: again.drawn,
    result: again.result,
    message: `${round.client_seed}:${round.nonce}:0`,
  };
}

export const isFair = (check: RoundCheck): boolean =>
  check.hash && check.own !== false && check.same && check.paid && check.server;
