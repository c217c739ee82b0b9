/** Recomputes a settled round in the browser, so that a player need not trust the server's own check. */

/** The published inputs of a round's draws. */
export interface DrawInputs {
  /** 32 bytes in hex, known after the seed's rotation. */
  readonly serverSeed: string;
  readonly clientSeed: string;
  readonly nonce: number;
}

const WORDS_IN_BLOCK = 8;
const WORD_RANGE = 2 ** 32;

export function bytesOfHex(hex: string): Uint8Array<ArrayBuffer> {
  if (!/^([0-9a-f]{2})+$/i.test(hex)) throw new RangeError(`not hex: ${hex}`);
  const bytes = new Uint8Array(hex.length / 2);
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = parseInt(hex.slice(2 * index, 2 * index + 2), 16);
  return bytes;
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** True where the page may use WebCrypto: https, or this machine itself. */
export function canRecompute(): boolean {
  return isSecureContext;
}

/** SHA-256 of the seed's bytes in hex: the commitment shown before the round. */
export async function commitmentOf(serverSeed: string): Promise<string> {
  return hexOf(new Uint8Array(await crypto.subtle.digest("SHA-256", bytesOfHex(serverSeed))));
}

/** The endless stream of 4-byte big-endian words of HMAC-SHA256(seed, `client:nonce:i`), i = 0, 1, 2 … */
export async function* words({ serverSeed, clientSeed, nonce }: DrawInputs): AsyncGenerator<number, never> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytesOfHex(serverSeed), algorithm, false, ["sign"]);
  const encoder = new TextEncoder();
  for (let block = 0; ; block += 1) {
    const message = encoder.encode(`${clientSeed}:${nonce}:${block}`);
    const view = new DataView(await crypto.subtle.sign("HMAC", key, message));
    for (let word = 0; word < WORDS_IN_BLOCK; word += 1) yield view.getUint32(4 * word, false);
  }
}

/**
 * One draw in [0, n) for each n of `ranges`, in order (fairness algorithm v1).
 * A word at or above the largest multiple of n is rejected, so no remainder is likelier than another.
 */
export async function draws(inputs: DrawInputs, ranges: readonly number[]): Promise<number[]> {
  const stream = words(inputs);
  const drawn: number[] = [];
  for (const range of ranges) {
    if (!Number.isInteger(range) || range < 1 || range > WORD_RANGE) throw new RangeError(`no draw in [0, ${range})`);
    const limit = Math.floor(WORD_RANGE / range) * range;
    let word = (await stream.next()).value;
    while (word >= limit) word = (await stream.next()).value;
    drawn.push(word % range);
  }
  return drawn;
}
