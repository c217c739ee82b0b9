"""HTTP in and out of the shop."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Request, Response

from casino.identity.service import CurrentUser, Principal, require_role
from casino.kit import tracing
from casino.kit.database import Database
from casino.kit.http.edge import exchange_of
from casino.kit.http.once import RequestKey, given, keyed
from casino.kit.http.resources import resource
from casino.kit.http.validation import read_json
from casino.kit.http.wire import Cursor, Limit, Page, problems, read_cursor
from casino.kit.idempotency import KeyedRequest, OnceAnswered, checked_key
from casino.kit.receipts import ReceiptSigner, Signed
from casino.shop import service
from casino.shop.buy import bought, intent_of
from casino.shop.cashier import Intent, Paid
from casino.shop.schemas import (
    ID_MAX,
    Bought,
    BuyAsked,
    Catalogue,
    ItemAsked,
    ItemBought,
    LimitedAsked,
    LimitedBought,
    Owned,
    Packages,
    PurchaseReceipt,
    ReceiptCode,
    RefundAsked,
    Refunded,
    SettleAsked,
    Transaction,
    WebhookEvent,
    WebhookTaken,
)
from casino.shop.service import ItemIntent, Shop
from casino.shop.webhook import Envelope, check_envelope

router = APIRouter(prefix="/api/shop", tags=["shop"])
Db = Annotated[Database, resource(Database)]
TheShop = Annotated[Shop, resource(Shop)]
Signer = Annotated[ReceiptSigner, resource(ReceiptSigner)]
Admin = Annotated[Principal, require_role("admin")]
Code = Annotated[ReceiptCode, Path(description="As the purchase was answered.")]


@router.get("/items", operation_id="shop_items_v1", responses=problems(401, 429))
@router.get("/catalog", operation_id="shop_catalog_v1", responses=problems(401, 429))
async def catalogue(_: CurrentUser, database: Db, shop: TheShop) -> Catalogue:
    """Everything on sale: gold for money, and items for gold."""
    async with database.snapshot() as connection:
        return await service.catalogue(connection, economy=shop.till.economy)


@router.post(
    "/buy",
    operation_id="shop_buy_v1",
    response_model=Bought,
    responses=problems(401, 403, 404, 409, 415, 422, 429, 503),
)
async def buy(
    request: Request, asked: BuyAsked, user: CurrentUser, shop: TheShop, header_key: RequestKey
) -> Response:
    """Pays for gold, once for each idempotency key. A declined card is an answer, not an error."""
    intent = _intent(request, asked, user, header_key)
    answer, replayed = await service.buy(shop.till, user, asked, intent)
    return given(OnceAnswered(answer.model_dump_json(), replayed))


@router.post(
    "/items/{item_id}/buy",
    operation_id="shop_buy_item_v1",
    response_model=ItemBought,
    responses=problems(401, 402, 403, 404, 409, 415, 422, 429, 503),
)
async def buy_item(
    request: Request,
    item_id: Annotated[int, Path(ge=1, le=ID_MAX)],
    asked: ItemAsked,
    user: CurrentUser,
    shop: TheShop,
    header_key: RequestKey,
) -> Response:
    """Spends gold on an item, once for each idempotency key."""
    intent = ItemIntent(
        buyer=user,
        item_id=item_id,
        request=_keyed(request, asked, user, header_key),
        traceparent=_traceparent(request),
    )
    return given(await service.buy_item(shop.till, intent))


@router.get("/limited", operation_id="shop_limited_v1", responses=problems(401, 429))
async def limited(user: CurrentUser, database: Db) -> Packages:
    """The limited packages on sale now, with their stock and what you may still buy."""
    async with database.snapshot() as connection:
        return await service.packages_on_sale(connection, user.user_id)


@router.post(
    "/buy-limited",
    operation_id="shop_buy_limited_alias_v1",
    response_model=LimitedBought,
    responses=problems(401, 403, 404, 409, 415, 422, 429, 503),
)
@router.post(
    "/limited/buy",
    operation_id="shop_buy_limited_v1",
    response_model=LimitedBought,
    responses=problems(401, 403, 404, 409, 415, 422, 429, 503),
)
async def buy_limited(
    request: Request, asked: LimitedAsked, user: CurrentUser, shop: TheShop, header_key: RequestKey
) -> Response:
    """Pays for a piece of a limited package. What keeps you from it is an answer, not an error."""
    intent = _intent(request, asked, user, header_key)
    answer, replayed = await service.buy_limited(shop.till, shop.gate, asked, intent)
    return given(OnceAnswered(answer.model_dump_json(), replayed))


@router.get("/inventory", operation_id="shop_inventory_v1", responses=problems(401, 422, 429))
async def inventory(user: CurrentUser, database: Db, limit: Limit = 20, cursor: Cursor = None) -> Page[Owned]:
    """What you bought with gold, newest first."""
    before_id = read_cursor(cursor, int)
    async with database.snapshot() as connection:
        return await service.inventory_page(connection, user.user_id, before_id=before_id, limit=limit)


@router.get("/transactions", operation_id="shop_transactions_v1", responses=problems(401, 422, 429))
async def transactions(
    user: CurrentUser, database: Db, limit: Limit = 20, cursor: Cursor = None
) -> Page[Transaction]:
    """Your purchases, newest first."""
    before_id = read_cursor(cursor, int)
    async with database.snapshot() as connection:
        return await service.history_page(connection, user.user_id, before_id=before_id, limit=limit)


@router.get(
    "/transactions/{receipt_code}", operation_id="shop_receipt_v1", responses=problems(401, 404, 422, 429)
)
async def receipt(
    receipt_code: Code, user: CurrentUser, database: Db, signer: Signer
) -> Signed[PurchaseReceipt]:
    """The signed receipt of one of your purchases."""
    async with database.snapshot() as connection:
        return signer.sign(await service.receipt(connection, user.user_id, receipt_code))


@router.post(
    "/transactions/{receipt_code}/settle",
    operation_id="shop_settle_v1",
    responses=problems(401, 403, 404, 409, 415, 422, 429),
)
async def settle(
    request: Request, receipt_code: Code, asked: SettleAsked, admin: Admin, database: Db, shop: TheShop
) -> Bought:
    """Brings a pending purchase to its end, by what the gateway says or can be told."""
    purchase = await service.settle(
        database,
        shop.cashier,
        receipt_code,
        outcome=asked.outcome,
        admin_id=admin.user_id,
        traceparent=_traceparent(request),
    )
    return await bought(shop.till, Paid(purchase, replayed=False))


@router.post(
    "/transactions/{receipt_code}/refund",
    operation_id="shop_refund_v1",
    responses=problems(401, 402, 403, 404, 409, 415, 422, 429),
)
async def refund(
    request: Request, receipt_code: Code, asked: RefundAsked, admin: Admin, database: Db, shop: TheShop
) -> Refunded:
    """Takes the gold back and gives the money back. Asked again, it says how the refund stands."""
    return await service.refund(
        database,
        shop.gateway,
        receipt_code,
        reason=asked.reason,
        admin_id=admin.user_id,
        traceparent=_traceparent(request),
    )


@router.post(
    "/webhook/payment",
    operation_id="shop_webhook_v1",
    responses=problems(401, 404, 409, 415, 422, 429),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": WebhookEvent.model_json_schema()}},
        }
    },
)
async def webhook(
    request: Request,
    database: Db,
    shop: TheShop,
    x_signature: Annotated[str, Header(max_length=200, description="Hex of the HMAC-SHA256.")] = "",
    x_timestamp: Annotated[str, Header(max_length=20, description="Unix seconds.")] = "",
    x_nonce: Annotated[str, Header(max_length=100, description="Different in each delivery.")] = "",
) -> WebhookTaken:
    """The payment gateway tells what became of a charge. The signature covers ``timestamp:nonce:body``."""
    body = await request.body()
    envelope = Envelope(x_signature, x_timestamp, x_nonce)
    check_envelope(envelope, body, shop.webhook_secrets)
    event = read_json(body, WebhookEvent)
    answer, ended = await service.take_webhook(database, event, x_nonce, traceparent=_traceparent(request))
    if ended is not None:
        await shop.note_end(ended)
    return answer


def _traceparent(request: Request) -> str | None:
    return tracing.sampled_or_none(exchange_of(request.scope).traceparent)


def _keyed(
    request: Request, asked: BuyAsked | LimitedAsked | ItemAsked, user: Principal, header_key: str | None
) -> KeyedRequest:
    """The request under its key, the header's before the body's; 422 when one that was sent is no key."""
    body_key = checked_key(asked.idempotency_key)
    body = asked.model_dump(mode="json", exclude={"idempotency_key"})
    return keyed(request, user.user_id, header_key or body_key, body)


def _intent(
    request: Request, asked: BuyAsked | LimitedAsked, user: Principal, header_key: str | None
) -> Intent:
    return intent_of(
        _keyed(request, asked, user, header_key),
        payment_method=asked.payment_method,
        traceparent=_traceparent(request),
    )
