/** Purchases are told once, in whatever order their news come. */

import { beforeEach, expect, it } from "vitest";

import { forgetPurchases, hearPurchase, isAboutPurchase, learnPurchases, notePurchase, usePurchases } from "./purchases";

const heard = (receipt: string, status: string) =>
  hearPurchase({ id: 1, type: "purchase_update", data: { receipt_code: receipt, status }, timestamp: "" });

beforeEach(forgetPurchases);

it("tells an end once, from the answer or from the socket", () => {
  expect(notePurchase("a", "success")).toBe(true);
  heard("a", "success");
  expect(notePurchase("a", "success")).toBe(false);
  expect(usePurchases.getState()).toMatchObject({ pending: [], told: ["a"], version: 1 });
});

it("keeps a pending purchase until it ends, and never reopens it", () => {
  heard("a", "pending");
  heard("b", "pending");
  expect(usePurchases.getState().pending).toEqual(["a", "b"]);
  heard("a", "failed");
  heard("a", "pending");
  expect(usePurchases.getState()).toMatchObject({ pending: ["b"], told: ["a"] });
});

it("leaves alone what is no end of a purchase", () => {
  heard("a", "idempotent_reuse");
  hearPurchase({ id: 1, type: "purchase_update", data: { status: "insufficient_funds" }, timestamp: "" });
  hearPurchase({ id: 1, type: "user_action", data: { receipt_code: "a", status: "success" }, timestamp: "" });
  expect(usePurchases.getState()).toMatchObject({ pending: [], told: [], version: 0 });
});

it("learns after a reload what waits, and after a gap what has ended", () => {
  heard("a", "pending");
  heard("b", "success");
  learnPurchases([
    { receipt_code: "c", status: "pending" },
    { receipt_code: "b", status: "pending" },
    { receipt_code: "a", status: "failed" },
    { receipt_code: "z", status: "success" },
  ]);
  expect(usePurchases.getState()).toMatchObject({ pending: ["c"], told: ["a", "b"] });
  const { version } = usePurchases.getState();
  learnPurchases([{ receipt_code: "c", status: "pending" }]);
  expect(usePurchases.getState()).toMatchObject({ pending: ["c"], version });
});

it("knows the notifications that repeat what it told", () => {
  const notice = (code: string) => ({ title: "", body: "", data: { code } });
  expect(["purchase_success", "purchase_failed", "new_device"].map((code) => isAboutPurchase(notice(code)))).toEqual([
    true,
    true,
    false,
  ]);
});
