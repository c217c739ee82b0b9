"""What a player can be given, one step a request: claims of which each is given once, and what explains every gift."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from loadtests.account import Account
from loadtests.exchange import Answer, Ask

CLAIMED = frozenset({200, 409})
SHOWN_MAX = 100


def claim_streak(account: Account, _: Random) -> Ask:
    """Claim the day: given the first time, refused as already claimed ever after, never given twice."""
    return _claim(account, "/api/streak/claim", "streak", body={})


def take_vip_gift(account: Account, _: Random) -> Ask:
    """Take the day's gift: every further asking is answered as the first, and gives nothing."""

    def check(answer: Answer) -> list[str]:
        document = answer.document()
        known = account.answers.get("vip")
        if known is None:
            account.answers["vip"] = answer.content
            return account.receive(document["awarded_gold"], document["new_gold_balance"])
        return [] if answer.content == known else ["the day's VIP gift was answered otherwise than before"]

    account.awaits_gift = True
    return Ask("POST", "/api/vip/claim", key=account.new_key(), check=check)


def claim_level(account: Account, _: Random) -> Ask:
    """Take the first level of the battle pass, once it is reached."""
    return _claim(account, "/api/battlepass/claim/1", "level", template="/api/battlepass/claim/{level}")


def _claim(
    account: Account,
    path: str,
    name: str,
    *,
    body: dict[str, str] | None = None,
    template: str | None = None,
) -> Ask:
    def check(answer: Answer) -> list[str]:
        if answer.status == 409:
            return _refused(account, name, answer)
        if name in account.answers:
            return [f"{name} was given twice"]
        account.answers[name] = answer.content
        document = answer.document()
        return account.receive(document["awarded_gold"], document["new_gold_balance"])

    account.awaits_gift = True
    return Ask("POST", path, body, key=account.new_key(), due=CLAIMED, check=check, template=template)


def _refused(account: Account, name: str, answer: Answer) -> list[str]:
    code = answer.error_code()
    due = {"already_claimed"} if name in account.answers else {"already_claimed", "level_not_reached"}
    return [] if code in due else [f"{name} refused as {code!r}"]


def read_rewards(account: Account, _: Random) -> Ask:
    """Everything that was given: all gold that no answer of a game or a claim explains must stand there."""

    def check(answer: Answer) -> list[str]:
        items = answer.document()["items"]
        account.awaits_gift = False
        listed = sum(item["gold"] for item in items)
        if len(items) < SHOWN_MAX and account.given > listed:
            return [f"{account.given} gold was given where rewards of {listed} are listed"]
        return []

    return Ask("GET", f"/api/rewards/me?limit={SHOWN_MAX}", check=check)


def read_missions(*_: object) -> Ask:
    """Today's and this week's missions: none is claimable before its target."""

    def check(answer: Answer) -> list[str]:
        document = answer.document()
        cards = document["daily"] + document["weekly"]
        return [
            f"{card['code']} is claimable at {card['progress']} of {card['target']}"
            for card in cards
            if card["claimable"] and card["progress"] < card["target"]
        ]

    return Ask("GET", "/api/events/missions/all", check=check)


def read_events(account: Account, _: Random) -> Ask:
    """The events that run; the hot one is the one to join."""

    def check(answer: Answer) -> list[str]:
        items = answer.document()["items"]
        account.hot_event = items[0]["id"] if items else None
        return []

    return Ask("GET", "/api/events/", check=check)


def join_event(account: Account, rng: Random) -> Ask:
    """Take part in the hot event; again changes nothing."""
    if account.hot_event is None:
        return read_events(account, rng)
    return Ask("POST", "/api/events/join", {"event_id": account.hot_event})


def read_achievements(*_: object) -> Ask:
    """The own achievements: what is unlocked has reached its target."""

    def check(answer: Answer) -> list[str]:
        return [
            f"{item['code']} is unlocked at {item['progress']} of {item['target']}"
            for item in answer.document()["items"]
            if item["unlocked"] and item["progress"] < item["target"]
        ]

    return Ask("GET", "/api/achievements/me", check=check)


def read_pass(*_: object) -> Ask:
    """The season: levels are reached in order."""

    def check(answer: Answer) -> list[str]:
        reached = [level["reached"] for level in answer.document()["levels"]]
        return [] if reached == sorted(reached, reverse=True) else ["levels are reached out of order"]

    return Ask("GET", "/api/battlepass", check=check)


READS: dict[str, Callable[[Account, Random], Ask]] = {
    "rewards": read_rewards,
    "missions": read_missions,
    "events": read_events,
    "achievements": read_achievements,
    "battle_pass": read_pass,
    "streak": lambda *_: Ask("GET", "/api/streak/status"),
    "vip": lambda *_: Ask("GET", "/api/vip/status"),
}
CLAIMS: dict[str, Callable[[Account, Random], Ask]] = {
    "claim_streak": claim_streak,
    "vip_gift": take_vip_gift,
    "claim_level": claim_level,
}
