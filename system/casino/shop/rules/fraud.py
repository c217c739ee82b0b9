"""Fraud rules are data; here is what each kind of rule means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["velocity", "cards", "amount_jump", "new_account"]
Decision = Literal["soft", "hard"]


NUMBERS: Mapping[Kind, tuple[str, ...]] = {
    "velocity": ("window_seconds", "attempts_max"),
    "cards": ("window_seconds", "cards_max"),
    "amount_jump": ("from_cents", "factor"),
    "new_account": ("age_seconds", "amount_cents_max"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as its row has it; a shadow rule decides and blocks nothing.

    `limits` are its numbers, by name; `is_sound` says whether the row has them.
    """

    code: str
    kind: Kind
    decision: Decision
    limits: Mapping[str, int]
    shadow: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is known of an attempt to pay. Counts are by the rule's window in seconds, this attempt included.

    `counts` is None while Redis is away: rules that need it then let the attempt pass.
    """

    amount_cents: int
    account_age_seconds: float
    largest_paid_cents: int
    attempts: Mapping[int, int] | None
    cards: Mapping[int, int] | None


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that holds against an attempt, in words."""

    rule: Rule
    reason: str


def is_sound(rule: Rule) -> bool:
    """Whether the rule has the numbers of its kind, whole and above 0: a row by hand may hold any JSON."""
    limits: object = rule.limits
    if not isinstance(limits, Mapping):
        return False
    numbers = [limits.get(name) for name in NUMBERS[rule.kind]]
    return all(type(number) is int and number > 0 for number in numbers)


def windows_of(rules: Sequence[Rule], kind: Kind) -> list[int]:
    """The windows, in seconds, that rules of this kind count in."""
    return sorted({rule.limits["window_seconds"] for rule in rules if rule.kind == kind})


def hits_of(rules: Sequence[Rule], attempt: Attempt) -> list[Hit]:
    """Every rule that holds against the attempt, the hard ones first."""
    hits = [Hit(rule, reason) for rule in rules if (reason := _reason(rule, attempt)) is not None]
    return sorted(hits, key=lambda hit: hit.rule.decision != "hard")


def _reason(rule: Rule, attempt: Attempt) -> str | None:
    limits = rule.limits
    if rule.kind == "velocity":
        return _over(attempt.attempts, limits["window_seconds"], limits["attempts_max"], "attempts")
    if rule.kind == "cards":
        return _over(attempt.cards, limits["window_seconds"], limits["cards_max"], "payment methods")
    if rule.kind == "amount_jump":
        usual = max(attempt.largest_paid_cents, limits["from_cents"])
        most = usual * limits["factor"]
        return f"{attempt.amount_cents} cents against {most}" if attempt.amount_cents > most else None
    young = attempt.account_age_seconds < limits["age_seconds"]
    dear = attempt.amount_cents > limits["amount_cents_max"]
    return f"{attempt.amount_cents} cents from a new account" if young and dear else None


def _over(counts: Mapping[int, int] | None, window: int, most: int, what: str) -> str | None:
    if counts is None or counts.get(window, 0) <= most:
        return None
    return f"{counts[window]} {what} in {window} s, {most} are usual"
