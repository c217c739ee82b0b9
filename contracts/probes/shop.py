"""Buying: what is answered, the history, the receipt and the gold agree; once a key; and who may not."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contracts.probing import Bench, expect, expect_problem, expect_status, probe
from contracts.target import Player

SHOP = "/api/shop"
PACK, PACK_GOLD, PACK_CENTS = 1001, 1_200, 299
BOOSTER, BADGE = 3201, 3101
PACKAGE, PROMO, PROMO_CENTS = "PKG_NEON_STARTER", "NEON50", 449
REPLAYED = "idempotency-replayed"


def _buy(bench: Bench, player: Player, method: str = "card", **headers: str) -> httpx.Response:
    body = {"product_id": PACK, "payment_method": method}
    return bench.http.post(f"{SHOP}/buy", json=body, headers=player.bearer | headers)


def _receipt(bench: Bench, player: Player, receipt_code: str) -> dict[str, Any]:
    path = f"{SHOP}/transactions/{receipt_code}"
    signed: dict[str, Any] = expect_status(bench.http.get(path, headers=player.bearer), 200)
    return signed


@probe
def gold_for_money(bench: Bench) -> None:
    """A purchase brings its gold once, however often its key comes, and stands in the history."""
    player = bench.target.sign_up()
    before = bench.balance(player)
    first = _buy(bench, player, **{"Idempotency-Key": "pay-1"})
    told = expect_status(first, 200)
    expect((told["status"], told["gold_granted"]) == ("success", PACK_GOLD), f"answered {told}")
    again = _buy(bench, player, **{"X-Idempotency-Key": "pay-1"})
    expect(again.content == first.content and again.headers.get(REPLAYED) == "true", "not answered again")
    expect(bench.balance(player) == before + PACK_GOLD, "the gold is another")
    listed = expect_status(bench.http.get(f"{SHOP}/transactions", headers=player.bearer), 200)["items"]
    expect([row["receipt_code"] for row in listed] == [told["receipt_code"]], f"the history has {listed}")
    other = bench.http.post(
        f"{SHOP}/buy", json={"product_id": 1002}, headers=player.bearer | {"Idempotency-Key": "pay-1"}
    )
    expect_problem(other, 422, "idempotency_key_reused")
    wrong = {"product_id": PACK, "amount": PACK_CENTS - 1}
    problem = expect_problem(
        bench.http.post(f"{SHOP}/buy", json=wrong, headers=player.bearer), 422, "amount_mismatch"
    )
    expect(problem["expected_cents"] == PACK_CENTS, f"the problem says {problem}")


@probe
def signed_receipts(bench: Bench) -> None:
    """Anybody can check a receipt with its public key; nobody else can read it."""
    player, stranger = bench.target.sign_up(), bench.reader
    code = expect_status(_buy(bench, player), 200)["receipt_code"]
    signed = _receipt(bench, player, code)
    key = Ed25519PublicKey.from_public_bytes(b64decode(signed["public_key"]))
    text = json.dumps(signed["receipt"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    try:
        key.verify(b64decode(signed["signature"]), text.encode())
    except InvalidSignature:
        expect(False, "the signature does not hold")
    theirs = bench.http.get(f"{SHOP}/transactions/{code}", headers=stranger.bearer)
    expect_problem(theirs, 404, "receipt_not_found")


@probe
def declined_cards(bench: Bench) -> None:
    """A declined card is an answer, moves nothing, and is answered again the same."""
    player = bench.target.sign_up()
    before = bench.balance(player)
    key = {"Idempotency-Key": "declined-1"}
    told = expect_status(_buy(bench, player, "pm_declined", **key), 200)
    expect(
        (told["success"], told["status"], told["gold_granted"]) == (False, "failed", 0), f"answered {told}"
    )
    expect(expect_status(_buy(bench, player, "pm_declined", **key), 200) == told, "answered otherwise")
    expect(bench.balance(player) == before, "gold moved")


@probe
def a_limited_package(bench: Bench) -> None:
    """The code makes it cheaper; one is all that a player gets; a code that is none buys nothing."""
    player = bench.target.sign_up()
    asked = {"package_id": PACKAGE, "promo_code": "NO-SUCH-CODE"}
    path = f"{SHOP}/limited/buy"
    told = expect_status(bench.http.post(path, json=asked, headers=player.bearer), 200)
    expect((told["success"], told["reason"]) == (False, "PROMO_INVALID"), f"answered {told}")
    asked["promo_code"] = PROMO
    told = expect_status(bench.http.post(path, json=asked, headers=player.bearer), 200)
    if told["reason"] in ("OUT_OF_STOCK", "PROMO_EXHAUSTED", "NOT_ACTIVE"):
        return
    expect((told["success"], told["total_price_cents"]) == (True, PROMO_CENTS), f"answered {told}")
    second = bench.http.post(f"{SHOP}/buy-limited", json={"package_id": PACKAGE}, headers=player.bearer)
    expect(expect_status(second, 200)["reason"] == "USER_LIMIT", f"a second one: {second.text}")


@probe
def items_for_gold(bench: Bench) -> None:
    """Gold buys an item once a key; too little of it buys nothing."""
    player = bench.target.sign_up()
    before = bench.balance(player)
    key = {"Idempotency-Key": "item-1"}
    bought = [
        bench.http.post(f"{SHOP}/items/{BOOSTER}/buy", json={}, headers=player.bearer | key) for _ in range(2)
    ]
    told = [expect_status(answer, 200) for answer in bought]
    expect(told[0] == told[1] and told[0]["gold_spent"] == 500, f"answered {told}")
    expect(bench.balance(player) == before - 500, "the gold is another")
    owned = expect_status(bench.http.get(f"{SHOP}/inventory", headers=player.bearer), 200)["items"]
    expect([item["product_id"] for item in owned] == [BOOSTER], f"the inventory has {owned}")
    short = bench.http.post(f"{SHOP}/items/{BADGE}/buy", json={}, headers=player.bearer)
    expect_problem(short, 402, "insufficient_gold")


@probe
def settled_and_refunded(bench: Bench) -> None:
    """An admin ends a pending purchase as the gateway holds it, and gives money back once; a player may neither."""
    player, admin = bench.target.sign_up(), bench.admin
    before = bench.balance(player)
    waiting = expect_status(_buy(bench, player, "pm_pending_success"), 200)
    expect(waiting["status"] == "pending", f"answered {waiting}")
    path = f"{SHOP}/transactions/{waiting['receipt_code']}"
    expect_problem(bench.http.post(f"{path}/settle", json={}, headers=player.bearer), 403, "role_too_low")
    voided = bench.http.post(f"{path}/settle", json={"outcome": "failed"}, headers=admin.bearer)
    expect(expect_status(voided, 200)["status"] == "failed", f"settled as {voided.text}")
    why = {"reason": "asked by a probe"}
    expect_problem(bench.http.post(f"{path}/refund", json=why, headers=admin.bearer), 409, "not_refundable")
    code = expect_status(_buy(bench, player), 200)["receipt_code"]
    path = f"{SHOP}/transactions/{code}"
    done = [
        expect_status(bench.http.post(f"{path}/refund", json=why, headers=admin.bearer), 200) for _ in "12"
    ]
    expect(done[0] == done[1] and done[0]["status"] == "done", f"refunded as {done}")
    expect(bench.balance(player) == before, "the gold was not taken back")
    expect(_receipt(bench, player, code)["receipt"]["refunded"] == "done", "the receipt does not say so")


@probe
def forged_webhooks(bench: Bench) -> None:
    """Whoever cannot sign is not heard, whatever they say."""
    event = {
        "event_id": "evt_forged",
        "user_id": 1,
        "status": "success",
        "product_id": PACK,
        "receipt_code": "r_forged",
        "amount": PACK_CENTS,
    }
    forged = {"X-Signature": "0" * 64, "X-Timestamp": "1", "X-Nonce": "n"}
    for headers in ({}, forged):
        answer = bench.http.post(f"{SHOP}/webhook/payment", json=event, headers=headers)
        expect_problem(answer, 401, "invalid_signature")
