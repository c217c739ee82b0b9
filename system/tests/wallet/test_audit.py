"""The auditor: a sound ledger passes, and every way of spoiling one is named."""

import pytest

from casino.games.service import Bet
from casino.kit.database import Database
from casino.wallet import service as wallet
from casino.wallet.audit_file import CheckpointFile
from casino.wallet.audit_report import Invariant
from tests.factories.players import a_player
from tests.factories.tables import a_table
from tests.wallet.auditing import OPEN, SHUT, audited, plant, violated
from tests.wallet.conftest import TRANSFERS_EACH, USERS


async def test_a_sound_ledger_passes(ledger: Database, file: CheckpointFile) -> None:
    """Hashes made by hand, balances and sources agree; the figures are those of the ledger."""
    report = await audited(ledger, file)
    assert report.holds, report.text()
    assert all(finding.verdict == "HOLDS" for finding in report.findings)
    assert (report.transfers, report.wallets) == (USERS * TRANSFERS_EACH, USERS)
    assert report.accounts["source:signup"].given == USERS * 1_000
    assert report.circulation == sum(total.given - total.taken for total in report.accounts.values())


async def test_the_next_audit_looks_at_what_is_new(ledger: Database, file: CheckpointFile) -> None:
    """Real settlements on top of the proved ledger: only they are recomputed, and the totals go on."""
    await audited(ledger, file)
    user_id = await a_player(ledger, gold=500)
    table = a_table(ledger)
    for _ in range(3):
        await table.play(Bet(user_id, 10))
    report = await audited(ledger, file, full=False)
    assert report.holds, report.text()
    assert report.transfers == 4
    assert report.accounts["source:signup"].transfers == USERS + 1
    again = await audited(ledger, file)
    assert again.holds, again.text()
    assert again.accounts == report.accounts
    assert (await audited(ledger, file, full=False)).transfers == 0


PLANTED = {
    "an amount edited by hand": (
        f"{OPEN} UPDATE ledger_transfers SET amount = amount + 1 WHERE (user_id, seq) = (3, 4); {SHUT}",
        {Invariant.BALANCE_IS_SUM, Invariant.HASH_CHAIN, Invariant.ACCOUNTS_MATCH_SOURCES},
    ),
    "a reference edited by hand": (
        f"{OPEN} UPDATE ledger_transfers SET reference = 'x' WHERE (user_id, seq) = (3, 4); {SHUT}",
        {Invariant.HASH_CHAIN},
    ),
    "a balance below zero": (
        "ALTER TABLE wallets DROP CONSTRAINT ck_wallets_balance_not_negative;"
        "UPDATE wallets SET gold_balance = -5 WHERE user_id = 7",
        {Invariant.NO_NEGATIVE_BALANCE, Invariant.BALANCE_IS_SUM},
    ),
    "gold out of nowhere": (
        "UPDATE wallets SET gold_balance = gold_balance + 1 WHERE user_id = 7",
        {Invariant.BALANCE_IS_SUM},
    ),
    "two wallets that cancel out": (
        "UPDATE wallets SET gold_balance = gold_balance + 1 WHERE user_id = 7;"
        "UPDATE wallets SET gold_balance = gold_balance - 1 WHERE user_id = 8",
        {Invariant.BALANCE_IS_SUM},
    ),
    "a transfer taken out": (
        f"{OPEN} DELETE FROM ledger_transfers WHERE (user_id, seq) = (5, 5); {SHUT}",
        {
            Invariant.DENSE_SEQUENCE,
            Invariant.HASH_CHAIN,
            Invariant.BALANCE_IS_SUM,
            Invariant.ACCOUNTS_MATCH_SOURCES,
        },
    ),
    "a transfer with a number that cannot be": (
        f"{OPEN} UPDATE ledger_transfers SET seq = 0 WHERE (user_id, seq) = (5, 1); {SHUT}",
        {Invariant.DENSE_SEQUENCE, Invariant.HASH_CHAIN},
    ),
    "a key that paid twice": (
        "DROP INDEX uq_ledger_transfers_user_id_idempotency_key;"
        f"{OPEN} UPDATE ledger_transfers a SET idempotency_key = b.idempotency_key FROM ledger_transfers b"
        f" WHERE (a.user_id, a.seq, b.user_id, b.seq) = (4, 6, 4, 5); {SHUT}",
        {Invariant.PAID_ONCE, Invariant.HASH_CHAIN},
    ),
    "a round that paid twice": (
        "DROP INDEX uq_ledger_transfers_user_id_kind_reference;"
        f"{OPEN} UPDATE ledger_transfers a SET reference = b.reference FROM ledger_transfers b"
        f" WHERE (a.user_id, a.seq, b.user_id, b.seq) = (4, 6, 4, 5); {SHUT}",
        {Invariant.PAID_ONCE, Invariant.HASH_CHAIN},
    ),
    "a round that nobody paid": (
        "INSERT INTO game_rounds SELECT gen_random_uuid(), created_at, user_id, 11, game_type, 10, 30, 3, 1, 1, '',"
        " 11, '{}' FROM game_rounds WHERE (user_id, transfer_seq) = (2, 2)",
        {Invariant.ACCOUNTS_MATCH_SOURCES},
    ),
    "a round that was lost": (
        "DELETE FROM game_rounds WHERE (user_id, transfer_seq) = (2, 2)",
        {Invariant.ACCOUNTS_MATCH_SOURCES},
    ),
    "an account that nobody answers for": (
        f"{OPEN} UPDATE ledger_transfers SET counter_account = 'source:nobody'"
        f" WHERE (user_id, seq) = (2, 2); {SHUT}",
        {Invariant.ACCOUNTS_MATCH_SOURCES, Invariant.HASH_CHAIN},
    ),
    "a head that is not the chain's": (
        "UPDATE wallets SET chain_head = sha256('x') WHERE user_id = 9",
        {Invariant.HASH_CHAIN},
    ),
    "transfers without a wallet": (
        "ALTER TABLE ledger_transfers DROP CONSTRAINT fk_ledger_transfers_user_id;"
        "DELETE FROM wallets WHERE user_id = 9",
        {Invariant.DENSE_SEQUENCE},
    ),
    "a ledger without its guard": (OPEN, {Invariant.APPEND_ONLY}),
    "a guard that lets everything pass": (
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql"
        " AS $$ BEGIN RETURN NULL; END $$",
        {Invariant.APPEND_ONLY},
    ),
}


