"""What the shop refuses."""

from casino.kit.errors import Conflict, Forbidden, NotFound, TooManyRequests, Unauthorized, Unprocessable


class ProductNotFound(NotFound):
    code, title = "product_not_found", "No such product"


class PackageNotFound(NotFound):
    code, title = "package_not_found", "No such package"


class ReceiptNotFound(NotFound):
    code, title = "receipt_not_found", "No such receipt"


class AmountMismatch(Unprocessable):
    """Carries ``expected_cents``."""

    code, title = "amount_mismatch", "Wrong amount"


class AlreadyOwned(Conflict):
    code, title = "already_owned", "Already owned"


class VelocityLimited(TooManyRequests):
    code, title = "velocity_limited", "Too many purchases"


class PurchaseBlocked(Forbidden):
    code, title = "purchase_blocked", "Purchase blocked"


class NotSettleable(Conflict):
    """Carries ``status``: the purchase has ended, or the gateway holds against what was asked."""

    code, title = "not_settleable", "Cannot be settled so"


class NotRefundable(Conflict):
    code, title = "not_refundable", "Cannot be refunded"


class BadSignature(Unauthorized):
    code, title = "invalid_signature", "Invalid signature"


class WebhookReplayed(Conflict):
    code, title = "webhook_replayed", "Nonce used before"


class WebhookMismatch(Unprocessable):
    """Somebody else's receipt, or another amount than was asked for."""

    code, title = "webhook_mismatch", "Does not fit the purchase"
