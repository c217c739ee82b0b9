"""Accounts: signing up, logging in, tokens and their ends, and what others may see."""

from __future__ import annotations

import secrets
import time

from contracts.probing import Bench, expect, expect_problem, expect_status, probe
from contracts.target import INVITE_CODE, PASSWORD

FAILURES_MAX = 5
REVOKED_SECONDS_MAX = 1.0
REFUSALS_MIN = 10
# Bodies that would be taken, so that only the token can be what is wrong.
FITTING: dict[str, dict[str, object]] = {
    "games_slot_spin_v1": {"bet_amount": 1},
    "games_rps_play_v1": {"choice": "rock", "bet_amount": 1},
    "games_gacha_pull_v1": {"count": 1},
    "games_crash_bet_v1": {"bet_amount": 100},
    "games_crash_cashout_v1": {"game_id": "00000000-0000-4000-8000-000000000000"},
    "games_session_start_v1": {"game_type": "slot"},
    "games_session_end_v1": {"session_id": "00000000-0000-4000-8000-000000000000"},
    "games_fairness_verify_v1": {"round_id": "00000000-0000-4000-8000-000000000000"},
    "users_verify_age_v1": {"date_of_birth": "1990-01-31"},
    "admin_notifications_send_v1": {"title": "a", "body": "b", "user_ids": [1]},
    "admin_notifications_broadcast_v1": {"title": "a", "body": "b"},
    "admin_notifications_schedule_v1": {"title": "a", "body": "b", "send_at": "2099-01-01T00:00:00Z"},
    "home_actions_log_v1": {"action_type": "OPEN_SHOP"},
    "home_actions_log_bulk_v1": {"actions": [{"action_type": "OPEN_SHOP"}]},
}


def _application(**changes: str) -> dict[str, str]:
    name = f"ct_{secrets.token_hex(8)}"
    return {
        "site_id": name,
        "nickname": name,
        "phone_number": f"8298{secrets.randbelow(10**9):09d}",
        "invite_code": INVITE_CODE,
        "password": PASSWORD,
    } | changes


@probe
def taken_names(bench: Bench) -> None:
    """A name, nickname or phone number that is taken is 409, and the code names which."""
    taken = _application()
    told = expect_status(bench.http.post("/api/auth/signup", json=taken), 201)
    expect(told["user"]["gold_balance"] > 0, "no gold at the start")
    for member in ("site_id", "nickname", "phone_number"):
        answer = bench.http.post("/api/auth/signup", json=_application(**{member: taken[member]}))
        expect_problem(answer, 409, f"{member}_taken")
    wide = "".join(chr(ord(character) + 0xFEE0) for character in taken["nickname"])
    answer = bench.http.post("/api/auth/signup", json=_application(nickname=wide))
    expect_problem(answer, 409, "nickname_taken")
    player = bench.target.sign_up()
    answer = bench.http.put("/api/auth/me", json={"nickname": taken["nickname"]}, headers=player.bearer)
    expect_problem(answer, 409, "nickname_taken")


@probe
def refused_applications(bench: Bench) -> None:
    """Weak passwords and unknown invite codes are 422 with codes of their own."""
    for password in ("12345678", "password1", "aaaaaaaaaaaa", "qwertyuiop", "short"):
        answer = bench.http.post("/api/auth/signup", json=_application(password=password))
        problem = expect_problem(answer, 422, "weak_password")
        expect(problem.get("remedies"), f"{password!r}: no remedies")
    answer = bench.http.post("/api/auth/signup", json=_application(invite_code="NO-SUCH-CODE"))
    expect_problem(answer, 422, "invite_code_refused")


@probe
def invite_codes(bench: Bench) -> None:
    """The seeded code is valid without limit, an unknown one is not valid, and each guess is counted."""
    told = expect_status(bench.http.get("/api/invite/validate", params={"code": INVITE_CODE}), 200)
    wanted = {"valid": True, "remaining_uses": None, "expires_at": None}
    expect(told == wanted, f"the seeded code: {told}")
    left, limits = [], set()
    for number in range(4):
        answer = bench.http.get("/api/invite/validate", params={"code": f"guess-{number}"})
        if answer.status_code == 429:
            return
        expect(expect_status(answer, 200)["valid"] is False, "a guess was right")
        left.append(int(answer.headers["ratelimit-remaining"]))
        limits.add(int(answer.headers["ratelimit-limit"]))
    expect(left[-1] < left[0], f"guesses are not counted: {left} left")
    plain = int(bench.http.get("/api/games/").headers["ratelimit-limit"])
    expect(max(limits) < plain, f"guesses have the limit of any request ({plain})")


