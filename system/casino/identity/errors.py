"""What identity refuses."""

from casino.kit.errors import (
    Conflict,
    Forbidden,
    NotFound,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    Unprocessable,
)


class InvalidToken(Unauthorized):
    code, title = "invalid_token", "Invalid access token"


class TokenExpired(Unauthorized):
    code, title = "token_expired", "Access token expired"


class TokenRevoked(Unauthorized):
    code, title = "token_revoked", "Session ended"


class InvalidCredentials(Unauthorized):
    code, title = "invalid_credentials", "Wrong name or password"


class InvalidRefreshToken(Unauthorized):
    code, title = "invalid_refresh_token", "Invalid refresh token"


class RefreshTokenReused(Unauthorized):
    """A spent refresh token came back: every session of the user was revoked."""

    code, title = "refresh_token_reused", "Refresh token reused"


class InvalidTicket(Unauthorized):
    code, title = "invalid_ticket", "Invalid ticket"


class RankTooLow(Forbidden):
    code, title = "rank_too_low", "Rank too low"


class RoleTooLow(Forbidden):
    code, title = "role_too_low", "Role too low"


class AgeVerificationRequired(Forbidden):
    code, title = "age_verification_required", "For adults"


class BirthDateGiven(Conflict):
    code, title = "birth_date_given", "Date of birth given before"


class BirthDateRefused(Unprocessable):
    code, title = "birth_date_refused", "Impossible date of birth"


class OriginRefused(Forbidden):
    code, title = "origin_refused", "Another site asked"


class UserNotFound(NotFound):
    code, title = "user_not_found", "No such user"


class SessionNotFound(NotFound):
    code, title = "session_not_found", "No such session"


class SiteIdTaken(Conflict):
    code, title = "site_id_taken", "Name taken"


class NicknameTaken(Conflict):
    code, title = "nickname_taken", "Nickname taken"


class PhoneNumberTaken(Conflict):
    code, title = "phone_number_taken", "Phone number taken"


class InviteCodeRefused(Unprocessable):
    code, title = "invite_code_refused", "Invite code refused"


class WeakPassword(Unprocessable):
    """Carries ``remedies``: what to change, one sentence each."""

    code, title = "weak_password", "Password too weak"


class LoginLocked(TooManyRequests):
    """Carries ``retry_after_minutes``."""

    code, title = "login_locked", "Account locked"


class PasswordsBusy(Unavailable):
    code, title = "login_busy", "Too many log-ins at once"
