/** A receipt and its signature. */

import { useQuery } from "@tanstack/react-query";

import { receipt } from "../../api/queries";
import type { MessageKey } from "../../i18n/en";
import { useFormats, useWords } from "../../i18n/text";
import { AsyncView } from "../../ui/AsyncView";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Hash } from "../../ui/Hash";
import { SkeletonLines } from "../../ui/Skeleton";
import css from "./ReceiptDialog.module.css";

interface ReceiptDialogProps {
  readonly receiptCode: string;
  readonly close: () => void;
}

export function ReceiptDialog({ receiptCode, close }: ReceiptDialogProps) {
  const words = useWords();
  const { moment, price, signed } = useFormats();
  const read = useQuery(receipt(receiptCode));
  return (
    <Dialog open title={words("purchases.receipt")} close={close}>
      <AsyncView read={read} skeleton={<SkeletonLines count={4} height="2rem" />}>
        {({ receipt: shown, signature, public_key: publicKey }) => (
          <>
            <dl className={css["bill"]}>
              <Line name="purchases.what" value={shown.name} />
              <Line name="purchases.gold" value={signed(shown.gold)} />
              {shown.amount_cents > 0 && <Line name="purchases.paid" value={price(shown.amount_cents)} />}
              {shown.promo_code !== null && <Line name="shop.promo" value={shown.promo_code} />}
              <Line name="purchases.when" value={moment(shown.created_at)} />
            </dl>
            <div className={css["proof"]}>
              <Hash label={words("purchases.code")} value={shown.receipt_code} />
              <Hash label={words("purchases.signature")} value={signature} />
              <Hash label={words("purchases.key")} value={publicKey} />
            </div>
          </>
        )}
      </AsyncView>
      <Button onClick={close}>{words("purchases.close")}</Button>
    </Dialog>
  );
}

function Line({ name, value }: { readonly name: MessageKey; readonly value: string }) {
  const words = useWords();
  return (
    <div>
      <dt>{words(name)}</dt>
      <dd>{value}</dd>
    </div>
  );
}
