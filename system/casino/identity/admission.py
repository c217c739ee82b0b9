"""How people get in: sign-up, log-in and refresh, with the keys and the password pool that these need."""

from casino.identity import refresh, sign_up
from casino.identity.errors import RefreshTokenReused
from casino.identity.log_in import LogIn
from casino.identity.passwords import Passwords
from casino.identity.personal_data import PersonalData
from casino.identity.profile import Profile, profile_of
from casino.identity.refresh_cookie import RefreshCookie
from casino.identity.revocations import Revocations, Revoked
from casino.identity.sessions import Caller, Grant, Holder, open_session
from casino.identity.sign_up import Application
from casino.identity.tokens import Tokens
from casino.kit.database import Database
from casino.kit.settings import Settings


class Admission:
    """One a process, wired by `app.py`."""

    def __init__(self, settings: Settings, *, database: Database, revocations: Revocations) -> None:
        self.personal = PersonalData.of(settings)
        self.tokens = Tokens(settings)
        self.cookie = RefreshCookie(settings)
        self._settings = settings
        self._database = database
        self._revocations = revocations
        self._passwords = Passwords(
            concurrency=settings.password_hash_concurrency, waiting_max=settings.password_hash_queue_max
        )
        self._log_in = LogIn(settings, database, self._passwords, self.tokens, self.personal)

    async def sign_up(self, wanted: Application, caller: Caller) -> tuple[Profile, Grant]:
        """A new account with its gift of gold, and its first session.

        Raises WeakPassword, InviteCodeRefused, SiteIdTaken, NicknameTaken, PhoneNumberTaken or PasswordsBusy.
        """
        async with self._database.snapshot() as connection:
            await sign_up.examine(connection, wanted, self.personal)
        password_hash = await self._passwords.hash(wanted.password)
        async with self._database.transaction() as connection:
            account, gold = await sign_up.create_account(
                connection,
                wanted,
                self.personal,
                password_hash=password_hash,
                gift=self._settings.signup_gold,
            )
            grant = await open_session(
                connection, Holder(account.id, account.rank, account.role), caller, self.tokens
            )
        sign_up.count_sign_up(account)
        return profile_of(account, self.personal, gold_balance=gold), grant

    async def log_in(self, site_id: str, password: str, caller: Caller) -> tuple[Profile, Grant]:
        """A new session; raises InvalidCredentials, LoginLocked or PasswordsBusy."""
        return await self._log_in.attempt(site_id, password, caller)

    async def refresh(self, token: str) -> Grant:
        """New tokens for the session.

        Raises InvalidRefreshToken, or RefreshTokenReused once all sessions of the user are ended.
        """
        async with self._database.transaction() as connection:
            outcome = await refresh.rotate(connection, token, self.tokens)
        if isinstance(outcome, Revoked):
            refresh.count_reuse(outcome)
            await self._revocations.announce(outcome)
            raise RefreshTokenReused(
                "This refresh token was used before; all your sessions were ended. Log in again."
            )
        return outcome

    def close(self) -> None:
        """Ends the password pool."""
        self._passwords.close()
