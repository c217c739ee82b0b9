/** What becomes of purchases: each end is told once, whether the answer or the socket brings it first. */

import { create } from "zustand";

import type { MessageKey } from "../i18n/en";
import { useLanguage } from "../i18n/language";
import { wordsOf } from "../i18n/text";
import { toast } from "../ui/Toast";
import type { SyncMessage } from "./message";
import type { Written } from "./notice-text";

const ENDS_REMEMBERED = 100;

interface PurchaseState {
  /** Receipts the gateway has not ended yet. */
  readonly pending: readonly string[];
  /** Receipts whose end was told. */
  readonly told: readonly string[];
  /** Counts what changed, so that lists of purchases know when to look again. */
  readonly version: number;
}

const EMPTY: PurchaseState = { pending: [], told: [], version: 0 };

export const usePurchases = create<PurchaseState>(() => EMPTY);

export type PurchaseStatus = "pending" | "success" | "failed";

const TOLD: Readonly<Record<PurchaseStatus, MessageKey>> = {
  pending: "shop.told.pending",
  success: "shop.told.success",
  failed: "shop.told.failed",
};

function isStatus(value: unknown): value is PurchaseStatus {
  return value === "pending" || value === "success" || value === "failed";
}

/** Takes the news of one purchase; true when it was news. */
export function notePurchase(receipt: string, status: PurchaseStatus): boolean {
  const { pending, told, version } = usePurchases.getState();
  if (told.includes(receipt) || (status === "pending" && pending.includes(receipt))) return false;
  const others = pending.filter((known) => known !== receipt);
  usePurchases.setState(
    status === "pending"
      ? { pending: [...others, receipt], version: version + 1 }
      : { pending: others, told: [receipt, ...told].slice(0, ENDS_REMEMBERED), version: version + 1 },
  );
  const { language, dictionary } = useLanguage.getState();
  toast(wordsOf(language, dictionary)(TOLD[status]));
  return true;
}

interface Listed {
  readonly receipt_code: string;
  readonly status: PurchaseStatus;
}

/** Takes purchases as the server lists them, after a reload or a gap: what waits is counted, what has ended is told. */
export function learnPurchases(listed: readonly Listed[]): void {
  const { pending, told, version } = usePurchases.getState();
  const unheard = listed
    .filter(({ receipt_code, status }) => status === "pending" && !pending.includes(receipt_code) && !told.includes(receipt_code))
    .map(({ receipt_code }) => receipt_code);
  if (unheard.length > 0) usePurchases.setState({ pending: [...pending, ...unheard], version: version + 1 });
  for (const { receipt_code, status } of listed) {
    if (status !== "pending" && pending.includes(receipt_code)) notePurchase(receipt_code, status);
  }
}

/** Hears the socket. Reuses of a key and refusals are the answer's to tell. */
export function hearPurchase({ type, data }: SyncMessage): void {
  const { receipt_code: receipt, status } = data;
  if (type === "purchase_update" && typeof receipt === "string" && isStatus(status)) notePurchase(receipt, status);
}

/** Whether a notification repeats, for the inbox, how a purchase ended. */
export function isAboutPurchase({ data }: Written): boolean {
  return data["code"] === "purchase_success" || data["code"] === "purchase_failed";
}

/** Forgets everything at log-out. */
export function forgetPurchases(): void {
  usePurchases.setState(EMPTY);
}
