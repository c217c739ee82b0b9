"""The signed heads outside the database: what a rewrite of the database alone cannot reach."""

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from casino.kit.database import Database
from casino.wallet.audit_file import CheckpointFile, EvidenceBroken
from casino.wallet.audit_report import Invariant
from tests.factories.ledgers import Transfer
from tests.factories.players import a_player
from tests.wallet.auditing import OPEN, SHUT, audited, plant, violated
from tests.wallet.conftest import USERS

NOW = datetime(2026, 11, 21, tzinfo=UTC)
HEAD = bytes(range(32))

# Whoever owns the database takes back a user's last round and leaves everything else consistent.
CUT_TAIL = f"""
{OPEN}
DELETE FROM ledger_transfers WHERE user_id = 3 AND seq = 10;
{SHUT}
DELETE FROM game_rounds WHERE user_id = 3 AND transfer_seq = 10;
UPDATE wallets SET (gold_balance, transfer_seq, chain_head) =
  (SELECT balance_after, seq, hash FROM ledger_transfers WHERE user_id = 3 AND seq = 9) WHERE user_id = 3;
DELETE FROM ledger_checkpoints WHERE user_id = 3;
"""


async def test_a_cut_tail_is_missed(ledger: Database, file: CheckpointFile) -> None:
    """The database agrees with itself; only the file remembers the transfer."""
    assert (await audited(ledger, file)).holds
    await plant(ledger, CUT_TAIL)
    assert (await audited(ledger)).holds
    report = await audited(ledger, file)
    assert violated(report) == {Invariant.SIGNED_HEADS}, report.text()
    assert "user 3 transfer 10" in report.text()


async def test_a_rewritten_chain_is_noticed(ledger: Database, file: CheckpointFile) -> None:
    """A chain computed anew over changed transfers is sound in itself, and not the one that was signed."""
    assert (await audited(ledger, file)).holds
    async with ledger.driver() as connection:
        rows = await connection.fetch("SELECT * FROM ledger_transfers WHERE user_id = 3 ORDER BY seq")
        head, statements = bytes(32), [OPEN]
        for row in rows:
            named = {name: row[name] for name in Transfer.__dataclass_fields__}
            head = Transfer(**named | {"reference": f"{row['reference']} "}).hash(head)
            statements.append(
                f"UPDATE ledger_transfers SET reference = reference || ' ', hash = '\\x{head.hex()}'"
                f" WHERE user_id = 3 AND seq = {row['seq']};"
            )
    statements.append(f"{SHUT} UPDATE wallets SET chain_head = '\\x{head.hex()}' WHERE user_id = 3;")
    await plant(ledger, "".join(statements))
    assert violated(await audited(ledger)) == {Invariant.HASH_CHAIN}
    await plant(
        ledger, "UPDATE ledger_checkpoints c SET hash = chain_head FROM wallets w WHERE w.user_id = c.user_id"
    )
    assert (await audited(ledger)).holds
    assert violated(await audited(ledger, file)) == {Invariant.SIGNED_HEADS}


async def test_evidence_that_is_gone_is_a_violation(ledger: Database, file: CheckpointFile) -> None:
    """A deleted file, or one without its last lines, is noticed; only a person may begin a new one."""
    await audited(ledger, file)
    first = file.path.read_bytes()
    await a_player(ledger)
    await audited(ledger, file, full=False)
    assert file.path.read_bytes().startswith(first)
    file.path.write_bytes(first)
    assert violated(await audited(ledger, file, full=False)) == {Invariant.SIGNED_HEADS}
    file.path.unlink()
    assert violated(await audited(ledger, file)) == {Invariant.SIGNED_HEADS}
    assert (await audited(ledger, file, begin=True)).holds
    assert len(file.read().heads) == USERS + 1
    assert (await audited(ledger, file)).holds


async def test_checkpoints_move_only_with_their_evidence(ledger: Database, file: CheckpointFile) -> None:
    """An audit without the file looks, and leaves the next one with the file nothing to miss."""
    await audited(ledger, file)
    await a_player(ledger)
    assert (await audited(ledger, full=False)).transfers == 1
    assert (await audited(ledger, file, full=False)).transfers == 1
    assert len(file.read().heads) == USERS + 1


async def test_evidence_may_run_ahead_of_the_database(ledger: Database, file: CheckpointFile) -> None:
    """A crash between the file and the commit leaves true heads, and half a line; neither is a violation."""
    await audited(ledger, file)
    evidence = file.read()
    file.append(evidence, [(3, *evidence.heads[3])], NOW)
    with file.path.open("ab") as end:
        end.write(b'{"n": 3, "at": "2026-11-2')
    assert (await audited(ledger, file)).holds
    await a_player(ledger)
    assert (await audited(ledger, file, full=False)).holds
    assert len(file.read().heads) == USERS + 1


def test_what_was_appended_is_read_again(file: CheckpointFile) -> None:
    """Later heads of a user replace earlier ones; every line has a signature."""
    assert file.read().heads == {}
    file.append(file.read(), [(1, 5, HEAD), (2, 3, HEAD)], NOW)
    last = file.append(file.read(), [(1, 6, HEAD[::-1])], NOW)
    evidence = file.read()
    assert evidence.heads == {1: (6, HEAD[::-1]), 2: (3, HEAD)}
    assert (evidence.lines, evidence.last_signature) == (2, last)


@pytest.mark.parametrize(
    "spoil", ["edit a head", "drop a line", "swap lines", "sign with another key", "garble"]
)
def test_a_touched_line_is_refused(file: CheckpointFile, tmp_path: Path, spoil: str) -> None:
    """Nothing in the file can be changed without the key."""
    for seq in (1, 2, 3):
        file.append(file.read(), [(1, seq, HEAD)], NOW)
    lines = file.path.read_bytes().splitlines(keepends=True)
    match spoil:
        case "edit a head":
            lines[1] = lines[1].replace(b"[[1,2,", b"[[1,9,")
        case "drop a line":
            del lines[1]
        case "swap lines":
            lines[1], lines[2] = lines[2], lines[1]
        case "garble":
            lines[1] = b"[]\n"
        case _:
            other = CheckpointFile(tmp_path / "other.jsonl", ["another secret"])
            other.append(file.read(), [(1, 4, HEAD)], NOW)
            lines.append(other.path.read_bytes())
    file.path.write_bytes(b"".join(lines))
    with pytest.raises(EvidenceBroken, match=r"line \d of heads\.jsonl"):
        file.read()


def test_a_rotated_secret_keeps_old_lines_good(file: CheckpointFile) -> None:
    """The new secret signs, the one before is still believed."""
    file.append(file.read(), [(1, 1, HEAD)], NOW)
    rotated = CheckpointFile(file.path, ["a newer secret", "a secret of the tests"])
    rotated.append(rotated.read(), [(1, 2, HEAD)], NOW)
    assert rotated.read().heads == {1: (2, HEAD)}


def test_lines_say_what_they_hold(file: CheckpointFile) -> None:
    """An investigator can read the file without our code."""
    file.append(file.read(), [(1, 5, HEAD)], NOW)
    line = orjson.loads(file.path.read_bytes())
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert line["at"] == "2026-11-21T00:00:00.000Z"
    assert line["heads"] == [[1, 5, HEAD.hex()]]
