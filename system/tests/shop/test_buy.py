"""Purchases: what each behaviour of the gateway comes to, once for each key."""

import asyncio

import pytest
from fastapi import FastAPI
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from casino.identity.errors import RankTooLow
from casino.kit.database import Database
from casino.kit.errors import IdempotencyInProgress, IdempotencyKeyReused
from casino.kit.settings import Settings
from casino.shop.errors import AmountMismatch, ProductNotFound
from casino.shop.jobs import resolve_pending
from casino.shop.models import ShopTransaction
from casino.shop.schemas import BuyAsked
from casino.shop.service import Shop
from paygate.plan import Plan
from tests.factories.gateways import a_gateway
from tests.factories.log import facts_of
from tests.factories.players import a_player
from tests.shop.purchases import answered, books_of, bought


async def due_now(database: Database, user_id: int) -> None:
    """The user's pending purchases are in nobody's hand, and due."""
    async with database.transaction() as connection:
        waiting = update(ShopTransaction).where(
            ShopTransaction.user_id == user_id, ShopTransaction.status == "pending"
        )
        await connection.execute(waiting.values(look_at=text("now() - interval '1 second'")))


async def test_a_purchase_grants_once_and_its_key_answers_for_ever(
    shop: Shop, database: Database, paygate: FastAPI
) -> None:
    """One capture, one grant, one receipt; the same key gets the same answer, word for word."""
    user = await a_player(database, gold=1_000)
    asked = BuyAsked(product_id=1001)
    first, replayed = await answered(shop.till, user, asked, key="k")
    assert (first.success, first.gold_granted, first.new_gold_balance, replayed) == (
        True,
        1_200,
        2_200,
        False,
    )
    again, replayed = await answered(shop.till, user, asked, key="k")
    assert (again, replayed) == (first, True)
    books = await books_of(database, paygate, user)
    assert (books.purchases, books.grants, books.captured) == ({"success": 1}, 1, 1)


async def test_a_key_is_for_one_request(shop: Shop, database: Database) -> None:
    """The key of another purchase is refused, whatever it asks for."""
    user = await a_player(database)
    await bought(shop.till, user, key="k")
    with pytest.raises(IdempotencyKeyReused):
        await bought(shop.till, user, key="k", product_id=1002)


async def test_racing_repeats_make_one_purchase(shop: Shop, database: Database, paygate: FastAPI) -> None:
    """Twenty requests with one key: one is made, the others wait or get its answer."""
    user = await a_player(database, gold=0)
    answers = await asyncio.gather(
        *(bought(shop.till, user, "pm_slow", key="k") for _ in range(20)), return_exceptions=True
    )
    made = [answer for answer in answers if not isinstance(answer, BaseException)]
    assert made and all(answer == made[0] for answer in made), answers
    assert all(isinstance(a, IdempotencyInProgress) for a in answers if isinstance(a, BaseException))
    books = await books_of(database, paygate, user)
    assert (books.purchases, books.grants, books.captured, books.balance) == ({"success": 1}, 1, 1, 1_200)


async def test_a_declined_card_is_an_answer(shop: Shop, database: Database, paygate: FastAPI) -> None:
    """Nothing is granted or captured, and the key goes on saying so."""
    user = await a_player(database, gold=1_000)
    first = await bought(shop.till, user, "pm_declined", key="k")
    assert (first.success, first.status, first.reason_code) == (False, "failed", "CARD_DECLINED")
    assert (first.gold_granted, first.new_gold_balance) == (0, 1_000)
    assert await bought(shop.till, user, "pm_declined", key="k") == first
    assert (await books_of(database, paygate, user)).captured == 0


@pytest.mark.parametrize("method", ["pm_timeout", "pm_error_after_capture"])
async def test_an_unknown_outcome_is_pending_then_asked(
    shop: Shop, database: Database, paygate: FastAPI, method: str
) -> None:
    """What the gateway did not say is not guessed: asked again, it turns out well, once."""
    user = await a_player(database, gold=0)
    first = await bought(shop.till, user, method, key="k")
    assert (first.status, first.reason_code, first.gold_granted) == ("pending", "AWAITING_GATEWAY", 0)
    await due_now(database, user)
    await resolve_pending(database, shop, void_seconds=900)
    again = await bought(shop.till, user, method, key="k")
    assert (again.status, again.gold_granted, again.new_gold_balance) == ("success", 1_200, 1_200)
    books = await books_of(database, paygate, user)
    assert (books.grants, books.captured) == (1, 1)


@pytest.mark.parametrize(
    ("method", "ends"), [("pm_pending_success", "success"), ("pm_pending_failed", "failed")]
)
async def test_the_buyer_who_asks_again_moves_a_pending_purchase(
    settings: Settings, shop: Shop, database: Database, paygate: FastAPI, method: str, ends: str
) -> None:
    """A pending answer is not frozen: the key asks the gateway, and gets what it says by then."""
    user = await a_player(database, gold=0)
    paygate.state.gateway.plan = Plan(pending_seconds=0.1)
    assert (await bought(shop.till, user, method, key="k")).status == "pending"
    await asyncio.sleep(0.15)
    assert (await bought(shop.till, user, method, key="k")).status == ends
    books = await books_of(database, paygate, user)
    assert (books.purchases, books.grants) == ({ends: 1}, int(ends == "success"))


