"""PostgreSQL alone: pgbench runs the very statement that settles a spin, one bet at a time."""

import os
import re
import subprocess
import sysconfig
from pathlib import Path

from casino.embedded.postgres import BINARIES
from casino.games.settle_rounds import SETTLE_ROUNDS
from casino.wallet.service import PreparedSettlement

CLIENTS = 16
SITE_PACKAGES = Path(sysconfig.get_path("purelib"))
# What a bet brings; the player and the ids are drawn by pgbench. It draws no seed, so no nonce is guarded.
_BET = {
    "amount": "-10",
    "stake": "10",
    "counter_account": "concat('house', chr(58), 'slot')",  # pgbench would take :slot for a variable
    "kind": "'game_round'",
    "reference": "gen_random_uuid()::text",
    "ledger_key": "gen_random_uuid()::text",
    "messages": "4",
    "seed_id": "NULL",
    "nonce": "NULL",
    "round_id": "gen_random_uuid()",
    "game_type": "'slot'",
    "bet_amount": "10",
    "win_amount": "0",
    "bonus_gold": "0",
    "multiplier": "0",
    "won": "0",
    "lost": "1",
    "config_version": "1",
    "client_seed": "'casino-club'",
    "result_data": """'{"stops": [1, 2, 3], "symbols": ["bell", "star", "lemon"]}'""",
    "event_id": "gen_random_uuid()",
    "traceparent": "NULL",
    "fact_data": """'{"round_id": "0", "bet_amount": 10, "win_amount": 0, "multiplier": 0, "outcome": "lose"}'""",
    "key": "gen_random_uuid()::text",
    "fingerprint": "'0123456789abcdef'::bytea",
    "answer_tail": "repeat('x', 300)",
}


def script(user_ids: list[int], settlement: PreparedSettlement = SETTLE_ROUNDS, **columns: str) -> str:
    """A settlement as a pgbench script over these players (their ids are consecutive); `columns` replace a bet's."""
    chosen = f"\\set user_id random({min(user_ids)}, {max(user_ids)})\n"
    return chosen + statement(settlement, **columns)


def script_apart(user_ids: list[int], settlement: PreparedSettlement, **columns: str) -> str:
    """As `script`, but no two connections ever choose the same player."""
    turns = len(user_ids) // CLIENTS - 1
    chosen = f"\\set user_id {min(user_ids)} + random(0, {turns}) * {CLIENTS} + :client_id\n"
    return chosen + statement(settlement, **columns)


def statement(settlement: PreparedSettlement, **columns: str) -> str:
    """One settlement for the chosen player, its values as SQL expressions."""
    sql = settlement.literal_sql({"user_id": ":user_id", **_BET, **columns})
    # A round needs a seed and a nonce to be stored; alone they are constants.
    sql = sql.replace("moved.seed_id AS seed_id", "0 AS seed_id").replace(
        "moved.nonce AS nonce", "1 AS nonce"
    )
    return f"{sql};\n"


def per_second(url: str, user_ids: list[int], *, seconds: int, folder: Path) -> float:
    """Spins a second over `CLIENTS` connections."""
    return scripts_per_second(url, script(user_ids), seconds=seconds, folder=folder)


def scripts_per_second(url: str, text: str, *, seconds: int, folder: Path) -> float:
    """Runs of a script a second over `CLIENTS` connections."""
    file = folder / "settle.sql"
    file.write_text(text)
    program = SITE_PACKAGES / BINARIES / "pgbench"
    # The same session settings as the application's connections.
    env = os.environ | {"PGOPTIONS": "-c plan_cache_mode=force_generic_plan -c jit=off"}
    command = [str(program), "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "1", "-T", str(seconds)]
    done = subprocess.run(
        [*command, "-f", str(file), url], env=env, capture_output=True, text=True, check=False
    )
    match = re.search(r"tps = ([\d.]+)", done.stdout)
    assert match and done.returncode == 0, done.stdout + done.stderr
    return float(match[1])
