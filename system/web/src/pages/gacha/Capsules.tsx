/** The capsules of a pull: closed, shaking while the server draws, then open in the light of their rarity. */

import { Gem, Sparkles, Star, Ticket, type LucideIcon } from "lucide-react";

import type { PulledItem } from "../../api/model";
import { useFormats, useWords } from "../../i18n/text";
import { Coin } from "../../ui/Coin";
import css from "./Capsules.module.css";

const ICONS: Readonly<Record<PulledItem["rarity"], LucideIcon>> = {
  Common: Ticket,
  Rare: Star,
  Epic: Sparkles,
  Legendary: Gem,
};

interface CapsulesProps {
  readonly items: readonly PulledItem[];
  readonly opened: number;
  readonly shaking: boolean;
}

export function Capsules({ items, opened, shaking }: CapsulesProps) {
  const closed = items.length === 0;
  return (
    <ul className={css["capsules"]} data-count={items.length || 1} data-shaking={shaking || undefined}>
      {closed ? (
        <li className={css["capsule"]} data-closed aria-hidden>
          <span className={css["shell"]} />
        </li>
      ) : (
        items.map((item, place) => <Capsule key={place} item={item} open={place < opened} />)
      )}
    </ul>
  );
}

function Capsule({ item, open }: { readonly item: PulledItem; readonly open: boolean }) {
  const words = useWords();
  const { number } = useFormats();
  const Icon = ICONS[item.rarity];
  if (!open) {
    return (
      <li className={css["capsule"]} data-closed aria-hidden>
        <span className={css["shell"]} />
      </li>
    );
  }
  return (
    <li
      className={css["capsule"]}
      data-rarity={item.rarity}
      data-animation={item.animation_type}
      data-near={item.near_miss || undefined}
    >
      <Icon aria-hidden className={css["icon"]} strokeWidth={1.3} />
      <span className={css["rarity"]}>{words(`gacha.${item.rarity}`)}</span>
      <span className={css["reward"]}>
        <Coin /> {number(item.reward)}
      </span>
      {item.near_miss && <span className={css["near"]}>{words("gacha.near")}</span>}
    </li>
  );
}