@probe
def lock_out(bench: Bench) -> None:
    """Five failures lock an account for this address, also with the right password: 429 with the time left."""
    player = bench.target.sign_up()
    wrong = {"site_id": player.site_id, "password": "not-the-password-1"}
    for _ in range(FAILURES_MAX):
        expect_problem(bench.http.post("/api/auth/login", json=wrong), 401, "invalid_credentials")
    right = {"site_id": player.site_id, "password": player.password}
    answer = bench.http.post("/api/auth/login", json=right)
    problem = expect_problem(answer, 429, "login_locked")
    expect(problem.get("retry_after_minutes"), "retry_after_minutes is missing")
    expect(int(answer.headers["retry-after"]) > 0, "Retry-After is 0")
    expect_status(bench.http.get("/api/auth/me", headers=player.bearer), 200)


@probe
def unknown_names(bench: Bench) -> None:
    """An unknown name is told nothing else than a wrong password is."""
    unknown = {"site_id": f"ct_{secrets.token_hex(8)}", "password": PASSWORD}
    known = {"site_id": bench.target.sign_up().site_id, "password": "not-the-password-1"}
    problems = []
    for asked in (unknown, known):
        problem = expect_problem(bench.http.post("/api/auth/login", json=asked), 401, "invalid_credentials")
        problems.append({name: value for name, value in problem.items() if name != "trace_id"})
    expect(problems[0] == problems[1], "the answer tells whether the name exists")


