"""What the wallet refuses."""

from casino.kit.errors import Conflict, NotFound, PaymentRequired


class InsufficientGold(PaymentRequired):
    code, title = "insufficient_gold", "Not enough gold"


class WalletNotFound(NotFound):
    code, title = "wallet_not_found", "No such wallet"


class WalletBusy(Conflict):
    """The wallet stayed locked past the limit; nothing was moved."""

    code, title = "idempotency_in_progress", "Still in progress"


class AuditUnderWay(Conflict):
    """Audits run one at a time."""

    code, title = "audit_under_way", "Another audit is running"
