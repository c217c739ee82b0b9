/** A receipt and its signature. */

import { useQuery } from "@tanstack/react-query";

import { receipt } from "../../api/queries";
import { useFormats, useWords } from "../../i18n/text";
import { AsyncView } from "../../ui/AsyncView";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Figures } from "../../ui/Figure";
import { Hash } from "../../ui/Hash";
import { SkeletonLines } from "../../ui/Skeleton";

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
            <Figures
              figures={[
                { label: words("purchases.what"), value: shown.name },
                { label: words("purchases.gold"), value: signed(shown.gold) },
                { label: words("purchases.paid"), value: price(shown.amount_cents) },
                { label: words("purchases.when"), value: moment(shown.created_at) },
              ]}
            />
            <Hash label={words("purchases.code")} value={shown.receipt_code} />
            <Hash label={words("purchases.signature")} value={signature} />
            <Hash label={words("purchases.key")} value={publicKey} />
          </>
        )}
      </AsyncView>
      <Button onClick={close}>{words("purchases.close")}</Button>
    </Dialog>
  );
}