@probe
def bad_tokens(bench: Bench) -> None:
    """401, never 403, on every secured operation for a missing, malformed or tampered token."""
    head, claims, signature = bench.reader.access_token.split(".")
    bad = [{}, {"Authorization": "Bearer"}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp5"}]
    bad += [{"Authorization": f"Bearer {head}.{claims}.{signature[:-6]}AAAAAA"}]
    bad += [{"Authorization": f"Bearer eyJhbGciOiJub25lIn0.{claims}."}]
    bad += [{"Authorization": f"Bearer {bench.reader.refresh_token}"}]
    for operation in bench.document.operations:
        if not operation.secured:
            continue
        path = operation.path.replace("{game_type}", "slot").replace("{user_id}", "1")
        path = path.replace("{board}", "gold_won")
        path = path.replace("{notification_id}", "1").replace("{send_id}", "1")
        for name in ("{session_id}", "{round_id}"):
            path = path.replace(name, "00000000-0000-4000-8000-000000000000")
        for headers in bad:
            body = FITTING.get(operation.id, {}) if operation.takes_body else None
            answer = bench.http.request(operation.method, path, headers=headers, json=body)
            expect_problem(answer, 401)


@probe
def refreshing(bench: Bench) -> None:
    """A refresh token works once and, when its successor was used, ends every session of its user."""
    player = bench.target.sign_up()
    first = _refresh(bench, player.refresh_token)
    raced = _refresh(bench, player.refresh_token)
    expect(raced["refresh_token"] == first["refresh_token"], "a racing tab got another successor")
    bearer = {"Authorization": f"Bearer {first['refresh_token']}"}
    second = expect_status(bench.http.post("/api/auth/refresh", headers=bearer), 200)
    reused = bench.http.post("/api/auth/refresh", json={"refresh_token": player.refresh_token})
    expect_problem(reused, 401, "refresh_token_reused")
    _expect_dead(bench, second["access_token"])
    for token in ("x", "", "a" * 22 + "." + "b" * 43, second["access_token"][:200]):
        answer = bench.http.post("/api/auth/refresh", json={"refresh_token": token})
        expect_problem(answer, 401)


def _refresh(bench: Bench, token: str) -> dict[str, str]:
    told: dict[str, str] = expect_status(
        bench.http.post("/api/auth/refresh", json={"refreshToken": token}), 200
    )
    return told


@probe
def refreshing_by_cookie(bench: Bench) -> None:
    """A browser's cookie renews for our own pages alone: 403 when another site asks."""
    player = bench.target.sign_up()
    asked = {"site_id": player.site_id, "password": player.password}
    entered = bench.http.post("/api/auth/login", json=asked, headers={"X-Auth-Transport": "cookie"})
    expect(expect_status(entered, 200)["refresh_token"] is None, "the token is in the body too")
    cookie = entered.headers["set-cookie"]
    flags = all(flag in cookie.lower() for flag in ("httponly", "samesite=strict", "path=/api/auth"))
    expect(flags, f"the cookie is {cookie}")
    sent = {"Cookie": cookie.split(";")[0]}
    bench.http.cookies.clear()
    for origin in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        answer = bench.http.post("/api/auth/refresh", headers=sent | origin)
        expect_problem(answer, 403, "origin_refused")
    own = sent | {"Origin": bench.target.url}
    expect_status(bench.http.post("/api/auth/refresh", headers=own), 200)
    bench.http.cookies.clear()


@probe
def logging_out(bench: Bench) -> None:
    """An ended session's tokens are dead within a second everywhere; other sessions live, until all are ended."""
    player = bench.target.sign_up()
    other = bench.target.log_in(player.site_id, player.password)
    expect_status(bench.http.post("/api/auth/logout", headers=player.bearer), 204)
    _expect_dead(bench, player.access_token)
    refresh = {"refresh_token": player.refresh_token}
    expect_problem(bench.http.post("/api/auth/refresh", json=refresh), 401, "invalid_refresh_token")
    expect_status(bench.http.get("/api/auth/me", headers=other.bearer), 200)
    third = bench.target.log_in(player.site_id, player.password)
    expect_status(bench.http.post("/api/auth/logout-all", headers=other.bearer), 204)
    _expect_dead(bench, third.access_token)


@probe
def sessions(bench: Bench) -> None:
    """A session of one's own can be ended by its id; another's is 404, as is one that never was."""
    player, stranger = bench.target.sign_up(), bench.target.sign_up()
    lost = bench.target.log_in(player.site_id, player.password)
    listed = expect_status(bench.http.get("/api/auth/sessions", headers=player.bearer), 200)["items"]
    theirs = next(session["id"] for session in listed if not session["current"])
    path = f"/api/auth/sessions/{theirs}"
    expect_problem(bench.http.delete(path, headers=stranger.bearer), 404, "session_not_found")
    expect_status(bench.http.delete(path, headers=player.bearer), 204)
    _expect_dead(bench, lost.access_token)
    expect_problem(bench.http.delete(path, headers=player.bearer), 404, "session_not_found")
    expect_problem(bench.http.delete("/api/auth/sessions/1", headers=player.bearer), 422, "validation_error")


@probe
def others(bench: Bench) -> None:
    """Others see nickname and rank and nothing personal; their figures are for them and for admins."""
    player, stranger = bench.target.sign_up(), bench.reader
    seen = expect_status(bench.http.get(f"/api/users/{player.user_id}", headers=stranger.bearer), 200)
    expect(set(seen) == {"id", "nickname", "rank"}, f"others see {sorted(seen)}")
    for path in (f"/api/games/stats/{player.user_id}", f"/api/actions/recent/{player.user_id}"):
        expect_problem(bench.http.get(path, headers=stranger.bearer), 403, "forbidden")
        expect_status(bench.http.get(path, headers=player.bearer), 200)
    for nobody in (0, -1, 2**63 - 1, 2**63, 10**30, "x", "1.5", "%00"):
        answer = bench.http.get(f"/api/users/{nobody}", headers=stranger.bearer)
        expect(answer.status_code in (404, 422), f"user {nobody}: {answer.status_code}")


@probe
def admins(bench: Bench) -> None:
    """An admin sees the figures of others and the analytics store; a user is 403 there."""
    player = bench.reader
    for path in (f"/api/games/stats/{player.user_id}", f"/api/actions/recent/{player.user_id}"):
        expect_status(bench.http.get(path, headers=bench.admin.bearer), 200)
    expect_status(bench.http.get("/api/olap/health", headers=bench.admin.bearer), 200)
    answer = bench.http.get("/api/olap/health", headers=player.bearer)
    expect_problem(answer, 403, "role_too_low")


@probe
def ranks(bench: Bench) -> None:
    """A rank too low is 403 rank_too_low, and says which is needed."""
    for rank in ("premium", "vip"):
        answer = bench.http.get(f"/api/rbac/{rank}", headers=bench.reader.bearer)
        problem = expect_problem(answer, 403, "rank_too_low")
        expect(problem.get("needed") == rank.upper(), f"needed is {problem.get('needed')}")


def _expect_dead(bench: Bench, token: str) -> None:
    """Within a second no process takes the token: each new connection may meet another one."""
    deadline = time.monotonic() + REVOKED_SECONDS_MAX
    headers = {"Authorization": f"Bearer {token}", "Connection": "close"}
    refusals = 0
    while refusals < REFUSALS_MIN:
        begun = time.monotonic()
        answer = bench.http.get("/api/rbac/vip", headers=headers)
        refusals = refusals + 1 if answer.status_code == 401 else 0
        expect(refusals or begun < deadline, f"a dead token still gets {answer.status_code}")
