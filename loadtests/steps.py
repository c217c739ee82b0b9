"""Everything a player can do, one step a request: what it asks and what makes the answer right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from loadtests import shopping
from loadtests.account import Account
from loadtests.exchange import SPIN_PATH, Answer, Ask, Spin
from loadtests.reward_steps import CLAIMS, READS, join_event

RPS_PATH = "/api/games/rps/play"
HANDS = ("rock", "paper", "scissors")
RIDE = 100
# A legal bet that a player with less gold cannot pay.
OVERBET = 10_000
_ACCEPTED = frozenset({200, 201, 202})


@dataclass(frozen=True, slots=True)
class Step:
    """`kind` and `surface` are the classes under which the system counts the request itself."""

    kind: str
    surface: str
    ask: Callable[[Account, Random], Ask]


def sign_up(account: Account, _: Random) -> Ask:
    """Create the account; the answer signs in."""
    person = account.credentials
    body = {
        "site_id": person.site_id,
        "nickname": person.nickname,
        "phone_number": person.phone_number,
        "invite_code": person.invite_code,
        "password": person.password,
    }
    created = frozenset({201})
    return Ask("POST", "/api/auth/signup", body, due=created, check=account.sign_in, signed_in=False)


def log_in(account: Account, _: Random) -> Ask:
    """Sign in with the password."""
    body = {"site_id": account.credentials.site_id, "password": account.credentials.password}
    return Ask("POST", "/api/auth/login", body, check=account.sign_in, signed_in=False)


def refresh(account: Account, _: Random) -> Ask:
    """Exchange the refresh token for the next pair."""
    body = {"refresh_token": account.refresh_token}
    return Ask("POST", "/api/auth/refresh", body, check=account.sign_in, signed_in=False)


def read_me(account: Account, _: Random) -> Ask:
    """The own profile."""
    return Ask("GET", "/api/auth/me", check=lambda answer: account.recognise(answer.document()))


def read_balance(account: Account, _: Random) -> Ask:
    """The own gold."""
    path = "/api/users/balance"
    return Ask("GET", path, check=lambda answer: account.see_balance(answer.document()["gold_balance"]))


def list_games(*_: object) -> Ask:
    """The games with their limits; the slot must be among them."""

    def check(answer: Answer) -> list[str]:
        listed = [game["game_type"] for game in answer.document()["games"]]
        return [] if "slot" in listed else [f"no slot among {listed}"]

    return Ask("GET", "/api/games/", check=check, signed_in=False)


def read_slot_stats(account: Account, _: Random) -> Ask:
    """The own totals at the slot, which must count every settled spin and nothing else."""

    def check(answer: Answer) -> list[str]:
        shown, due = answer.document()["plays"], len(account.spins)
        return [f"{shown} plays where {due} were settled"] if account.certain and shown != due else []

    return Ask("GET", "/api/games/slot/stats", check=check)


def read_history(account: Account, _: Random) -> Ask:
    """The own newest spins; the last settled one must stand first. A round of crash may end at any moment."""

    def check(answer: Answer) -> list[str]:
        items = answer.document()["items"]
        if not account.certain or not account.spins:
            return []
        newest, due = items[0]["round_id"] if items else None, account.spins[-1].round_id
        return [] if newest == due else [f"newest round {newest}, not {due}"]

    return Ask("GET", "/api/games/history?game_type=slot&limit=10", check=check)


def _read(path: str, *, signed_in: bool = True) -> Callable[[Account, Random], Ask]:
    return lambda *_: Ask("GET", path, signed_in=signed_in)


def read_dashboard(account: Account, _: Random) -> Ask:
    """Everything the home page shows; gold and settled rounds on it must be the ones known."""

    def check(answer: Answer) -> list[str]:
        shown = answer.document()
        wrong = account.see_balance(shown["profile"]["gold_balance"])
        plays = sum(game["plays"] for game in shown["game_stats"]["games"] if game["game_type"] == "slot")
        due = len(account.spins)
        if account.certain and plays != due:
            wrong.append(f"{plays} spins on the dashboard where {due} were settled")
        return wrong

    return Ask("GET", "/api/dashboard", check=check)


def read_inbox(*_: object) -> Ask:
    """The own notifications: the unread ones shown are among those counted."""

    def check(answer: Answer) -> list[str]:
        shown = answer.document()
        unread = sum(item["read_at"] is None for item in shown["items"])
        return [] if unread <= shown["unread"] else [f"{unread} unread shown where {shown['unread']} are"]

    return Ask("GET", "/api/notifications", check=check)


def act(*_: object) -> Ask:
    """Log one action of the page."""
    return Ask("POST", "/api/actions", {"action_type": "OPEN_SHOP"}, due=_ACCEPTED)


def act_often(_: Account, rng: Random) -> Ask:
    """Log what the page gathered, in bulk."""
    actions = [{"action_type": rng.choice(("OPEN_SHOP", "BUY_CLICK"))} for _ in range(rng.randint(2, 8))]
    return Ask("POST", "/api/actions/bulk", {"actions": actions}, due=_ACCEPTED)


def read_actions(account: Account, _: Random) -> Ask:
    """The own recent actions."""
    path = "/api/actions/recent/"
    return Ask("GET", f"{path}{account.user_id}", template=path + "{user_id}")


def spin(account: Account, rng: Random) -> Ask:
    """Bet what the player can afford, or ask again for the bet in doubt; without gold, be refused."""
    return _bet(account, rng, SPIN_PATH, {})


def hand(account: Account, rng: Random) -> Ask:
    """The same with a hand against the server's."""
    return _bet(account, rng, RPS_PATH, {"choice": rng.choice(HANDS)})


