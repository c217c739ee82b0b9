/** Each game drawn again in the browser, from its published odds alone. */

import type { Game, GameOf, GameType } from "../api/model";
import { draws, type DrawInputs, words } from "./recompute";

export interface Recomputed {
  /** What is drawn here is what the round was settled with. */
  readonly same: boolean;
  /** What the published tables pay for it. */
  readonly win: number;
  readonly drawn: readonly string[];
  readonly result: string;
}

interface Stake {
  readonly game_type: string;
  readonly bet_amount: number;
}

type Meta = Readonly<Record<string, unknown>>;
type Odds<T extends GameType> = GameOf<T>["odds"];
type Rarity = Odds<"gacha">["layout"][number];

const HANDS = ["rock", "paper", "scissors"] as const;
const SHIFT = { draw: 0, lose: 1, win: 2 } as const;
const DRAW_BITS = 64n;

const same = (left: readonly unknown[], right: unknown): boolean =>
  Array.isArray(right) && left.length === right.length && left.every((value, place) => value === right[place]);

/** Draws the round again; throws RangeError when its game, or the table it was drawn by, is not among the offer. */
export async function recomputeRound(
  inputs: DrawInputs,
  stake: Stake,
  meta: Meta,
  offer: readonly Game[],
): Promise<Recomputed> {
  const game = offer.find((one) => one.game_type === stake.game_type);
  // A round drawn by a table that was replaced is not to be held against the one of today.
  const odds = game && (meta["config_version"] ?? game.config_version) === game.config_version ? game.odds : null;
  switch (odds?.game_type) {
    case "slot":
      return slot(inputs, stake.bet_amount, meta, odds);
    case "rps":
      return rps(inputs, stake.bet_amount, meta, odds);
    case "gacha":
      return gacha(inputs, meta, odds);
    case "crash":
      return crash(inputs, stake.bet_amount, meta, odds);
    default:
      throw new RangeError(`no published odds for ${stake.game_type}`);
  }
}

async function slot(inputs: DrawInputs, bet: number, meta: Meta, odds: Odds<"slot">): Promise<Recomputed> {
  const stops = await draws(inputs, odds.strips.map((strip) => strip.length));
  const symbols = stops.map((stop, reel) => odds.strips[reel]?.[stop] ?? "");
  const line = odds.pay_table.find(({ symbols: wanted }) =>
    wanted.every((symbol, reel) => symbol === "any" || symbol === symbols[reel]),
  );
  return {
    same: same(stops, meta["stops"]) && same(symbols, meta["symbols"]),
    win: bet * (line?.multiplier ?? 0),
    drawn: stops.map(String),
    result: symbols.join(" · "),
  };
}

async function rps(inputs: DrawInputs, bet: number, meta: Meta, odds: Odds<"rps">): Promise<Recomputed> {
  const [drawn = 0] = await draws(inputs, [odds.draws]);
  const { win, draw } = odds.weights as { readonly win: number; readonly draw: number };
  const outcome = drawn < win ? "win" : drawn < win + draw ? "draw" : "lose";
  const choice = HANDS.findIndex((hand) => hand === meta["choice"]);
  const server = HANDS[(choice + SHIFT[outcome]) % HANDS.length];
  return {
    same: choice >= 0 && server === meta["server_move"],
    win: bet * (odds.pays[outcome] ?? 0),
    drawn: [String(drawn)],
    result: server ?? "",
  };
}

async function gacha(inputs: DrawInputs, meta: Meta, odds: Odds<"gacha">): Promise<Recomputed> {
  const count = Number(meta["count"]);
  const left = new Map(Object.entries((meta["stock_before"] ?? {}) as Record<string, number>));
  const table = new Map(odds.rarities.map((one) => [one.rarity, one]));
  const drawn = await draws(inputs, Array<number>(count).fill(odds.draws));
  let pity = Number(meta["pity_before"]);
  const given = drawn.map((draw) => {
    const rarity = pity + 1 >= odds.hard_pity ? "Legendary" : rarityOf(draw, odds, table);
    const stocked = left.get(rarity);
    const shown: Rarity = stocked === 0 ? "Common" : rarity;
    if (shown === rarity && stocked !== undefined) left.set(rarity, stocked - 1);
    pity = shown === "Legendary" ? 0 : Math.min(pity + 1, odds.hard_pity - 1);
    return shown;
  });
  return {
    same: same(given, meta["rarities"]),
    win: given.reduce((sum, rarity) => sum + (table.get(rarity)?.reward ?? 0), 0),
    drawn: drawn.map(String),
    result: given.join(" · "),
  };
}

function rarityOf(draw: number, odds: Odds<"gacha">, table: ReadonlyMap<Rarity, { readonly weight: number }>): Rarity {
  let past = draw;
  for (const rarity of odds.layout) {
    const weight = table.get(rarity)?.weight ?? 0;
    if (past < weight) return rarity;
    past -= weight;
  }
  throw new RangeError(`draw ${draw} lies past the table`);
}

const pointsOf = (multiplier: unknown): number | null =>
  typeof multiplier === "number" ? Math.round(multiplier * 100) : null;

async function crash(inputs: DrawInputs, bet: number, meta: Meta, odds: Odds<"crash">): Promise<Recomputed> {
  const stream = words(inputs);
  const high = (await stream.next()).value;
  const low = (await stream.next()).value;
  const draw = (BigInt(high) << 32n) | BigInt(low);
  const top = Math.round(odds.multiplier_max * 100);
  const end = Math.min(Number((BigInt(odds.numerator) << DRAW_BITS) / (draw + 1n)), top);
  const left = pointsOf(meta["cashout_point"]);
  const byItself = Math.min(pointsOf(meta["auto_cashout"]) ?? top, top);
  const mustPay = byItself <= end && (left === null || left > byItself);
  const points = mustPay ? byItself : left;
  const paid = points !== null && points <= end ? Math.floor((bet * points) / 100) : 0;
  return {
    same: Math.max(end, 100) / 100 === meta["crash_point"],
    win: meta["status"] === "expired" && !mustPay ? bet : paid,
    drawn: [draw.toString()],
    result: (Math.max(end, 100) / 100).toFixed(2),
  };
}
