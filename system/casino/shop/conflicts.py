"""Money that the gateway took for a purchase which failed here goes back: what is captured is granted or refunded."""

import structlog

from casino.kit.database import Database
from casino.kit.metrics import counter, gauge
from casino.shop import repository
from casino.shop.gateway import Gateway, GatewayError
from casino.shop.rules.outcomes import Status

CONFLICT_HOURS = 24
CONFLICTS_A_TURN_MAX = 20
CAPTURED = "captured"

log = structlog.get_logger(__name__)


async def undo_conflicts(database: Database, gateway: Gateway) -> int:
    """Refunds at the gateway what it holds against us; the conflicts of the last day that stand, for people to see.

    A purchase has ended and cannot be reopened, so its money goes back. One that we granted and the gateway calls
    failed stands for its day: no rule takes gold from a player.
    """
    async with database.snapshot() as connection:
        found = await repository.conflicts(
            connection, hours=CONFLICT_HOURS, conflicts_max=CONFLICTS_A_TURN_MAX
        )
    standing = 0
    for conflict in found:
        if conflict.status == Status.FAILED:
            standing += not await _given_back(gateway, conflict.receipt_code)
        else:
            standing += 1
    gauge("data_quality_violations").labels("payment_conflicts").set(standing)
    return standing


async def _given_back(gateway: Gateway, receipt_code: str) -> bool:
    """Whether the gateway keeps no money of this purchase, now."""
    try:
        charge = await gateway.find(receipt_code)
        if charge is None or charge.status != CAPTURED:
            return True
        await gateway.refund(receipt_code)
    except GatewayError as error:
        log.warning("conflict_stands", receipt=receipt_code, error=repr(error))
        return False
    counter("purchase_refunds_total").labels("unowed").inc()
    log.error("unowed_money_given_back", receipt=receipt_code)
    return True
