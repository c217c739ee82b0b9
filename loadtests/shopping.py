"""A player in the shop: what it asks, what makes the answer right, and a payment whose end it does not know yet."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from loadtests.account import Account
from loadtests.exchange import Answer, Ask, Purchase

BUY_PATH = "/api/shop/buy"
# What the seeded catalogue sells: product, gold, cents.
PRODUCTS = ((1001, 1200, 299), (1002, 2400, 599), (1003, 5000, 1299))
# Mostly cards that work; some that do not, and some that take their time.
METHODS = ("card", "card", "card", "card", "pm_declined", "pm_slow", "pm_pending_success")


def browse(*_: object) -> Ask:
    """The catalogue; what this room buys must be on sale at the price it knows."""

    def check(answer: Answer) -> list[str]:
        listed = {product["id"]: product for product in answer.document()["products"]}
        return [
            f"product {product} is not {gold} gold for {cents} cents"
            for product, gold, cents in PRODUCTS
            if product not in listed
            or (listed[product]["gold"], listed[product]["price_cents"]) != (gold, cents)
        ]

    return Ask("GET", "/api/shop/catalog", check=check)


def look_at_limited(*_: object) -> Ask:
    """The limited packages; none may have more pieces left than there ever were."""

    def check(answer: Answer) -> list[str]:
        return [
            f"{package['package_id']} has {package['stock_left']} left of {package['stock_total']}"
            for package in answer.document()["packages"]
            if not 0 <= package["stock_left"] <= package["stock_total"]
        ]

    return Ask("GET", "/api/shop/limited", check=check)


def buy(account: Account, rng: Random) -> Ask:
    """Pay for gold, or ask again how the payment in doubt stands."""
    if account.unpaid is not None:
        return pay(account, account.unpaid)
    product, gold, cents = rng.choice(PRODUCTS)
    return pay(account, Purchase(account.new_key(), product, gold, cents, rng.choice(METHODS)))


def pay(account: Account, purchase: Purchase) -> Ask:
    """The request of a purchase: the same bytes each time it is sent."""
    return Ask(
        "POST",
        BUY_PATH,
        purchase.body,
        key=purchase.key,
        check=lambda answer: account.book_purchase(purchase, answer),
        purchase=purchase,
    )


def replay_purchase(account: Account, _: Random) -> Ask:
    """Send the last purchase that ended again: the same answer must come back, byte for byte, and say so."""
    ended = account.bought
    if ended is None or account.unpaid is not None:
        return browse()

    def check(answer: Answer) -> list[str]:
        wrong = [] if answer.replayed else ["repeat of a purchase not marked Idempotency-Replayed"]
        if answer.content != ended.content:
            wrong.append(f"repeat answered {answer.content[:200]!r}, first {ended.content[:200]!r}")
        return wrong

    return Ask("POST", BUY_PATH, ended.body, key=ended.key, check=check, replays=True)


def read_purchases(account: Account, _: Random) -> Ask:
    """The own purchases; the last one that ended must be among the newest, with its status."""

    def check(answer: Answer) -> list[str]:
        ended = account.bought
        shown: Mapping[str, str] = {
            item["receipt_code"]: item["status"] for item in answer.document()["items"]
        }
        if ended is None or ended.receipt is None or shown.get(ended.receipt) == ended.status:
            return []
        return [f"receipt {ended.receipt} is shown {shown.get(ended.receipt)}, not {ended.status}"]

    return Ask("GET", "/api/shop/transactions?limit=10", check=check)
