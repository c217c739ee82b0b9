"""What one player knows about its own account, and may therefore demand of every answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from loadtests.exchange import SPIN_PATH, Answer, Purchase, Spin

# What the casino gives of its own accord is 200, 500 or 2,000 gold for each achievement, and several may come
# between two looks: any hundreds but these, of which the first is the stake of a ride.
GIFT_STEP, NO_GIFTS = 100, (100, 300)
# The answers to a first sending after which the bet certainly was not settled.
_REFUSALS = range(400, 500)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a player signs up with; `client` names the player in histories, `address` is where it plays."""

    client: str
    site_id: str
    nickname: str
    phone_number: str
    password: str
    invite_code: str
    address: str


@dataclass(frozen=True, slots=True)
class Ride:
    """A round of crash that the player has not left yet."""

    game_id: str
    bet: int


@dataclass(slots=True)
class Account:
    """One player's tokens and certain knowledge.

    `balance` is None before the first look. While `doubtful` holds a spin whose answer never came, and which
    may or may not have been settled, `balance` is what it was before that spin. While `unpaid` holds a payment
    whose end is not known, gold may come at any moment and `balance` is None. `bought` is the last one that ended.
    `given` is the gold that rewards brought, as far as it was seen: what the casino lists as given must cover it.
    `awaits_gift` while a claim was asked whose answer may have been lost; `answers` are the first answers of
    claims, by what was claimed.
    """

    credentials: Credentials
    bets: tuple[int, ...]
    user_id: int | None = None
    access_token: str | None = None
    refresh_token: str | None = None
    token_expires: float = 0.0
    balance: int | None = None
    doubtful: Spin | None = None
    settled: Spin | None = None
    unpaid: Purchase | None = None
    bought: Purchase | None = None
    rounds: dict[str, Spin] = field(default_factory=dict)
    given: int = 0
    awaits_gift: bool = False
    answers: dict[str, bytes] = field(default_factory=dict)
    hot_event: int | None = None
    riding: Ride | None = None
    _keys_made: int = 0

    def new_key(self) -> str:
        """An idempotency key never used before by this player."""
        self._keys_made += 1
        return f"{self.credentials.site_id}-{self._keys_made}"

    @property
    def certain(self) -> bool:
        """Whether nothing is in doubt, so that figures shown can be held against the ones known."""
        return self.doubtful is None and self.unpaid is None

    @property
    def spins(self) -> list[Spin]:
        """The settled rounds of the slot, oldest first."""
        return [spin for spin in self.rounds.values() if spin.path == SPIN_PATH]

    def sign_in(self, answer: Answer) -> list[str]:
        """Take tokens and identity from a sign-up, log-in or refresh; returns what is wrong with them."""
        document = answer.document()
        missing = [name for name in ("access_token", "refresh_token", "expires_in") if not document.get(name)]
        if missing:
            return [f"answer lacks {', '.join(missing)}"]
        self.access_token = document["access_token"]
        self.refresh_token = document["refresh_token"]
        self.token_expires = answer.ended + float(document["expires_in"])
        user = document.get("user")
        return self.recognise(user) if isinstance(user, Mapping) else []

    def recognise(self, profile: Mapping[str, Any]) -> list[str]:
        """Check a profile of this player, learning its id and its gold from the first one."""
        user_id, nickname = profile["id"], profile["nickname"]
        if self.user_id is None:
            self.user_id = user_id
        wrong = [] if user_id == self.user_id else [f"profile of user {user_id}, not {self.user_id}"]
        if nickname != self.credentials.nickname:
            wrong.append(f"nickname {nickname!r}, not {self.credentials.nickname!r}")
        return wrong + self.see_balance(profile["gold_balance"])

    def see_balance(self, shown: int) -> list[str]:
        """Hold a balance shown by the system against the one known."""
        if not self.certain:
            return []
        before, self.balance = self.balance, shown
        if before is not None and not self._is_gift(shown - before):
            self.balance = before
            return [f"balance {shown} where {before} was left"]
        return []

    def receive(self, awarded: int, balance: int) -> list[str]:
        """Book a reward that was asked for; returns what is wrong with the balance it left."""
        self.awaits_gift = False
        self.given += awarded
        if self.balance is None:
            self.balance = self._known(balance)
            return []
        due = self.balance + awarded
        self.balance = balance if self.certain else due
        if self.certain and not self._is_gift(balance - due):
            return [f"balance {balance} after a reward of {awarded} where {due} was due"]
        return []

    def _known(self, balance: int) -> int | None:
        """A balance just shown, as far as it will stand: not while bought gold may come at any moment."""
        return balance if self.unpaid is None else None

    def _is_gift(self, surplus: int) -> bool:
        """Books gold that came without being asked for; False for what no reward can be."""
        achieved = surplus % GIFT_STEP == 0 and surplus not in NO_GIFTS
        if surplus < 0 or not (achieved or self.awaits_gift):
            return False
        self.given += surplus
        return True

    def settle(self, spin: Spin, answer: Answer) -> list[str]:
        """Book the 200 of a spin; returns what is wrong with it, balance arithmetic first."""
        round_ = answer.document()
        bet, win, bonus, balance = (
            round_[name] for name in ("bet_amount", "win_amount", "bonus_gold", "balance")
        )
        wrong = []
        due = None if self.balance is None else self.balance - bet + win + bonus
        if due is not None and not self._is_gift(balance - due):
            wrong.append(f"balance {balance} after {self.balance} - {bet} + {win} + {bonus}")
        if bet != spin.bet or win != bet * round_["multiplier"]:
            wrong.append(f"bet {spin.bet} settled as {bet} times {round_['multiplier']} = {win}")
        if spin.path == SPIN_PATH and [len(column) for column in round_["reels"]] != [3, 3, 3]:
            wrong.append("reels are not three columns of three")
        if round_["round_id"] in self.rounds:
            wrong.append(f"round {round_['round_id']} answered for two keys")
        if answer.replayed and self.doubtful is not spin:
            wrong.append("first sending of a key answered as a replay")
        spin.answered, spin.content, spin.round_id = answer.ended, answer.content, round_["round_id"]
        self.balance, self.settled, self.doubtful = self._known(balance), spin, None
        self.rounds[round_["round_id"]] = spin
        return wrong

    def board(self, bet: int, before: int, answer: Answer) -> list[str]:
        """Book the 200 of a bet on crash: the stake is gone, the round runs."""
        began = answer.document()
        self.riding, self.balance = Ride(began["game_id"], bet), began["balance"]
        due = before - bet
        if self._is_gift(began["balance"] - due):
            return []
        return [f"balance {self.balance} after a stake where {due} was left"]

    def alight(self, ride: Ride, before: int | None, answer: Answer) -> list[str]:
        """Book the end of a ride: paid to the gold when it was left in time, nothing when it had crashed."""
        self.riding = None
        if answer.status != 200:
            self.balance = before
            return [] if answer.error_code() == "already_crashed" else [f"left with {answer.error_code()}"]
        left = answer.document()
        self.balance = self._known(left["balance"])
        due = ride.bet * round(left["multiplier"] * 100) // 100
        wrong = (
            [] if left["win_amount"] == due else [f"left at {left['multiplier']} with {left['win_amount']}"]
        )
        if before is not None and not self._is_gift(left["balance"] - before - due - left["bonus_gold"]):
            wrong.append(f"balance {self.balance} after {before} and a win of {due}")
        return wrong

    def leave_unsettled(self, spin: Spin, answer: Answer) -> None:
        """Book an answer to a spin that is not its 200: in doubt unless it says that nothing happened."""
        again = self.doubtful is spin
        refused = answer.status == 402 if again else answer.status in _REFUSALS
        if refused:
            self.doubtful = None
        else:
            self.doubtful = spin

    def book_purchase(self, purchase: Purchase, answer: Answer) -> list[str]:
        """Book the 200 of a payment; returns what is wrong with it."""
        told = answer.document()
        status, granted, balance = told["status"], told["gold_granted"], told["new_gold_balance"]
        due = purchase.gold if status == "success" else 0
        wrong = [] if granted == due else [f"{status} purchase of {purchase.gold} gold granted {granted}"]
        if told["success"] != (status == "success"):
            wrong.append(f"success is {told['success']} of a purchase that is {status}")
        if status == "pending":
            self.unpaid, self.balance = purchase, None
            return wrong
        known = self.balance if self.certain else None
        if known is not None and not self._is_gift(balance - known - granted):
            wrong.append(f"balance {balance} after {known} + {granted}")
        purchase.status, purchase.receipt, purchase.content = status, told["receipt_code"], answer.content
        self.balance = balance if self.certain else None
        self.unpaid, self.bought = None, purchase
        return wrong

    def leave_unpaid(self, purchase: Purchase, answer: Answer) -> None:
        """Book an answer to a payment that is not its 200: in doubt unless it says that nothing happened."""
        refused = answer.status in _REFUSALS and answer.status != 409
        if refused and self.unpaid is not purchase:
            return
        self.unpaid, self.balance = purchase, None
