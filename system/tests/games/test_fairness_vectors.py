"""The published test vectors, the offline verifier, and what it must find."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from casino.games.commands import faults_of, verify_round
from casino.games.rules import fairness, slot
from casino.games.rules.gacha import GACHA, LAYOUT
from casino.games.rules.rps import RPS

SYSTEM = Path(__file__).parents[2]
PUBLISHED = SYSTEM.parent / "contracts" / "fairness"
VECTORS: list[dict[str, Any]] = json.loads((PUBLISHED / "vectors.json").read_text())["rounds"]


def named(vector: dict[str, Any]) -> str:
    """Which round it is."""
    return f"{vector['game_type']}-{vector['nonce']}-{vector['bet_amount']}"


@pytest.mark.parametrize("vector", VECTORS, ids=named)
def test_every_vector_comes_out_of_its_seed(vector: dict[str, Any]) -> None:
    """The live rules agree with what is published."""
    assert faults_of(vector, bytes.fromhex(vector["server_seed"])) == []


def test_the_vectors_hold_every_game_and_its_corners() -> None:
    """Four games, a downgraded ten-pull, a hard pity, a round that was left and one that was not."""
    assert {vector["game_type"] for vector in VECTORS} == {"slot", "rps", "gacha", "crash"}
    tens = [vector for vector in VECTORS if vector["result_meta"].get("count") == 10]
    assert any("Legendary" in vector["result_meta"]["rarities"] for vector in tens)
    rides = {v["result_meta"]["status"] for v in VECTORS if v["game_type"] == "crash"}
    assert rides == {"cashed", "crashed", "expired"}


# Of one capsule or one hand another draw may well come to the same.
TELLING = [
    vector
    for vector in VECTORS
    if vector["game_type"] in ("slot", "crash") or vector["result_meta"].get("count") == 10
]


@pytest.mark.parametrize("vector", VECTORS, ids=named)
@pytest.mark.parametrize(
    "change", [{"win_amount": 77_777}, {"server_seed_hash": "0" * 64}], ids=["gold", "commitment"]
)
def test_changed_gold_or_another_promise_is_found(vector: dict[str, Any], change: dict[str, Any]) -> None:
    """Every game finds them."""
    assert faults_of(vector | change, bytes.fromhex(vector["server_seed"]))


@pytest.mark.parametrize("vector", TELLING, ids=named)
@pytest.mark.parametrize("change", [{"nonce": 99}, {"client_seed": "other"}], ids=["nonce", "client seed"])
def test_another_draw_is_found(vector: dict[str, Any], change: dict[str, Any]) -> None:
    """A round does not come out of another nonce or another client seed."""
    assert faults_of(vector | change, bytes.fromhex(vector["server_seed"]))


@pytest.mark.parametrize(("status", "win"), [("crashed", 0), ("expired", 150)])
def test_an_automatic_cash_out_that_was_not_paid_is_found(status: str, win: int) -> None:
    """A ride that reached its point pays it; calling the ride another name does not hide that."""
    (ride,) = [
        vector
        for vector in VECTORS
        if vector["result_meta"].get("auto_cashout") and vector["win_amount"] == 300
    ]
    changed = ride["result_meta"] | {"status": status, "cashout_point": None}
    assert faults_of(ride | {"result_meta": changed, "win_amount": win}, bytes.fromhex(ride["server_seed"]))


@pytest.mark.parametrize(
    "spoiled",
    [
        [],
        7,
        VECTORS[0] | {"game_type": "roulette"},
        VECTORS[0] | {"nonce": "one"},
        VECTORS[0] | {"nonce": 0},
        VECTORS[0] | {"result_meta": []},
        VECTORS[0] | {"server_seed": 7},
        VECTORS[0] | {"game_type": "rps"},
        VECTORS[0]
        | {"game_type": "gacha", "result_meta": {"count": 3, "pity_before": 0, "stock_before": {}}},
    ],
    ids=str,
)
def test_what_is_no_round_is_refused_in_a_sentence(tmp_path: Path, spoiled: Any) -> None:
    """Whatever a stranger feeds the verifier, it ends with 2 and says why."""
    file, said = tmp_path / "round.json", list[str]()
    file.write_text(json.dumps(spoiled))
    assert verify_round(file, said.append) == 2 and said


def test_a_seed_nobody_promised_is_called_so(tmp_path: Path) -> None:
    """Without a hash that was shown before, a matching draw proves little, and the verifier says it."""
    file, said = tmp_path / "round.json", list[str]()
    file.write_text(
        json.dumps({name: value for name, value in VECTORS[0].items() if name != "server_seed_hash"})
    )
    assert verify_round(file, said.append) == 0
    assert "promised before" in said[0]


def test_the_published_file_and_an_item_of_the_history_are_taken_as_they_are(tmp_path: Path) -> None:
    """All vectors at once; one changed among them is found; seed and nonce may stand where the history has them."""
    said: list[str] = []
    assert verify_round(PUBLISHED / "vectors.json", said.append) == 0 and len(said) == len(VECTORS)
    file = tmp_path / "rounds.json"
    file.write_text(json.dumps({"rounds": [VECTORS[0], VECTORS[1] | {"win_amount": 1}]}))
    assert verify_round(file, said.append) == 1 and said[-1].endswith("does NOT come out of its seed")
    file.write_text(json.dumps({"rounds": []}))
    assert verify_round(file, said.append) == 2
    drawn_with = ("client_seed", "nonce")
    item = {name: value for name, value in VECTORS[0].items() if name not in drawn_with}
    item["result_meta"] = item["result_meta"] | {name: VECTORS[0][name] for name in drawn_with}
    file.write_text(json.dumps(item))
    assert verify_round(file, said.append) == 0


def test_a_round_is_drawn_again_by_the_table_it_was_drawn_by(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that pays otherwise is version 2: rounds of version 1 still verify, and not by the new one."""
    vector = next(one for one in VECTORS if one["game_type"] == "slot" and one["win_amount"])
    seed = bytes.fromhex(vector["server_seed"])
    dearer = {symbol: pay + 1 for symbol, pay in slot.SLOT.triples.items()}
    newer = replace(slot.SLOT, version=2, triples=dearer, leading_pair=4, leading_single=2)
    monkeypatch.setitem(slot.VERSIONS, 2, newer)
    assert faults_of(vector | {"config_version": 1}, seed) == []
    assert faults_of(vector | {"config_version": 2}, seed)