def _bet(account: Account, rng: Random, path: str, extra: Mapping[str, str]) -> Ask:
    affordable = [bet for bet in account.bets if account.balance is None or bet <= account.balance]
    if account.doubtful is None and not affordable:
        return overbet(account, rng)
    bet = account.doubtful or Spin(account.new_key(), rng.choice(affordable), path, extra)
    return place(account, bet)


def place(account: Account, bet: Spin) -> Ask:
    """The request of a bet: the same bytes each time it is sent."""
    return Ask(
        "POST", bet.path, bet.body, key=bet.key, check=lambda answer: account.settle(bet, answer), spin=bet
    )


def ride(account: Account, rng: Random) -> Ask:
    """Board the curve, or leave the ride that is on; without the gold for it, look at the gold."""
    if account.riding is not None:
        return leave(account, rng)
    before = account.balance
    if before is None or before < RIDE or not account.certain:
        return read_balance(account, rng)
    # Until the answer is here nobody knows whether the stake is gone.
    account.balance = None

    def check(answer: Answer) -> list[str]:
        if answer.status == 200:
            return account.board(RIDE, before, answer)
        account.balance = before
        code = answer.error_code()
        return [] if code == "round_active" else [f"boarding refused with {code}"]

    # A ride that crashed runs on until the server has settled it.
    due = frozenset({200, 409})
    return Ask(
        "POST", "/api/games/crash/bet", {"bet_amount": RIDE}, key=account.new_key(), due=due, check=check
    )


def leave(account: Account, rng: Random) -> Ask:
    """Leave the ride, in time or not; without one, look at the gold."""
    on, before = account.riding, account.balance
    if on is None:
        return read_balance(account, rng)
    account.balance = None
    return Ask(
        "POST",
        "/api/games/crash/cashout",
        {"game_id": on.game_id},
        key=account.new_key(),
        due=frozenset({200, 409}),
        check=lambda answer: account.alight(on, before, answer),
    )


def pull_short(account: Account, rng: Random) -> Ask:
    """Pull ten capsules without the gold for them, which must be refused; who has it looks at the odds."""
    if account.balance is None or account.balance >= 50_000:
        return _read("/api/games/gacha/odds", signed_in=False)(account, rng)
    refused, key = frozenset({402}), account.new_key()
    check = _says("insufficient_gold")
    return Ask("POST", "/api/games/gacha/pull", {"count": 10}, key=key, due=refused, check=check)


