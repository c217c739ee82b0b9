/** A limited package: what is left of it, how long it is there, and a code that makes it cheaper. */

import { useId, useState } from "react";

import { answer } from "../../api/client";
import type { LimitedPackage } from "../../api/model";
import type { MessageKey } from "../../i18n/en";
import { useFormats, useWords } from "../../i18n/text";
import { Button } from "../../ui/Button";
import { Coin } from "../../ui/Coin";
import { ErrorBanner } from "../../ui/ErrorBanner";
import { Surface } from "../../ui/Surface";
import { useCountdown } from "../../ui/useClock";
import { api } from "../../wiring";
import css from "./LimitedOffer.module.css";
import { failureText, PAYMENT_METHOD, useBuying } from "./useBuying";

const BLOCKED: Readonly<Record<string, MessageKey>> = {
  NOT_ACTIVE: "shop.blocked.notActive",
  OUT_OF_STOCK: "shop.blocked.outOfStock",
  USER_LIMIT: "shop.blocked.userLimit",
  PROMO_INVALID: "shop.blocked.promoInvalid",
  PROMO_EXHAUSTED: "shop.blocked.promoExhausted",
};

interface OfferProps {
  readonly offer: LimitedPackage;
  /** The server's clock when the offer was read, and ours (milliseconds): the countdown follows the server's. */
  readonly serverTime: string;
  readonly readAt: number;
}

export function LimitedOffer({ offer, serverTime, readAt }: OfferProps) {
  const words = useWords();
  const { number, price } = useFormats();
  const codeField = useId();
  const [code, setCode] = useState("");
  const { buying, uncertain, buy } = useBuying((headers, signal) =>
    answer(
      api.POST("/api/shop/limited/buy", {
        body: {
          packageId: offer.package_id,
          paymentMethod: PAYMENT_METHOD,
          ...(code.trim() && { promoCode: code.trim().toUpperCase() }),
        },
        headers,
        signal,
      }),
    ),
  );
  const reason = buying.data?.reason;
  const gone = offer.stock_left === 0 || offer.user_remaining === 0;
  return (
    <Surface lit="hot" title={offer.name} aside={<Countdown offer={offer} serverTime={serverTime} readAt={readAt} />}>
      <div className={css["offer"]} data-package={offer.package_id}>
        <p className={css["gold"]}>
          <Coin /> {number(offer.gold)}
        </p>
        <p className={css["price"]}>{price(buying.data?.total_price_cents ?? offer.price_cents)}</p>
        <Stock left={offer.stock_left} total={offer.stock_total} />
        <form
          className={css["way"]}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            buy();
          }}
        >
          {!gone && (
            <label className={css["code"]} htmlFor={codeField}>
              <span>{words("shop.promo")}</span>
              <input
                id={codeField}
                value={code}
                maxLength={40}
                autoComplete="off"
                disabled={uncertain}
                onChange={(event) => setCode(event.target.value)}
              />
            </label>
          )}
          <Button type="submit" tone="hot" busy={buying.isPending} disabled={gone}>
            {words(uncertain ? "shop.askAgain" : offer.user_remaining === 0 ? "shop.yours" : "shop.buy")}
          </Button>
        </form>
        {buying.error && <ErrorBanner error={buying.error} />}
        {reason && (
          <p className={css["blocked"]} role="alert">
            {words(BLOCKED[reason] ?? failureText(buying.data?.reason_code ?? null))}
          </p>
        )}
      </div>
    </Surface>
  );
}

function Countdown({ offer, serverTime, readAt }: OfferProps) {
  const words = useWords();
  const { clock, number } = useFormats();
  const end = offer.ends_at ? readAt + Date.parse(offer.ends_at) - Date.parse(serverTime) : Infinity;
  const seconds = useCountdown(end);
  if (!Number.isFinite(seconds)) return null;
  const days = Math.floor(seconds / 86_400);
  const left = days > 0 ? words("shop.days", { count: days }) : clock(seconds);
  return (
    <p className={css["clock"]} data-soon={seconds < 3_600 || undefined} title={number(seconds)}>
      {words("shop.endsIn", { time: left })}
    </p>
  );
}

function Stock({ left, total }: { readonly left: number; readonly total: number }) {
  const words = useWords();
  const id = useId();
  return (
    <div className={css["stock"]}>
      <span id={id}>{left === 0 ? words("shop.soldOut") : words("shop.left", { count: left, total })}</span>
      <meter aria-labelledby={id} min={0} max={total} value={left} />
    </div>
  );
}
