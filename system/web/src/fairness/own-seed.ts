/**
 * The player's own part of the randomness, sent with each round. It is chosen after the server's hash was seen, so the
 * server cannot have picked its seed to suit it; kept on this device.
 */

import { create } from "zustand";

import { newIntent, type Intent } from "../api/intent";

const KEPT = "casino.own-seed";
/** What the API takes: visible ASCII without spaces. */
const SEED = /^[\x21-\x7e]{1,64}$/;

export const OWN_SEED_CHARACTERS_MAX = 64;

interface OwnSeed {
  /** Null leaves the draw to the standing seed of the account. */
  readonly seed: string | null;
}

function kept(): string | null {
  const seed = localStorage.getItem(KEPT);
  return seed !== null && isSeed(seed) ? seed : null;
}

export const isSeed = (text: string): boolean => SEED.test(text);

export const useOwnSeed = create<OwnSeed>(() => ({ seed: kept() }));

/** From the next round on; null goes back to the account's. */
export function chooseSeed(seed: string | null): void {
  if (seed === null) localStorage.removeItem(KEPT);
  else localStorage.setItem(KEPT, seed);
  useOwnSeed.setState({ seed });
}

/** A click that asks for a round: the seed goes with it over every retry, whatever is chosen meanwhile. */
export interface RoundIntent extends Intent {
  readonly ownSeed: string | null;
}

export const newRoundIntent = (): RoundIntent => ({ ...newIntent(), ownSeed: useOwnSeed.getState().seed });

/** The member of the request that carries it. */
export const seedMember = ({ ownSeed }: RoundIntent): { clientSeed?: string } =>
  ownSeed === null ? {} : { clientSeed: ownSeed };
