/** What this browser was shown with its rounds, kept to be held against what the server says later. */

const KEPT = "casino.promises";
const KEPT_MAX = 200;

export interface Promised {
  readonly serverSeedHash: string;
  /** The seed this browser sent with the round, if it sent one. */
  readonly ownSeed: string | null;
}

function read(): Map<string, Promised> {
  try {
    return new Map(JSON.parse(localStorage.getItem(KEPT) ?? "[]") as [string, Promised][]);
  } catch {
    // Somebody else wrote there: nothing was promised that we could hold anybody to.
    return new Map();
  }
}

export function rememberPromise(roundId: string, promised: Promised): void {
  const promises = read().set(roundId, promised);
  const newest = [...promises].slice(-KEPT_MAX);
  localStorage.setItem(KEPT, JSON.stringify(newest));
}

/** What was shown with a round, or null when it was played elsewhere. */
export function promiseOf(roundId: string): Promised | null {
  return read().get(roundId) ?? null;
}
