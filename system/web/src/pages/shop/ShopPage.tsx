/** The shop: limited packages while they last, gold, and what gold buys. */

import { useQuery } from "@tanstack/react-query";

import { usePageTitle } from "../../app/usePageTitle";
import { catalogue, limited } from "../../api/queries";
import { useWords } from "../../i18n/text";
import { usePurchases } from "../../realtime/purchases";
import { AsyncView } from "../../ui/AsyncView";
import { Banner } from "../../ui/Banner";
import { LinkButton } from "../../ui/Button";
import { SkeletonLines } from "../../ui/Skeleton";
import { GoldPack } from "./GoldPack";
import { ItemCard } from "./ItemCard";
import { LimitedOffer } from "./LimitedOffer";
import css from "./ShopPage.module.css";

export function ShopPage() {
  const words = useWords();
  const waiting = usePurchases((state) => state.pending.length);
  usePageTitle(words("nav.shop"));
  return (
    <>
      <header className={css["head"]}>
        <h1>{words("shop.title")}</h1>
        <LinkButton to="/purchases" tone="bare">
          {words("shop.history")}
        </LinkButton>
      </header>
      {waiting > 0 && <Banner>{words("shop.waiting", { count: waiting })}</Banner>}
      <Offers />
      <Shelves />
      <p className={css["free"]}>{words("shop.free")}</p>
    </>
  );
}

function Offers() {
  const words = useWords();
  const read = useQuery(limited);
  return (
    <AsyncView read={read} skeleton={<SkeletonLines count={1} height="11rem" />}>
      {({ packages, server_time: serverTime }) =>
        packages.length > 0 && (
          <section className={css["offers"]} aria-label={words("shop.limited")}>
            {packages.map((offer) => (
              <LimitedOffer key={offer.package_id} offer={offer} serverTime={serverTime} readAt={read.dataUpdatedAt} />
            ))}
          </section>
        )
      }
    </AsyncView>
  );
}

function Shelves() {
  const words = useWords();
  const read = useQuery(catalogue);
  return (
    <AsyncView read={read} skeleton={<SkeletonLines count={3} height="7rem" />}>
      {({ products, items }) => (
        <>
          <h2 className={css["shelf"]}>{words("shop.gold")}</h2>
          <ul className={css["packs"]}>
            {products.map((product) => (
              <GoldPack key={product.id} product={product} />
            ))}
          </ul>
          <h2 className={css["shelf"]}>{words("shop.items")}</h2>
          <ul className={css["items"]}>
            {items.map((item) => (
              <ItemCard key={item.id} item={item} />
            ))}
          </ul>
        </>
      )}
    </AsyncView>
  );
}
