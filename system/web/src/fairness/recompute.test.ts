import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import type { Verification } from "../api/model";
import { checkRound, isFair } from "./check-round";
import { OFFER } from "./offer.fixture";
import type { Promised } from "./promises";
import { bytesOfHex, commitmentOf, draws, hexOf } from "./recompute";

// Computed by an independent implementation: Python's hashlib and hmac.
const SEED = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const HASH = "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd";
const OTHER_SEED = "b0d51c58c8b9c1f458fadf16c7d375630ef51da4df81915893b05c0fa4ed8bc6";
const JUST_OVER_HALF = 2 ** 31 + 1;

describe("draws", () => {
  it("match the published algorithm", async () => {
    const inputs = { serverSeed: SEED, clientSeed: "casino-club", nonce: 1 };
    expect(await draws(inputs, [25, 25, 25])).toEqual([12, 0, 14]);
    expect(await draws({ ...inputs, nonce: 2 }, [25, 25, 25])).toEqual([0, 22, 9]);
  });

  it("hash the client seed as UTF-8", async () => {
    expect(await draws({ serverSeed: OTHER_SEED, clientSeed: "한글 seed", nonce: 7 }, [25, 25, 25])).toEqual([3, 21, 6]);
  });

  it("reject the words that would make small values likelier, over several blocks", async () => {
    const drawn = await draws({ serverSeed: SEED, clientSeed: "reject", nonce: 1 }, Array<number>(12).fill(JUST_OVER_HALF));
    expect(drawn).toEqual([
      1383689812, 1297250283, 1798126796, 1401321807, 2012225710, 1550314771, 1235110334, 1030670611, 1408693002, 429610795,
      975015901, 259126565,
    ]);
  });

  it("refuse a range nothing can be drawn from", async () => {
    await expect(draws({ serverSeed: SEED, clientSeed: "x", nonce: 1 }, [0])).rejects.toThrow(RangeError);
  });
});

describe("hex", () => {
  it("goes both ways and refuses what is not hex", () => {
    expect(hexOf(bytesOfHex("00ff10"))).toBe("00ff10");
    for (const bad of ["", "0", "zz", "0g"]) expect(() => bytesOfHex(bad)).toThrow(RangeError);
  });
});

interface Vector extends Pick<Verification, "game_type" | "bet_amount" | "win_amount" | "nonce" | "client_seed"> {
  readonly server_seed: string;
  readonly server_seed_hash: string;
  readonly result_meta: Record<string, unknown>;
}

// Tests run in system/web.
const PUBLISHED = "../../contracts/fairness/vectors.json";
const vectors = (JSON.parse(readFileSync(PUBLISHED, "utf8")) as { rounds: Vector[] }).rounds;

const shown = (serverSeedHash: string, ownSeed: string | null = null): Promised => ({ serverSeedHash, ownSeed });

/** A round of the vectors as the server's own check answers it. */
function verified(vector: Vector): Verification {
  return {
    ...vector,
    valid: true,
    round_id: "r",
    multiplier: 0,
    drawn: {},
    settled_at: "2026-01-01T00:00:00.000Z",
  };
}

describe("a round's check", () => {
  it.each(vectors.map((vector) => [`${vector.game_type} ${vector.nonce} ${vector.bet_amount}`, vector] as const))(
    "agrees with the published vector %s",
    async (_name, vector) => {
      const check = await checkRound(verified(vector), vector, OFFER, shown(vector.server_seed_hash));
      expect(check).toMatchObject({ hash: true, seen: true, own: null, same: true, paid: true, server: true });
    },
  );

  const faults: [string, Partial<Verification>, "hash" | "same" | "paid" | "server"][] = [
    ["a seed other than the one promised", { server_seed: OTHER_SEED }, "hash"],
    ["a hash other than the seed's", { server_seed_hash: "0".repeat(64) }, "hash"],
    ["a nonce other than the one used", { nonce: 77 }, "same"],
    ["gold other than the tables pay", { win_amount: 123_456 }, "paid"],
    ["a server that says it is not valid", { valid: false }, "server"],
  ];

  it.each(faults)("finds %s, in every game", async (_fault, change, step) => {
    for (const vector of vectors.filter(({ server_seed }) => server_seed === SEED)) {
      const check = await checkRound({ ...verified(vector), ...change }, vector, OFFER, shown(HASH));
      expect(check[step]).toBe(false);
      expect(isFair(check)).toBe(false);
    }
  });

  it("finds a ride whose automatic cash-out was not paid, whatever it is called", async () => {
    const ride = vectors.find(({ result_meta: meta }) => meta["status"] === "cashed" && meta["auto_cashout"] === 2);
    if (!ride) throw new Error("there is such a vector");
    for (const [status, win] of [["crashed", 0], ["expired", ride.bet_amount]] as const) {
      const meta = { ...ride.result_meta, status, cashout_point: null };
      const round = { ...verified(ride), win_amount: win };
      const check = await checkRound(round, { result_meta: meta }, OFFER, shown(ride.server_seed_hash));
      expect(check.paid).toBe(false);
    }
  });

  it("holds no round against a table other than its own", async () => {
    for (const vector of vectors) {
      const meta = { ...vector.result_meta, config_version: 99 };
      await expect(checkRound(verified(vector), { result_meta: meta }, OFFER, null)).rejects.toThrow(RangeError);
    }
  });

  it("finds a seed of one's own that was not drawn with, and says when nothing was promised here", async () => {
    const [vector] = vectors;
    if (!vector) throw new Error("there are vectors");
    const mine = await checkRound(verified(vector), vector, OFFER, shown(vector.server_seed_hash, vector.client_seed));
    const swapped = await checkRound(verified(vector), vector, OFFER, shown(vector.server_seed_hash, "mine"));
    expect([mine.own, isFair(mine), swapped.own, isFair(swapped)]).toEqual([true, true, false, false]);
    expect((await checkRound(verified(vector), vector, OFFER, null)).seen).toBe(false);
  });

  it("finds a server that changed its promise after the round", async () => {
    const [vector] = vectors;
    if (!vector) throw new Error("there are vectors");
    const swapped = { server_seed: OTHER_SEED, server_seed_hash: await commitmentOf(OTHER_SEED) };
    expect((await checkRound({ ...verified(vector), ...swapped }, vector, OFFER, shown(HASH))).hash).toBe(false);
  });
});