async def test_an_old_pending_purchase_is_voided(shop: Shop, database: Database, paygate: FastAPI) -> None:
    """The gateway is told to forget it before we call it failed; nothing can be captured later."""
    user = await a_player(database, gold=0)
    first = await bought(shop.till, user, "pm_pending_success", key="k")
    await due_now(database, user)
    await resolve_pending(database, shop, void_seconds=0)
    again = await bought(shop.till, user, "pm_pending_success", key="k")
    assert (again.status, again.reason_code) == ("failed", "VOIDED")
    assert paygate.state.gateway.charges.find(first.receipt_code).status == "voided"


async def test_a_gateway_that_is_not_there_fails_at_once(
    settings: Settings, shop: Shop, database: Database
) -> None:
    """Nothing was sent, so nothing is guessed in failing the purchase."""
    import httpx

    def unreachable(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    user = await a_player(database)
    shop.gateway._client._transport = httpx.MockTransport(unreachable)
    answer = await bought(shop.till, user)
    assert (answer.status, answer.reason_code) == ("failed", "GATEWAY_UNAVAILABLE")


async def test_an_error_before_anything_happened_ends_as_voided(
    shop: Shop, database: Database, paygate: FastAPI
) -> None:
    """The gateway never heard of it when it is asked: the charge is voided ahead of its time, the purchase fails."""
    user = await a_player(database)
    assert (await bought(shop.till, user, "pm_error", key="k")).status == "pending"
    await due_now(database, user)
    await resolve_pending(database, shop, void_seconds=900)
    assert (await bought(shop.till, user, "pm_error", key="k")).reason_code == "VOIDED"


async def test_what_may_not_be_bought(shop: Shop, database: Database) -> None:
    """Unknown and second-catalogue products, items, ranks and wrong amounts are refused before anything is charged."""
    user = await a_player(database)
    for product_id in (9_999, 2_001, 3_001):
        with pytest.raises(ProductNotFound):
            await bought(shop.till, user, product_id=product_id)
    with pytest.raises(RankTooLow):
        await bought(shop.till, user, product_id=1004)
    with pytest.raises(AmountMismatch):
        await answered(shop.till, user, BuyAsked(product_id=1001, amount=298))
    vip, _ = await answered(shop.till, user, BuyAsked(product_id=1004, amount=5999), rank="VIP")
    assert vip.success
    two, _ = await answered(shop.till, user, BuyAsked(product_id=1001, quantity=2, amount=598))
    assert two.gold_granted == 2_400


async def test_a_purchase_moves_once_in_the_database(shop: Shop, database: Database) -> None:
    """No statement, by whatever hand, reopens, changes or deletes a purchase that ended."""
    user = await a_player(database)
    receipt = (await bought(shop.till, user)).receipt_code
    for statement in (
        "UPDATE shop_transactions SET status = 'failed', reason_code = 'X' WHERE receipt_code = :receipt",
        "UPDATE shop_transactions SET charge_id = 'another' WHERE receipt_code = :receipt",
        "DELETE FROM shop_transactions WHERE receipt_code = :receipt",
    ):
        with pytest.raises(DBAPIError, match="it moves once"):
            async with database.transaction() as connection:
                await connection.execute(text(statement), {"receipt": receipt})
    pending = (await bought(shop.till, user, "pm_pending_success")).receipt_code
    with pytest.raises(DBAPIError, match="never changes"):
        async with database.transaction() as connection:
            change = "UPDATE shop_transactions SET amount_cents = 1 WHERE receipt_code = :receipt"
            await connection.execute(text(change), {"receipt": pending})


async def test_sockets_hear_of_every_branch(shop: Shop, database: Database) -> None:
    """Success, decline, pending and reuse each leave a fact; the one that moved gold tells the balance."""
    user = await a_player(database, gold=0)
    await bought(shop.till, user, key="a")
    await bought(shop.till, user, key="a")
    await bought(shop.till, user, "pm_declined", key="b")
    await bought(shop.till, user, "pm_pending_success", key="c")
    facts = [fact for fact in await facts_of(database, user) if fact.type == "shop.purchase_updated"]
    told = [(fact.data["status"], fact.data.get("balance"), fact.messages) for fact in facts]
    assert told == [
        ("success", 1_200, 3),
        ("idempotent_reuse", None, 1),
        ("failed", None, 1),
        ("pending", None, 1),
    ]


async def test_the_breaker_spares_a_gateway_that_fails(database: Database, paygate: FastAPI) -> None:
    """After repeated failures calls end without a wait; a success closes the breaker again."""
    from casino.shop.gateway import NotSent, OutcomeUnknown

    gateway = a_gateway(paygate, attempts_max=8)
    paygate.state.gateway.plan = Plan(down=True)
    for _ in range(8):
        # How many attempts fit before the deadline depends on the jitter between them.
        with pytest.raises((OutcomeUnknown, NotSent)):
            await gateway.find("r_1")
    with pytest.raises(NotSent):
        await gateway.find("r_1")
    paygate.state.gateway.plan = Plan()
    gateway._breaker._closed_from = 0.0
    assert await gateway.find("r_1") is None
    await gateway.close()


async def test_stored_rows_say_what_was_paid(shop: Shop, database: Database) -> None:
    """The purchase names its charge, its transfer and the balance after it."""
    user = await a_player(database, gold=5)
    answer = await bought(shop.till, user)
    async with database.snapshot() as connection:
        row = (
            await connection.execute(
                select(*ShopTransaction.__table__.columns).where(
                    ShopTransaction.receipt_code == answer.receipt_code
                )
            )
        ).one()
    assert (row.charge_id, row.transfer_seq, row.balance_after) == (answer.charge_id, 2, 1_205)
    assert (row.amount_cents, row.gold, row.look_at) == (299, 1_200, None)
