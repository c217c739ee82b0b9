/** The hashes this page was shown with its rounds, kept to be held against what the server says later. */

const KEPT_MAX = 200;
const promises = new Map<string, string>();

export function rememberPromise(roundId: string, serverSeedHash: string): void {
  promises.set(roundId, serverSeedHash);
  const oldest = promises.keys().next();
  if (promises.size > KEPT_MAX && !oldest.done) promises.delete(oldest.value);
}

/** The hash shown with a round of this page, or null when the round was played elsewhere. */
export function promiseOf(roundId: string): string | null {
  return promises.get(roundId) ?? null;
}