@pytest.mark.parametrize("fault", PLANTED)
async def test_a_planted_fault_is_found(ledger: Database, fault: str) -> None:
    """Each fault breaks exactly the invariants that it should, and the report says where."""
    statements, expected = PLANTED[fault]
    await plant(ledger, statements)
    report = await audited(ledger)
    assert violated(report) == expected, report.text()
    assert all(finding.examples for finding in report.findings if finding.violations)
    assert "VIOLATED" in report.text()


async def test_a_violation_is_found_again_until_it_is_mended(ledger: Database, file: CheckpointFile) -> None:
    """No checkpoint moves past a fault, so an audit of what is new finds it too."""
    await audited(ledger, file)
    user_id = await a_player(ledger, gold=100)
    await plant(ledger, f"UPDATE wallets SET gold_balance = 101 WHERE user_id = {user_id}")
    for _ in range(2):
        assert Invariant.BALANCE_IS_SUM in violated(await audited(ledger, file, full=False))
    await plant(ledger, f"UPDATE wallets SET gold_balance = 100 WHERE user_id = {user_id}")
    assert (await audited(ledger, file, full=False)).holds


async def test_a_resting_wallet_cannot_be_changed_unseen(ledger: Database, file: CheckpointFile) -> None:
    """A wallet that moved no gold since its checkpoint is compared with it every time."""
    await audited(ledger, file)
    await plant(ledger, "UPDATE wallets SET gold_balance = gold_balance + 7 WHERE user_id = 6")
    assert violated(await audited(ledger, file, full=False)) == {Invariant.BALANCE_IS_SUM}


async def test_the_ledger_may_move_while_it_is_audited(ledger: Database) -> None:
    """One snapshot: settlements under way are either wholly in an audit or not at all."""
    user_id = await a_player(ledger, gold=1_000)
    for turn in range(5):
        async with ledger.transaction() as connection:
            await wallet.move_gold(
                connection,
                user_id=user_id,
                amount=-1,
                counter_account="house:slot",
                kind="probe",
                reference=str(turn),
                idempotency_key=f"probe:{turn}",
            )
            # Committed only after the audit took its snapshot beside us.
            if turn == 4:
                report = await audited(ledger)
    assert report.accounts["house:slot"].transfers == USERS * (TRANSFERS_EACH - 1) + 4
    assert violated(report) == {Invariant.ACCOUNTS_MATCH_SOURCES}
