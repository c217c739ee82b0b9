"""What the wiring and other rooms may use of the shop; and what the auditor holds the ledger against."""

from sqlalchemy import Select, Text, case, literal, select
from sqlalchemy.orm import aliased

from casino.kit.database import Database
from casino.kit.metrics import counter
from casino.kit.redis import RedisClient
from casino.kit.settings import Settings
from casino.shop.buy import Till, buy
from casino.shop.buy_item import ACCOUNTS, ItemIntent, buy_item
from casino.shop.buy_limited import buy_limited, packages_on_sale
from casino.shop.cashier import Cashier
from casino.shop.catalogue import catalogue, seed_catalogue
from casino.shop.fraud import FraudGuard
from casino.shop.gateway import Gateway
from casino.shop.history import everything_of, history_page, inventory_page, receipt
from casino.shop.models import Product, Refund, ShopTransaction
from casino.shop.refund import refund, settle
from casino.shop.repository import AnyRow
from casino.shop.rules.outcomes import Reason, Status
from casino.shop.settle_purchases import PURCHASE_ACCOUNT, REFUND_ACCOUNT
from casino.shop.stock_gate import StockGate
from casino.shop.webhook import take_webhook

__all__ = [
    "ItemIntent",
    "Shop",
    "audited_sales",
    "build_shop",
    "buy",
    "buy_item",
    "buy_limited",
    "catalogue",
    "everything_of",
    "history_page",
    "inventory_page",
    "packages_on_sale",
    "receipt",
    "refund",
    "seed_catalogue",
    "settle",
    "take_webhook",
]


class Shop:
    """What a process sells with: the till, the gateway, the gate in front of limited stock."""

    def __init__(
        self,
        *,
        till: Till,
        gateway: Gateway,
        gate: StockGate,
        webhook_secrets: list[str],
    ) -> None:
        self.till = till
        self.gateway = gateway
        self.gate = gate
        self.webhook_secrets = webhook_secrets

    @property
    def cashier(self) -> Cashier:
        """Who takes the payments."""
        return self.till.cashier

    async def note_end(self, purchase: AnyRow) -> None:
        """A purchase has ended: a piece that came back can be asked for again."""
        await _open_gate(self.gate, purchase)


def _show_every_end() -> None:
    """Counters that an alert divides by exist from the start: a share of nothing would never speak."""
    ends = counter("purchase_attempts_total")
    ends.labels(Status.SUCCESS, "none")
    for reason in Reason:
        ends.labels(Status.PENDING if reason is Reason.AWAITING_GATEWAY else Status.FAILED, reason)


def build_shop(settings: Settings, *, database: Database, redis: RedisClient) -> Shop:
    """Connects nothing yet."""
    gateway = Gateway(
        url=settings.payment_gateway_url,
        api_key=settings.payment_gateway_key.get_secret_value(),
        timeout_seconds=settings.payment_timeout_seconds,
        attempts_max=settings.payment_retry_max + 1,
    )
    return shop_with(settings, gateway, database=database, redis=redis)


def shop_with(settings: Settings, gateway: Gateway, *, database: Database, redis: RedisClient) -> Shop:
    """A shop whose money goes through this gateway."""
    _show_every_end()
    gate = StockGate(redis)

    async def ended(purchase: AnyRow) -> None:
        await _open_gate(gate, purchase)

    cashier = Cashier(database, gateway, hold_seconds=settings.limited_hold_ttl_seconds, ended=ended)
    till = Till(database, cashier, FraudGuard(database, redis), economy=2 if settings.economy_v2 else 1)
    secrets = [settings.payment_webhook_secret, settings.payment_webhook_previous_secret]
    return Shop(
        till=till,
        gateway=gateway,
        gate=gate,
        webhook_secrets=[secret.get_secret_value() for secret in secrets if secret],
    )


async def _open_gate(gate: StockGate, purchase: AnyRow) -> None:
    if purchase.package_code is not None and purchase.status == Status.FAILED:
        await gate.forget(purchase.package_code)


def audited_sales() -> list[Select[str, int, int, int]]:
    """One row for each transfer there should be: (counter_account, user_id, transfer_seq, amount).

    Counted from purchases and refunds alone, so that the auditor can hold the ledger against it.
    """
    sale = aliased(ShopTransaction)
    account = case(
        *((Product.kind == kind, literal(name, Text)) for kind, name in ACCOUNTS.items()),
        else_=literal(PURCHASE_ACCOUNT, Text),
    )
    sales = (
        select(account.label("counter_account"), sale.user_id, sale.transfer_seq, sale.gold.label("amount"))
        .outerjoin(Product, Product.id == sale.product_id)
        .where(sale.status == Status.SUCCESS)
    )
    refunds = select(
        literal(REFUND_ACCOUNT, Text).label("counter_account"),
        Refund.user_id,
        Refund.transfer_seq,
        (-Refund.gold).label("amount"),
    )
    return [sales, refunds]
