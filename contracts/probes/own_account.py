"""What a player decides about their own account: limits, a break, proof of age, taking their data, leaving."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from contracts.probing import Bench, expect, expect_problem, expect_status, probe

LIMITS = "/api/users/me/limits"
AGE = "/api/users/me/age-verification"


@probe
def limits_hold(bench: Bench) -> None:
    """A lower limit holds back the next stake, a higher one waits a day, and the refusal says which."""
    player = bench.target.sign_up()
    expect_status(bench.http.put(LIMITS, json={"daily_loss_limit": 5}, headers=player.bearer), 200)
    problem = expect_problem(bench.spin(player, 6), 403, "limit_reached")
    expect((problem.get("reason"), problem.get("limit")) == ("daily_loss", 5), f"the refusal says {problem}")
    raised = expect_status(bench.http.put(LIMITS, json={"dailyLossLimit": 50}, headers=player.bearer), 200)
    expect(raised["daily_loss"]["limit"] == 5, "a higher limit held at once")
    expect(raised["daily_loss"]["next_limit"] == 50, "a higher limit does not wait")
    expect_problem(bench.spin(player, 6), 403, "limit_reached")
    spent = expect_status(bench.http.put(LIMITS, json={"daily_spend_limit": 0}, headers=player.bearer), 200)
    expect(spent["daily_spend"]["limit"] == 0, "no play at all is a limit too")
    expect(bench.balance(player) == 1_000, "a stake that was held back moved gold")


@probe
def a_break_stands(bench: Bench) -> None:
    """Self-exclusion ends every session, lets a log-in in, stops play, and cannot be shortened."""
    player = bench.target.sign_up()
    until = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    body = {"self_excluded_until": until}
    expect_status(bench.http.put(LIMITS, json=body, headers=player.bearer), 200)
    expect_problem(bench.http.get(LIMITS, headers=player.bearer), 401, "token_revoked")
    back = bench.target.log_in(player.site_id, player.password)
    problem = expect_problem(bench.spin(back), 403, "limit_reached")
    expect(problem.get("reason") == "self_exclusion", f"the refusal says {problem}")
    shorter = bench.http.put(LIMITS, json={"self_excluded_until": None}, headers=back.bearer)
    expect_problem(shorter, 409, "exclusion_stands")
    past = {"self_excluded_until": "2001-01-01T00:00:00Z"}
    other = bench.target.sign_up()
    expect_problem(bench.http.put(LIMITS, json=past, headers=other.bearer), 422, "exclusion_refused")


@probe
def age_is_given_once(bench: Bench) -> None:
    """The first date of birth stands; an adult's is seen in the profile, an impossible one is refused."""
    player = bench.target.sign_up()
    future = {"date_of_birth": (datetime.now(UTC) + timedelta(days=400)).date().isoformat()}
    expect_problem(bench.http.post(AGE, json=future, headers=player.bearer), 422, "birth_date_refused")
    told = expect_status(
        bench.http.post(AGE, json={"date_of_birth": "1990-01-31"}, headers=player.bearer), 200
    )
    expect(told == {"adult_verified": True}, f"an adult is told {told}")
    again = bench.http.post(AGE, json={"date_of_birth": "1991-01-31"}, headers=player.bearer)
    expect_problem(again, 409, "birth_date_given")
    me = expect_status(bench.http.get("/api/auth/me", headers=player.bearer), 200)
    expect(me["adult_verified"] is True, "the profile does not know")


@probe
def taking_data_and_leaving(bench: Bench) -> None:
    """The export tells what is kept, in the clear; after erasure no token, name or profile is left."""
    player = bench.target.sign_up()
    expect_status(bench.spin(player), 200)
    expect_status(bench.http.post("/api/streak/claim", headers=player.bearer), 200)
    given = expect_status(bench.http.get("/api/rewards/me", headers=player.bearer), 200)["items"]
    told = expect_status(bench.http.get("/api/users/me/export", headers=player.bearer), 200)
    expect(told["account"]["site_id"] == player.site_id, "the export is of somebody else")
    rewards = {item["id"]: item for item in told["rewards"]}
    expect(
        all(rewards.get(item["id"]) == item for item in given), "the export lacks a reward, or tells another"
    )
    moved = len(told["transfers"])
    expect(len(told["rounds"]) == 1, "the export lacks the round")
    expect(moved == 2 + len(rewards), f"{moved} transfers for a gift, a round and {len(rewards)} rewards")
    expect(told["attendance"] and told["streaks"], "the export lacks the day that was claimed")
    expect(player.password not in str(told), "the export tells the password")
    expect_status(bench.http.delete("/api/users/me", headers=player.bearer), 204)
    expect_problem(bench.http.get("/api/auth/me", headers=player.bearer), 401, "token_revoked")
    asked = {"site_id": player.site_id, "password": player.password}
    expect_problem(bench.http.post("/api/auth/login", json=asked), 401, "invalid_credentials")
    gone = bench.http.get(f"/api/users/{player.user_id}", headers=bench.reader.bearer)
    expect_problem(gone, 404, "user_not_found")
