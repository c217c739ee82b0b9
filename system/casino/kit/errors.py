"""Every error the casino answers with, as RFC 9457 problems with a stable code.

CasinoError
├── BadRequest 400 · Unauthorized 401 · PaymentRequired 402 · Forbidden 403 · NotFound 404
├── Conflict 409 · PayloadTooLarge 413 · UnsupportedMediaType 415 · Unprocessable 422
└── TooManyRequests 429 · Unavailable 503
Contexts derive their own from these in their ``errors.py``; no route invents a shape.
"""

from typing import Any, ClassVar


class CasinoError(Exception):
    """A refusal with a stable code.

    ``members`` are extra JSON members of the problem (for example ``limit`` and ``used``);
    ``retry_after_seconds`` also becomes the ``Retry-After`` header.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str, *, retry_after_seconds: int | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds
        self.members = members

    def problem(self, trace_id: str) -> dict[str, Any]:
        """The body of the answer."""
        body: dict[str, Any] = {
            "type": f"urn:casino-club:error:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "error": self.code,
            "trace_id": trace_id,
        }
        if self.retry_after_seconds is not None:
            body["retry_after_seconds"] = self.retry_after_seconds
        return body | self.members


class BadRequest(CasinoError):
    status, code, title = 400, "bad_request", "Bad request"


class Unauthorized(CasinoError):
    status, code, title = 401, "unauthorized", "Not authenticated"


class PaymentRequired(CasinoError):
    status, code, title = 402, "payment_required", "Payment required"


class Forbidden(CasinoError):
    status, code, title = 403, "forbidden", "Not allowed"


class NotFound(CasinoError):
    status, code, title = 404, "not_found", "Not found"


class MethodNotAllowed(CasinoError):
    status, code, title = 405, "method_not_allowed", "Method not allowed"


class Conflict(CasinoError):
    status, code, title = 409, "conflict", "Conflict"


class PayloadTooLarge(CasinoError):
    status, code, title = 413, "payload_too_large", "Body too large"


class UnsupportedMediaType(CasinoError):
    status, code, title = 415, "unsupported_media_type", "Unsupported media type"


class Unprocessable(CasinoError):
    status, code, title = 422, "unprocessable", "Unprocessable"


class ValidationFailed(Unprocessable):
    """Carries ``errors: [{loc, msg, type}]``."""

    code, title = "validation_error", "Invalid request"


class TooManyRequests(CasinoError):
    status, code, title = 429, "rate_limited", "Too many requests"


class Unavailable(CasinoError):
    status, code, title = 503, "unavailable", "Temporarily unavailable"


class IdempotencyKeyReused(Unprocessable):
    code, title = "idempotency_key_reused", "Idempotency key reused"


class IdempotencyInProgress(Conflict):
    code, title = "idempotency_in_progress", "Still in progress"


class IdempotencyKeyExpired(Conflict):
    code, title = "idempotency_key_expired", "Idempotency key expired"