def replay(account: Account, rng: Random) -> Ask:
    """Send the last settled spin again: the first answer must come back, byte for byte, and say so."""
    settled = account.settled
    if settled is None or not account.certain:
        return spin(account, rng)

    def check(answer: Answer) -> list[str]:
        wrong = [] if answer.replayed else ["repeat of a key not marked Idempotency-Replayed"]
        if answer.content != settled.content:
            wrong.append(f"repeat answered {answer.content[:200]!r}, first {settled.content[:200]!r}")
        return wrong

    return Ask("POST", settled.path, settled.body, key=settled.key, check=check, replays=True)


def reuse_key(account: Account, rng: Random) -> Ask:
    """Send another bet under a settled key, which must be refused."""
    settled = account.settled
    if settled is None or not account.certain:
        return spin(account, rng)
    body = settled.body | {"bet_amount": settled.bet + 1}
    refused = frozenset({422})
    return Ask(
        "POST", settled.path, body, key=settled.key, due=refused, check=_says("idempotency_key_reused")
    )


def overbet(account: Account, rng: Random) -> Ask:
    """Bet more than there is, which must be refused; a player too rich for that looks at its gold instead."""
    if account.balance is None or account.balance >= OVERBET:
        return read_balance(account, rng)
    body = {"bet_amount": OVERBET}
    refused, key = frozenset({402}), account.new_key()
    return Ask("POST", SPIN_PATH, body, key=key, due=refused, check=_says("insufficient_gold"))


def _says(code: str) -> Callable[[Answer], list[str]]:
    return lambda answer: (
        [] if answer.error_code() == code else [f"error {answer.error_code()!r}, not {code!r}"]
    )


# `reconnect` is made by the player itself: it cuts the socket and resumes; it is listed for its classes.
CATALOGUE: Mapping[str, Step] = {
    "sign_up": Step("login", "auth", sign_up),
    "log_in": Step("login", "auth", log_in),
    "refresh": Step("write", "auth", refresh),
    "me": Step("read", "auth", read_me),
    "balance": Step("read", "auth", read_balance),
    "totals": Step("read", "auth", _read("/api/users/stats")),
    "games": Step("read", "games", list_games),
    "slot_stats": Step("read", "games", read_slot_stats),
    "game_stats": Step("read", "games", _read("/api/games/stats/me")),
    "history": Step("read", "games", read_history),
    "seed": Step("read", "games", _read("/api/games/fairness/seed")),
    "dashboard": Step("dashboard", "home", read_dashboard),
    "inbox": Step("read", "home", read_inbox),
    "limits": Step("read", "auth", _read("/api/users/me/limits")),
    "pulse": Step("read", "home", _read("/api/metrics/global", signed_in=False)),
    "act": Step("write", "home", act),
    "act_often": Step("bulk", "home", act_often),
    "actions": Step("read", "home", read_actions),
    "spin": Step("write", "games", spin),
    "hand": Step("write", "games", hand),
    "ride": Step("write", "games", ride),
    "leave": Step("write", "games", leave),
    "pull_short": Step("write", "games", pull_short),
    "gacha_odds": Step("read", "games", _read("/api/games/gacha/odds", signed_in=False)),
    "crash_now": Step("read", "games", _read("/api/games/crash/current")),
    "followed": Step("read", "games", _read("/api/games/follow/list")),
    "leaders": Step("read", "games", _read("/api/leaderboards/gold_won")),
    "feed": Step("read", "games", _read("/api/games/feed")),
    "replay": Step("write", "games", replay),
    "reuse_key": Step("write", "games", reuse_key),
    "overbet": Step("write", "games", overbet),
    "browse": Step("read", "shop", shopping.browse),
    "limited": Step("read", "shop", shopping.look_at_limited),
    "purchases": Step("read", "shop", shopping.read_purchases),
    "buy": Step("payment", "shop", shopping.buy),
    "replay_purchase": Step("payment", "shop", shopping.replay_purchase),
    **{name: Step("read", "engagement", ask) for name, ask in READS.items()},
    **{name: Step("claim", "engagement", ask) for name, ask in CLAIMS.items()},
    "join_event": Step("write", "engagement", join_event),
}
RECONNECT = "reconnect"
