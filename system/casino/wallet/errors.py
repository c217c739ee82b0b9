"""What the wallet refuses."""

from casino.kit.errors import Conflict, Forbidden, NotFound, PaymentRequired, Unprocessable


class InsufficientGold(PaymentRequired):
    code, title = "insufficient_gold", "Not enough gold"


class WalletNotFound(NotFound):
    code, title = "wallet_not_found", "No such wallet"


class WalletBusy(Conflict):
    """The wallet stayed locked past the limit; nothing was moved."""

    code, title = "idempotency_in_progress", "Still in progress"


class LimitReached(Forbidden):
    """Carries ``reason`` (daily_loss, daily_spend, self_exclusion), ``resets_at``; of a limit ``limit``, ``used``."""

    code, title = "limit_reached", "Your own limit is reached"


class ExclusionStands(Conflict):
    """Carries ``self_excluded_until``."""

    code, title = "exclusion_stands", "Self-exclusion cannot be shortened"


class ExclusionRefused(Unprocessable):
    code, title = "exclusion_refused", "No such self-exclusion"


class AuditUnderWay(Conflict):
    """Audits run one at a time."""

    code, title = "audit_under_way", "Another audit is running"
