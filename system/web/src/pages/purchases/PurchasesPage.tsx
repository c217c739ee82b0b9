/** What the player bought, newest first, each with its receipt. */

import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { usePageTitle } from "../../app/usePageTitle";
import type { Purchase } from "../../api/model";
import { purchases } from "../../api/queries";
import type { MessageKey } from "../../i18n/en";
import { useFormats, useWords } from "../../i18n/text";
import { usePurchases } from "../../realtime/purchases";
import { AsyncView, EmptyState } from "../../ui/AsyncView";
import { Button, LinkButton } from "../../ui/Button";
import { Coin } from "../../ui/Coin";
import { ErrorBanner } from "../../ui/ErrorBanner";
import { SkeletonLines } from "../../ui/Skeleton";
import { Surface } from "../../ui/Surface";
import css from "./PurchasesPage.module.css";
import { ReceiptDialog } from "./ReceiptDialog";

const STATUS: Readonly<Record<Purchase["status"], MessageKey>> = {
  pending: "purchases.pending",
  success: "purchases.success",
  failed: "purchases.failed",
};

/** Looks again when the socket or an answer brought news of a purchase. */
function useFreshness(): void {
  const queries = useQueryClient();
  const version = usePurchases((state) => state.version);
  useEffect(() => {
    if (version > 0) void queries.invalidateQueries({ queryKey: purchases.queryKey });
  }, [version, queries]);
}

export function PurchasesPage() {
  const words = useWords();
  const read = useInfiniteQuery(purchases);
  const [shown, show] = useState<string | null>(null);
  usePageTitle(words("purchases.title"));
  useFreshness();
  return (
    <>
      <h1 className={css["title"]}>{words("purchases.title")}</h1>
      <Surface>
        <AsyncView read={read} skeleton={<SkeletonLines count={5} height="3.5rem" />}>
          {({ pages }) => {
            const made = pages.flatMap((page) => page.items);
            if (made.length === 0) return <Nothing />;
            return (
              <>
                <ul className={css["list"]}>
                  {made.map((purchase) => (
                    <PurchaseRow key={purchase.receipt_code} purchase={purchase} show={show} />
                  ))}
                </ul>
                {read.isFetchNextPageError && <ErrorBanner error={read.error} />}
                {read.hasNextPage && (
                  <Button busy={read.isFetchingNextPage} onClick={() => void read.fetchNextPage()}>
                    {words("history.more")}
                  </Button>
                )}
              </>
            );
          }}
        </AsyncView>
      </Surface>
      {shown && <ReceiptDialog receiptCode={shown} close={() => show(null)} />}
    </>
  );
}

function Nothing() {
  const words = useWords();
  return (
    <EmptyState
      title={words("purchases.empty")}
      text={words("purchases.emptyText")}
      picture={<Coin />}
      action={
        <LinkButton to="/shop" tone="hot">
          {words("purchases.toShop")}
        </LinkButton>
      }
    />
  );
}

interface RowProps {
  readonly purchase: Purchase;
  readonly show: (receiptCode: string) => void;
}

function PurchaseRow({ purchase, show }: RowProps) {
  const words = useWords();
  const { moment, signed, price } = useFormats();
  const { status, refunded } = purchase;
  return (
    <li className={css["row"]} data-receipt={purchase.receipt_code}>
      <strong className={css["name"]}>{purchase.name}</strong>
      <span className={css["gold"]} data-moved={status === "success" || undefined}>
        <Coin /> {signed(purchase.gold)}
      </span>
      <time className={css["time"]} dateTime={purchase.created_at}>
        {moment(purchase.created_at)}
      </time>
      <span className={css["status"]} data-status={status}>
        {words(refunded === "no" ? STATUS[status] : "purchases.refunded")}
        {purchase.amount_cents > 0 && ` · ${price(purchase.amount_cents)}`}
      </span>
      <Button tone="bare" onClick={() => show(purchase.receipt_code)}>
        {words("purchases.receipt")}
      </Button>
    </li>
  );
}
