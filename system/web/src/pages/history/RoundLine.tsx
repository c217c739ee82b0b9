/** What a round came to, in one line: symbols, hands, capsules or the curve's end. */

import { Gem, Rocket, Sparkles, Star, Ticket } from "lucide-react";

import type { PulledItem, Round } from "../../api/model";
import { useFormats, useWords } from "../../i18n/text";
import { SlotSymbol, symbolName } from "../../ui/SlotSymbol";
import { HAND_ICONS, isHand } from "../rps/hands";
import css from "./RoundList.module.css";

type Meta = Round["result_meta"];
type Rarity = PulledItem["rarity"];

const RARITY_ICONS = { Common: Ticket, Rare: Star, Epic: Sparkles, Legendary: Gem } as const;
const BEST_FIRST: readonly Rarity[] = ["Legendary", "Epic", "Rare", "Common"];

function textsOf(meta: Meta, name: string): readonly string[] {
  const value: unknown = meta[name];
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

export function RoundLine({ round: { game_type: game, result_meta: meta } }: { readonly round: Round }) {
  if (game === "slot") return <Symbols symbols={textsOf(meta, "symbols")} />;
  if (game === "rps") return <Hands meta={meta} />;
  if (game === "gacha") return <Capsules rarities={textsOf(meta, "rarities")} />;
  return <End meta={meta} />;
}

function Symbols({ symbols }: { readonly symbols: readonly string[] }) {
  const words = useWords();
  return (
    <>
      <span className="visually-hidden">{symbols.map((symbol) => symbolName(symbol, words)).join(", ")}</span>
      {symbols.map((symbol, place) => (
        <SlotSymbol key={place} name={symbol} className={css["symbol"]} />
      ))}
    </>
  );
}

function Hands({ meta }: { readonly meta: Meta }) {
  const words = useWords();
  const hands = [meta["choice"], meta["server_move"]].filter(isHand);
  return (
    <>
      <span className="visually-hidden">{hands.map((hand) => words(`rps.${hand}`)).join(" – ")}</span>
      {hands.map((hand, place) => {
        const Icon = HAND_ICONS[hand];
        return <Icon key={place} aria-hidden size={22} strokeWidth={1.5} />;
      })}
    </>
  );
}

function Capsules({ rarities }: { readonly rarities: readonly string[] }) {
  const words = useWords();
  const { number } = useFormats();
  return BEST_FIRST.map((rarity) => {
    const count = rarities.filter((one) => one === rarity).length;
    const Icon = RARITY_ICONS[rarity];
    if (count === 0) return null;
    return (
      <span key={rarity} className={css["mark"]}>
        <Icon aria-hidden size={18} strokeWidth={1.5} />
        <span className="visually-hidden">{words(`gacha.${rarity}`)}</span> {number(count)}
      </span>
    );
  });
}

function End({ meta }: { readonly meta: Meta }) {
  const words = useWords();
  const end = typeof meta["crash_point"] === "number" ? meta["crash_point"] : 1;
  return (
    <span className={css["mark"]}>
      <Rocket aria-hidden size={18} strokeWidth={1.5} />
      {words("crash.endedAt", { at: end.toFixed(2) })}
    </span>
  );
}
