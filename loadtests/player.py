"""A Locust user that acts when its schedule says so and believes no answer unchecked."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from random import Random
from typing import Any, ClassVar

import gevent
import orjson
from locust import task
from locust.contrib.fasthttp import FastHttpUser
from locust.exception import StopUser

from loadtests import steps
from loadtests.account import Account, Credentials
from loadtests.arrivals import Arrival, intended_starts
from loadtests.clock import now, sleep_until
from loadtests.exchange import Answer, Ask
from loadtests.journeys import steps_of
from loadtests.listener import Listener
from loadtests.objectives import Sample
from loadtests.session import ARRIVING, Session

log = logging.getLogger(__name__)

_RETRY_SECONDS = 0.5
_REFRESH_AHEAD_SECONDS = 60.0
_CONNECTION = ("stream", "realtime")


class Player(FastHttpUser):
    """One player from sign-up to the last delivery. The swarm sets `session` before any player is born."""

    session: ClassVar[Session]

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        number = self.session.next_player()
        self._name = f"{self.session.generator}-{number}"
        self._number = number
        self._rng = Random(f"{self.session.plan.seed}/{self._name}")
        self._account = Account(self._credentials(), self.session.profile.bets)
        self._listener: Listener | None = None
        self._stage = ARRIVING

    @task
    def live(self) -> None:
        """The whole life of the player; it is not repeated, and a fault of ours in it is not the system's."""
        try:
            if self._arrive():
                self._play()
                self._leave()
        except Exception:
            log.exception("player %s crashed", self._name)
            self.session.tally.facts["crashed"] += 1
        raise StopUser

    def _address(self) -> str:
        """An address of its own for each player, from the range set aside for benchmarks (RFC 2544).

        A system that trusts this generator as its proxy then limits players as it would out there.
        """
        number = self._number * self.session.plan.generators + self.session.generator
        return f"198.{18 + (number >> 16) % 2}.{number >> 8 & 255}.{number & 255}"

    def _credentials(self) -> Credentials:
        name = f"lt{self.session.plan.nonce}{self._name.replace('-', 'p')}"
        return Credentials(
            client=self._name,
            site_id=name,
            nickname=name,
            phone_number=f"99{secrets.randbelow(10**12):012d}",
            password=secrets.token_urlsafe(12) + "aA1!",
            invite_code=self.session.profile.invite_code,
            address=self._address(),
        )

    def _arrive(self) -> bool:
        """Sign up at this player's place in the queue of arrivals, look at the gold, open the socket."""
        profile = self.session.profile
        place = (self._number * self.session.plan.generators + self.session.generator + 0.5) / profile.players
        due = Arrival(self.session.plan.begin + place * profile.arrive_seconds * 0.8, ARRIVING)
        sleep_until(due.instant)
        name = "sign_up"
        while not self._perform(name, due).served:
            self.session.tally.facts["arrivals_retried"] += 1
            gevent.sleep(_RETRY_SECONDS)
            # The sign-up that was not answered may have been made: then the log-in works.
            name = "log_in" if name == "sign_up" else "sign_up"
            due = Arrival(now(), ARRIVING)
            if due.instant > self.session.closes:
                break
        if self._account.access_token is None:
            self.session.tally.facts["never_arrived"] += 1
            return False
        self._perform("me", Arrival(now(), ARRIVING))
        self._perform("balance", Arrival(now(), ARRIVING))
        if self._rng.random() < profile.socket_share:
            self._listener = Listener(self.session, self._account, self._rng, lambda: self._stage)
            self._listener.wait_until_known()
        return True

    def _play(self) -> None:
        """Make each step at its intended start, or as soon after it as the step before allows."""
        script = steps_of(self.session.profile, self._rng)
        for arrival in self._schedule():
            self._stage = arrival.stage
            sleep_until(arrival.instant)
            if arrival.instant > self.session.closes:
                return
            self.session.tally.facts["drawn"] += 1
            name = next(script)
            if now() > self.session.deadline:
                self._give_up(name, arrival)
            elif name == steps.RECONNECT:
                self._reconnect()
            else:
                self._keep_signed_in()
                self._perform(name, arrival)

    def _schedule(self) -> Iterator[Arrival]:
        profile = self.session.profile
        return intended_starts(
            profile.segments(), begin=self.session.opens, pattern=profile.arrivals, rng=self._rng
        )

    def _keep_signed_in(self) -> None:
        if now() > self._account.token_expires - _REFRESH_AHEAD_SECONDS:
            answer = self._perform("refresh", Arrival(now(), self._stage))
            if answer.status == 401:
                self._perform("log_in", Arrival(now(), self._stage))

    def _settle_doubts(self) -> None:
        """Ask again for a spin or a payment whose end is not known, until it is or it is too late."""
        while not self._account.certain and now() < self.session.deadline:
            self._keep_signed_in()
            self._perform("spin" if self._account.doubtful else "buy", Arrival(now(), "closing"))
            if not self._account.certain:
                gevent.sleep(_RETRY_SECONDS)

    def _leave(self) -> None:
        self._settle_doubts()
        if self._listener is not None:
            self._listener.leave(self.session.deadline)
        self.session.tally.facts["rounds"] += len(self._account.rounds)
        self.session.tally.facts["rounds_in_doubt"] += not self._account.certain

    def _reconnect(self) -> None:
        if self._listener is not None:
            self._listener.reconnect()

    def _give_up(self, name: str, arrival: Arrival) -> None:
        """A step that the system kept from being made at all counts as one that was never answered."""
        step = steps.CATALOGUE.get(name)
        kind, surface = (step.kind, step.surface) if step else _CONNECTION
        at = now()
        self.session.tally.facts["unissued"] += 1
        self.session.tally.record(
            Sample(arrival.stage, name, kind, surface, arrival.instant, at, at, status=0)
        )

    def _perform(self, name: str, arrival: Arrival) -> Answer:
        """Make one step and book everything about it."""
        step = steps.CATALOGUE[name]
        ask = step.ask(self._account, self._rng)
        answer, problems = self._exchange(name, ask)
        sample = Sample(
            stage=arrival.stage,
            step=name,
            kind=step.kind,
            surface=step.surface,
            intended=min(arrival.instant, answer.sent),
            started=answer.sent,
            ended=answer.ended,
            status=answer.status,
            method=ask.method,
            route=ask.route,
            replay=not problems if ask.replays and answer.served else None,
        )
        self.session.book(sample, self._account, ask, answer, problems)
        if ask.spin is not None:
            self._after_spin(ask, answer, arrival.stage)
        if ask.purchase is not None and answer.status != 200:
            self._account.leave_unpaid(ask.purchase, answer)
        return answer

    def _after_spin(self, ask: Ask, answer: Answer, stage: str) -> None:
        spin = ask.spin
        assert spin is not None
        if spin.round_id is None:
            self._account.leave_unsettled(spin, answer)
        elif self._listener is not None:
            self._listener.deliver(self._listener.deliveries.settle(stage, spin, answer.document()))

    def _exchange(self, name: str, ask: Ask) -> tuple[Answer, list[str]]:
        headers = {"Accept-Encoding": "identity", "X-Forwarded-For": self._account.credentials.address}
        if ask.signed_in:
            headers["Authorization"] = f"Bearer {self._account.access_token}"
        if ask.key is not None:
            headers["Idempotency-Key"] = ask.key
        if ask.body is not None:
            headers["Content-Type"] = "application/json"
        data = None if ask.body is None else orjson.dumps(ask.body).decode()
        sent = now()
        if ask.spin is not None and ask.spin.sent is None:
            ask.spin.sent = sent
        with self.client.request(
            ask.method, ask.path, name=name, data=data, headers=headers, catch_response=True
        ) as response:
            answer = Answer(
                status=response.status_code or 0,
                sent=sent,
                ended=now(),
                content=response.content or b"",
                headers=response.headers or {},
                failure=None if response.status_code else repr(getattr(response, "error", "no answer")),
            )
            problems = ask.take(answer)
            if problems:
                response.failure(problems[0])
            elif answer.served:
                response.success()
            else:
                response.failure(answer.failure or f"status {answer.status}")
        return answer, problems
