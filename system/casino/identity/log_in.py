"""Logging in: a saga of short units, so that no connection is held while a password is hashed."""

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

import structlog
from sqlalchemy.exc import SQLAlchemyError

from casino.identity import repository, security
from casino.identity.errors import InvalidCredentials, LoginLocked, PasswordsBusy
from casino.identity.passwords import Passwords
from casino.identity.personal_data import PersonalData
from casino.identity.profile import Profile, profile_of
from casino.identity.repository import AnyRow
from casino.identity.rules import lockout
from casino.identity.sessions import Caller, Grant, Holder, open_session
from casino.identity.tokens import Tokens
from casino.kit.database import Database
from casino.kit.metrics import counter
from casino.kit.settings import Settings
from casino.kit.telemetry import pseudonym

RECORD_SECONDS_MAX = 1.0

log = structlog.get_logger(__name__)


class LogIn:
    """Lets users in, and locks out whoever guesses.

    Attempts on one account from one address go one after another: otherwise a guesser could
    have a hundred of them examined before the first is counted.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        passwords: Passwords,
        tokens: Tokens,
        personal: PersonalData,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._tokens = tokens
        self._personal = personal
        self._failures_max = settings.login_max_failed_attempts
        self._window = timedelta(minutes=settings.login_lockout_minutes)
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self._waiting = 0
        self._waiting_max = settings.password_hash_queue_max

    async def attempt(self, site_id: str, password: str, caller: Caller) -> tuple[Profile, Grant]:
        """The user's profile and the tokens of a new session.

        Raises InvalidCredentials (an unknown user costs the same), LoginLocked, or PasswordsBusy.
        """
        try:
            async with self._turn((site_id, caller.address)):
                return await self._attempt(site_id, password, caller)
        except PasswordsBusy:
            counter("auth_logins_total").labels("shed").inc()
            log.warning("login_shed")
            raise

    async def _attempt(self, site_id: str, password: str, caller: Caller) -> tuple[Profile, Grant]:
        failures_here = await self._refuse_locked(site_id, caller)
        async with self._database.snapshot() as connection:
            account = await repository.account_by_site_id(connection, site_id)
        verified = await self._passwords.verify(account.password_hash if account else None, password)
        entered = await self._enter(account, password, caller) if account is not None and verified else None
        if entered is None:
            await self._count_failure(site_id, caller, account, failures_here)
            raise InvalidCredentials("The name or the password is wrong.")
        await self._record(site_id, caller, "ok")
        counter("auth_logins_total").labels("ok").inc()
        log.info("logged_in", user=pseudonym(entered[0].id))
        return entered

    async def _enter(self, account: AnyRow, password: str, caller: Caller) -> tuple[Profile, Grant] | None:
        """Opens a session; None when the account was deleted or its password changed meanwhile."""
        new_hash = await self._upgraded(account.password_hash, password)
        async with self._database.transaction() as connection:
            entered = await repository.enter(
                connection, account.id, verified_hash=account.password_hash, new_hash=new_hash
            )
            if entered is None:
                return None
            holder = Holder(entered.id, entered.rank, entered.role)
            new_device = await repository.is_new_device(connection, entered.id, caller.user_agent)
            grant = await open_session(connection, holder, caller, self._tokens)
            if new_device:
                await security.note(connection, "NEW_DEVICE", user_id=entered.id)
        return profile_of(entered, self._personal, gold_balance=account.gold_balance), grant

    async def _upgraded(self, password_hash: str, password: str) -> str | None:
        """A hash with today's parameters in place of an older one; None when not needed, or not now."""
        if not self._passwords.is_outdated(password_hash):
            return None
        try:
            return await self._passwords.hash(password)
        except PasswordsBusy:
            return None

    async def _refuse_locked(self, site_id: str, caller: Caller) -> Sequence[datetime]:
        """The failures from this address, newest first; LoginLocked while they or others lock the account."""
        anywhere_max = self._failures_max * lockout.ANYWHERE_FACTOR
        try:
            async with self._database.snapshot() as connection:
                now, here, anywhere = await repository.failures(
                    connection,
                    site_id=site_id,
                    address=caller.address,
                    within=2 * self._window,
                    here_max=self._failures_max,
                    anywhere_max=anywhere_max,
                )
        except SQLAlchemyError as error:
            log.warning("login_attempts_unreadable", error=repr(error))
            return []
        ends = [self._locked_until(here, self._failures_max), self._locked_until(anywhere, anywhere_max)]
        until = max((end for end in ends if end is not None and end > now), default=None)
        if until is None:
            return here
        await self._record(site_id, caller, "locked")
        counter("auth_logins_total").labels("locked").inc()
        counter("auth_login_locked_total").inc()
        raise _locked(until - now)

    def _locked_until(self, failures: Sequence[datetime], failures_max: int) -> datetime | None:
        return lockout.locked_until(failures, failures_max=failures_max, window=self._window)

    async def _count_failure(
        self,
        site_id: str,
        caller: Caller,
        account: AnyRow | None,
        failures_before: Sequence[datetime],
    ) -> None:
        counter("auth_logins_total").labels("invalid").inc()
        locks = len(failures_before) + 1 >= self._failures_max
        user_id = account.id if account is not None else None
        if locks:
            log.warning("login_locked", user=pseudonym(user_id) if user_id is not None else None)
        await self._record(site_id, caller, "failed", locks=locks, user_id=user_id)

    async def _record(
        self, site_id: str, caller: Caller, outcome: str, *, locks: bool = False, user_id: int | None = None
    ) -> None:
        """Remembers the attempt if that can be done soon: a record that fails keeps nobody out."""
        try:
            async with asyncio.timeout(RECORD_SECONDS_MAX), self._database.transaction() as connection:
                await repository.record_attempt(
                    connection, site_id=site_id, address=caller.address, outcome=outcome
                )
                if locks:
                    await security.note(connection, "LOGIN_LOCKED", user_id=user_id)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("login_attempt_unrecorded", outcome=outcome, error=repr(error))

    @asynccontextmanager
    async def _turn(self, key: tuple[str, str]) -> AsyncIterator[None]:
        if self._waiting >= self._waiting_max:
            raise PasswordsBusy(
                "Too many people are logging in; try again in a second.", retry_after_seconds=1
            )
        turn = self._turns.setdefault(key, asyncio.Lock())
        self._waiting += 1
        try:
            await turn.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            turn.release()


def _locked(left: timedelta) -> LoginLocked:
    seconds = max(1, math.ceil(left.total_seconds()))
    minutes = math.ceil(seconds / 60)
    return LoginLocked(
        f"Too many failed log-ins on this account; wait {minutes} min.",
        retry_after_seconds=seconds,
        retry_after_minutes=minutes,
    )
