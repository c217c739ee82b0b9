"""Password hashing that never holds up the event loop and never queues without end."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from casino.identity.errors import PasswordsBusy

T = TypeVar("T")

# OWASP's second argon2id choice: 19 MiB, two passes, one lane. The library's default costs ten times the CPU.
MEMORY_KIB, PASSES, LANES = 19_456, 2, 1


class Passwords:
    """A pool of `concurrency` threads that hash; when `waiting_max` more wait, the next gets 503."""

    def __init__(self, *, concurrency: int, waiting_max: int) -> None:
        self._hasher = PasswordHasher(
            time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, type=Type.ID
        )
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix="passwords")
        self._in_hand = 0
        self._in_hand_max = concurrency + waiting_max
        self._nobody = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """The password's hash as a PHC string; raises PasswordsBusy."""
        return await self._run(lambda: self._hasher.hash(password))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password has this hash; raises PasswordsBusy.

        Without a hash (no such user), or with one that is not argon2's, it costs as much and is never true.
        """
        return await self._run(lambda: self._verify(password_hash, password))

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def close(self) -> None:
        """Ends the threads; what still waits is dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password_hash: str | None, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash or self._nobody, password) and password_hash is not None
        except InvalidHashError:
            return self._verify(None, password)
        except VerificationError:
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._in_hand >= self._in_hand_max:
            raise PasswordsBusy(
                "Too many people are logging in; try again in a second.", retry_after_seconds=1
            )
        self._in_hand += 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, work)
        future.add_done_callback(self._done)
        return await future

    def _done(self, _: "asyncio.Future[T]") -> None:
        self._in_hand -= 1
