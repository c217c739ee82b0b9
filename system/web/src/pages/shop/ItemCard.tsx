/** What gold buys. */

import { Award, Palette, Zap } from "lucide-react";

import { answer } from "../../api/client";
import type { ShopItem } from "../../api/model";
import { useFormats, useWords } from "../../i18n/text";
import { toast } from "../../ui/Toast";
import { Button } from "../../ui/Button";
import { Coin } from "../../ui/Coin";
import { ErrorBanner } from "../../ui/ErrorBanner";
import { api } from "../../wiring";
import css from "./Goods.module.css";
import { useBuying } from "./useBuying";

const ICONS = { skin: Palette, badge: Award, booster: Zap } as const;
const KINDS = { skin: "shop.skin", badge: "shop.badge", booster: "shop.booster" } as const;

export function ItemCard({ item }: { readonly item: ShopItem }) {
  const words = useWords();
  const { number } = useFormats();
  const { buying, uncertain, buy } = useBuying(async (headers, signal) => {
    const sold = await answer(
      api.POST("/api/shop/items/{item_id}/buy", { params: { path: { item_id: item.id } }, body: {}, headers, signal }),
    );
    toast(words("shop.owned", { name: item.name }));
    // Told here by the item's name, so the receipt itself is no further news.
    return { status: "success" as const, receipt_code: null, new_gold_balance: sold.new_gold_balance };
  });
  const Icon = ICONS[item.kind];
  return (
    <li className={css["item"]} data-item={item.id}>
      <Icon aria-hidden className={css["icon"]} size={26} strokeWidth={1.5} />
      <div>
        <h3 className={css["name"]}>{item.name}</h3>
        <p className={css["note"]}>{words(KINDS[item.kind])}</p>
      </div>
      <Button busy={buying.isPending} onClick={buy}>
        <Coin /> {uncertain ? words("shop.askAgain") : number(item.price_gold)}
        <span className="visually-hidden">{words("shop.buy")}</span>
      </Button>
      {buying.error && <ErrorBanner error={buying.error} />}
    </li>
  );
}
