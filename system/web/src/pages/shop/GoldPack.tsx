/** Gold for money: how much, what it costs now, and the way to it. */

import { answer } from "../../api/client";
import type { Product } from "../../api/model";
import { useFormats, useWords } from "../../i18n/text";
import { useLive } from "../../realtime/live";
import { Button } from "../../ui/Button";
import { Coin } from "../../ui/Coin";
import { ErrorBanner } from "../../ui/ErrorBanner";
import { api } from "../../wiring";
import css from "./Goods.module.css";
import { failureText, PAYMENT_METHOD, useBuying } from "./useBuying";

const RANKS = ["STANDARD", "PREMIUM", "VIP"];

export function GoldPack({ product }: { readonly product: Product }) {
  const words = useWords();
  const { number, price, date } = useFormats();
  const rank = useLive((state) => state.profile?.rank ?? "STANDARD");
  const { buying, uncertain, buy } = useBuying((headers, signal) =>
    answer(
      api.POST("/api/shop/buy", {
        body: { productId: product.id, quantity: 1, amount: product.discounted_price_cents, paymentMethod: PAYMENT_METHOD },
        headers,
        signal,
      }),
    ),
  );
  const reduced = product.discounted_price_cents < product.price_cents;
  const locked = RANKS.indexOf(rank) < RANKS.indexOf(product.min_rank);
  return (
    <li className={css["pack"]} data-product={product.id}>
      <h3 className={css["name"]}>{product.name}</h3>
      <p className={css["gold"]}>
        <Coin /> {number(product.gold)}
      </p>
      <p className={css["price"]}>
        {reduced && <s>{price(product.price_cents)}</s>} {price(product.discounted_price_cents)}
      </p>
      {reduced && product.discount_ends_at && (
        <p className={css["note"]}>{words("shop.discountUntil", { date: date(product.discount_ends_at) })}</p>
      )}
      {locked ? (
        <p className={css["note"]}>{words("shop.needsRank", { rank: product.min_rank })}</p>
      ) : (
        <Button tone="hot" busy={buying.isPending} onClick={buy}>
          {words(uncertain ? "shop.askAgain" : "shop.buy")}
        </Button>
      )}
      {buying.error && <ErrorBanner error={buying.error} />}
      {buying.data?.status === "failed" && <p className={css["failed"]}>{words(failureText(buying.data.reason_code))}</p>}
    </li>
  );
}
