"""The wire shapes of identity."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, SecretStr

from casino.identity.rules.accounts import (
    INVITE_CODE_PATTERN,
    NICKNAME_LENGTH_MAX,
    NICKNAME_LENGTH_MIN,
    NICKNAME_PATTERN,
    PASSWORD_LENGTH_MAX,
    PHONE_NUMBER_PATTERN,
    SITE_ID_PATTERN,
)
from casino.identity.rules.ranks import Rank, Role
from casino.kit.http.wire import WHOLE, WRITTEN_DAY, Answered, Asked, AskedMoment, Moment

UserId = Annotated[int, Field(ge=1, le=2**63 - 1)]
SiteId = Annotated[str, Field(pattern=SITE_ID_PATTERN, description="3 to 32 of a–z, 0–9, `_`, `.` and `-`.")]
Nickname = Annotated[
    str,
    Field(
        min_length=NICKNAME_LENGTH_MIN,
        max_length=NICKNAME_LENGTH_MAX,
        pattern=NICKNAME_PATTERN,
        description="2 to 20 characters of any script; single spaces inside, nothing invisible.",
    ),
]
PhoneNumber = Annotated[
    str,
    Field(pattern=PHONE_NUMBER_PATTERN, description="8 to 15 digits with the country code; a plus may lead."),
]
InviteCode = Annotated[
    str, Field(pattern=INVITE_CODE_PATTERN, description="4 to 32 letters, digits and dashes.")
]
Password = Annotated[SecretStr, Field(min_length=1, max_length=PASSWORD_LENGTH_MAX)]
_Gold = Annotated[int, Field(ge=0, le=10**12), WHOLE]
_TOKEN_EXAMPLE = "eyJhbGciOiJIUzI1NiIsImtpZCI6IjNmMWIyYzRkNWU2ZiJ9…"  # noqa: S105 -- an example in the documentation
_REFRESH_EXAMPLE = "Q2pXb0d1c3RhbmRzaGVyZQ.nT3pPZ0m1yqk3sYxw8b2v5c7d9e1f3g5h7j9k1l3m5n"


class SignUpAsked(Asked):
    """A new account. The password needs 8 characters and must not be easy to guess."""

    site_id: SiteId = Field(examples=["neon_fox"])
    nickname: Nickname = Field(examples=["네온여우"])
    phone_number: PhoneNumber = Field(examples=["+821012345678"])
    invite_code: InviteCode = Field(examples=["5858"])
    password: Password = Field(examples=["violet-harbour-91"])


class LogInAsked(Asked):
    """Name and password."""

    site_id: SiteId = Field(examples=["neon_fox"])
    password: Password = Field(examples=["violet-harbour-91"])


class RefreshAsked(Asked):
    """A refresh token; it may also come as Bearer, or as the cookie of a browser."""

    refresh_token: str | None = Field(None, max_length=200, examples=[_REFRESH_EXAMPLE])


class ProfileAsked(Asked):
    """What to change; what is left out or null stays."""

    nickname: Nickname | None = Field(None, examples=["네온여우"])
    phone_number: PhoneNumber | None = Field(None, examples=["+821012345678"])


class OwnProfile(Answered):
    """All that a user may see of their own account."""

    id: UserId = Field(examples=[42])
    site_id: str = Field(examples=["neon_fox"])
    nickname: str = Field(examples=["네온여우"])
    phone_number: str = Field(description="Digits, without a plus.", examples=["821012345678"])
    role: Role
    rank: Rank
    gold_balance: int = Field(examples=[1_000])
    adult_verified: bool = Field(description="Whether a date of birth showed that you are an adult.")
    created_at: Moment
    last_login_at: Moment | None = Field(description="Null before the first log-in after sign-up.")


class PlayLimitsAsked(Asked):
    """What to change about your own limits; what is left out stays, null takes it away."""

    daily_loss_limit: _Gold | None = Field(
        None, description="Gold you may lose a day: staked less won.", examples=[5_000]
    )
    daily_spend_limit: _Gold | None = Field(
        None, description="Gold you may stake and pay a day, whatever comes back.", examples=[20_000]
    )
    self_excluded_until: AskedMoment | None = Field(
        None, description="No play before this: an hour to five years from now.", examples=[None]
    )


class DailyLimit(Answered):
    """A daily limit in gold; null means none. `next_limit` takes its place at `next_at`, if that is not null."""

    limit: int | None = Field(examples=[5_000])
    used: int = Field(description="Of today; below 0 for a loss limit of one who is ahead.", examples=[120])
    next_limit: int | None
    next_at: Moment | None


class PlayLimitsAnswer(Answered):
    """Your own limits. A day is one of UTC."""

    daily_loss: DailyLimit
    daily_spend: DailyLimit
    self_excluded_until: Moment | None
    day_ends_at: Moment = Field(description="When the counters start again.")


class AgeAsked(Asked):
    """When you were born."""

    date_of_birth: Annotated[date, Field(ge=date(1900, 1, 1)), WRITTEN_DAY] = Field(
        examples=["1994-05-17"],
        json_schema_extra={"pattern": "^(19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}$"},
    )


class AgeAnswer(Answered):
    """Whether you have shown to be an adult."""

    adult_verified: bool


class TokensAnswer(Answered):
    """The tokens of a session."""

    access_token: str = Field(examples=[_TOKEN_EXAMPLE])
    refresh_token: str | None = Field(
        description="Trades for the next pair, once. Null when it was set as a cookie.",
        examples=[_REFRESH_EXAMPLE],
    )
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 -- the scheme's name
    expires_in: int = Field(description="Seconds the access token lives.", examples=[900])


class EntryAnswer(TokensAnswer):
    """The tokens of a new session, and whose it is."""

    user: OwnProfile


class PublicProfile(Answered):
    """What others may see of a user."""

    id: UserId = Field(examples=[42])
    nickname: str = Field(examples=["네온여우"])
    rank: Rank


class AccountInfo(Answered):
    """Since when an account is here, and when it was last logged in to."""

    id: UserId = Field(examples=[42])
    nickname: str = Field(examples=["네온여우"])
    rank: Rank
    created_at: Moment
    last_login: Moment | None


class BalanceAnswer(Answered):
    """Gold of the user."""

    gold_balance: int = Field(examples=[1_000])
    cyber_token_balance: int = Field(
        description="The old name of `gold_balance`.", deprecated=True, examples=[1_000]
    )


class Session(Answered):
    """One log-in on one device; `current` is the one that asks."""

    id: UUID
    user_agent: str = Field(examples=["Mozilla/5.0 (X11; Linux x86_64)"])
    created_at: Moment
    last_seen: Moment = Field(description="Within a minute.")
    current: bool


class TicketAnswer(Answered):
    """Opens one socket, once, within `expires_in` seconds."""

    ticket: str
    expires_in: int = Field(examples=[30])


class InviteAnswer(Answered):
    """How an invite code stands; null means without limit."""

    valid: bool
    remaining_uses: int | None = Field(examples=[3])
    expires_at: Moment | None


class RankProof(Answered):
    """You have at least the rank that this needs."""

    needed: Rank
    rank: Rank
