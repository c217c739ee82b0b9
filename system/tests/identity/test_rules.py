"""Identity's pure decisions: passwords, nicknames, lock-outs, ranks and the fate of a refresh token."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casino.identity.rules import accounts, lockout, ranks, refresh_tokens
from casino.identity.rules.refresh_tokens import Use, judge

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
WINDOW = timedelta(minutes=10)
KEY, OLD_KEY = b"k" * 32, b"o" * 32


@pytest.mark.parametrize("password", ["violet-harbour-91", "네온 여우가 달린다", "xK3!vq9_"])
def test_strong_passwords_need_no_remedy(password: str) -> None:
    """Length and variety are enough; no class of characters is demanded."""
    assert accounts.remedies(password, site_id="neon_fox", nickname="여우") == []


@pytest.mark.parametrize(
    ("password", "remedy"),
    [
        ("xK3!vq9", "at least 8"),
        ("aabbaabb", "different characters"),
        ("my-neon_fox-1", "name and nickname"),
        ("Password123!", "less common"),
        ("34567890123", "row"),
        ("lkjhgfdsa", "row"),
    ],
)
def test_weak_passwords_say_what_to_do(password: str, remedy: str) -> None:
    """Each weakness is named by what would mend it."""
    found = accounts.remedies(password, site_id="neon_fox", nickname="여우")
    assert [text for text in found if remedy in text], found


@pytest.mark.parametrize("nickname", ["네온", "Ana María", "ゆき", "x" * 20])
def test_nicknames_of_any_script_fit(nickname: str) -> None:
    """Letters of the world, single spaces inside."""
    assert re.search(accounts.NICKNAME_PATTERN, nickname)


@pytest.mark.parametrize(
    "nickname", [" lead", "trail ", "two  spaces", "tab\tbed", "zero\u200bwidth", "turn\u202ed", "nul\x00"]
)
def test_nicknames_hide_nothing(nickname: str) -> None:
    """No control, no invisible character, no space where it cannot be seen."""
    assert re.search(accounts.NICKNAME_PATTERN, nickname) is None


def test_nicknames_that_read_the_same_are_the_same() -> None:
    """Case, width and composition make no difference."""
    assert (
        len(
            {
                accounts.folded(name)
                for name in (
                    "Ångström",
                    "ångström",
                    "A\u030angstro\u0308m",
                    "ＡＮＧＳＴＲÖＭ".replace("Ａ", "Å", 1),
                )
            }
        )
        == 1
    )


@given(st.lists(st.integers(0, 3_000), max_size=12), st.integers(1, 6))
def test_lock_needs_enough_failures_close_together(seconds: list[int], failures_max: int) -> None:
    """There is a lock exactly when the newest `failures_max` failures lie within a window; it ends a window later."""
    failures = [NOON - timedelta(seconds=second) for second in sorted(seconds)]
    until = lockout.locked_until(failures, failures_max=failures_max, window=WINDOW)
    close = len(failures) >= failures_max and failures[0] - failures[failures_max - 1] <= WINDOW
    assert until == (failures[0] + WINDOW if close else None)


def test_ranks_and_roles_are_orders() -> None:
    """Each is enough for itself and what is below; what nobody knows is enough for nothing."""
    assert [ranks.has_rank(rank, "PREMIUM") for rank in (*ranks.RANKS, "GOD")] == [False, True, True, False]
    assert [ranks.has_role(role, "operator") for role in (*ranks.ROLES, "root")] == [False, True, True, False]


def test_a_refresh_token_proves_itself() -> None:
    """Only a holder of the key can write one; the key before still reads."""
    token = refresh_tokens.write(OLD_KEY, refresh_tokens.name(bytes(16)))
    assert refresh_tokens.read((KEY, OLD_KEY), token) == token.split(".")[0]
    assert refresh_tokens.read((KEY,), token) is None
    for position in range(len(token)):
        changed = token[:position] + ("A" if token[position] != "A" else "B") + token[position + 1 :]
        assert refresh_tokens.read((OLD_KEY,), changed) is None


@given(st.text(max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    """What is no refresh token is nothing, and never an error."""
    assert refresh_tokens.read((KEY,), text) is None


def test_a_successor_is_one_and_needs_the_key() -> None:
    """Every process derives the same name, nobody without the key does."""
    jti = refresh_tokens.name(bytes(16))
    assert (
        refresh_tokens.successor(KEY, jti)
        == refresh_tokens.successor(KEY, jti)
        != refresh_tokens.successor(OLD_KEY, jti)
    )
    assert refresh_tokens.read((KEY,), refresh_tokens.write(KEY, refresh_tokens.successor(KEY, jti)))


@pytest.mark.parametrize(
    ("used_ago", "successor_used", "ended", "lives", "use"),
    [
        (None, False, False, 1, Use.ROTATE),
        (None, False, False, 0, Use.DEAD),
        (None, False, True, 1, Use.DEAD),
        (0, False, False, 1, Use.REPEAT),
        (10, False, False, 1, Use.REPEAT),
        (11, False, False, 1, Use.REUSED),
        (1, True, False, 1, Use.REUSED),
        (11, False, True, 1, Use.DEAD),
        (11, False, False, -1, Use.DEAD),
    ],
)
def test_fate_of_a_refresh_token(
    used_ago: int | None, successor_used: bool, ended: bool, lives: int, use: Use
) -> None:
    """Once to rotate, in the grace to repeat, after it or past its successor's use a theft; dead ones only fail."""
    assert use is judge(
        now=NOON,
        expires_at=NOON + timedelta(seconds=lives),
        session_ended=ended,
        used_at=None if used_ago is None else NOON - timedelta(seconds=used_ago),
        successor_used=successor_used,
        grace=timedelta(seconds=10),
    )