def test_a_table_that_never_was_draws_nothing(tmp_path: Path) -> None:
    """The verifier says so, rather than blame the round."""
    file, said = tmp_path / "round.json", list[str]()
    file.write_text(json.dumps(VECTORS[0] | {"config_version": 99}))
    assert verify_round(file, said.append) == 2 and "99" in said[0]


def test_the_page_says_what_the_rules_do() -> None:
    """The ranges of draws in the README are those of the tables."""
    page = (PUBLISHED / "README.md").read_text()
    assert (RPS.draws, RPS.weights) == (20, {"win": 6, "draw": 7, "lose": 7})
    assert "0–5 win, 6–12 draw, 13–19 lose" in page
    assert LAYOUT == ("Legendary", "Common", "Rare", "Epic")
    weights = [GACHA.weights[rarity] for rarity in LAYOUT]
    assert (
        weights == [60, 7_000, 2_400, 540]
        and "0–59 Legendary, then 7,000 Common, 2,400 Rare, 540 Epic" in page
    )


def test_the_offline_verifier_needs_no_server(tmp_path: Path) -> None:
    """The command agrees with a round on standard input, finds a changed one, and says what a file lacks."""
    command = [sys.executable, "-m", "casino.cli", "verify-round", "-"]
    for change, code in (({}, 0), ({"win_amount": 1}, 1)):
        done = subprocess.run(
            command,
            input=json.dumps(VECTORS[0] | change),
            env={"PYTHONPATH": str(SYSTEM)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
    said: list[str] = []
    file = tmp_path / "round.json"
    file.write_text(json.dumps({"game_type": "slot"}))
    assert verify_round(file, said.append) == 2
    assert "lacks bet_amount" in said[0]
    file.write_text(json.dumps(VECTORS[0] | {"server_seed": "00"}))
    assert verify_round(file, said.append) == 2


def test_the_commitment_is_the_seeds_hash() -> None:
    """Each vector's promise is the SHA-256 of its seed."""
    for vector in VECTORS:
        assert fairness.commitment(bytes.fromhex(vector["server_seed"])) == vector["server_seed_hash"]
