"""The auditor as the worker runs it: what is new each minute, everything at the start and after a violation."""

import time

from casino.kit.database import Database
from casino.kit.metrics import REGISTRY
from casino.wallet.audit_file import CheckpointFile
from casino.wallet.jobs import audit_job
from tests.factories.players import a_player
from tests.wallet.auditing import SOURCES, plant
from tests.wallet.conftest import TRANSFERS_EACH, USERS


def metric(name: str, **labels: str) -> float:
    """The value of a sample now; 0 when there is none."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


def checks(outcome: str) -> float:
    """How often audits found that balances are sums, or that they are not."""
    return metric("ledger_invariant_checks_total", invariant="balance_is_sum", outcome=outcome)


async def test_the_job_exports_what_it_found(ledger: Database, file: CheckpointFile) -> None:
    """First everything, then what is new; counters grow by what is new, a violation is a gauge until it is mended."""
    job = audit_job(ledger, SOURCES, file)
    broken, held = checks("broken"), checks("held")
    audited, given = metric("ledger_audited_total"), metric("gold_source_total", source="source:signup")
    await job.run()
    assert metric("ledger_audited_total") - audited == USERS * TRANSFERS_EACH
    assert metric("gold_source_total", source="source:signup") - given == USERS * 1_000
    await a_player(ledger, gold=500)
    await job.run()
    assert metric("ledger_audited_total") - audited == USERS * TRANSFERS_EACH + 1
    assert metric("gold_source_total", source="source:signup") - given == USERS * 1_000 + 500
    assert metric("ledger_invariant_violations", invariant="balance_is_sum") == 0
    assert (checks("broken") - broken, checks("held") - held) == (0, 2)
    await plant(ledger, "UPDATE wallets SET gold_balance = gold_balance + 1 WHERE user_id = 4")
    for _ in range(2):
        await job.run()
        assert metric("ledger_invariant_violations", invariant="balance_is_sum") > 0
    before = metric("ledger_audited_total")
    await plant(ledger, "UPDATE wallets SET gold_balance = gold_balance - 1 WHERE user_id = 4")
    await job.run()
    assert metric("ledger_invariant_violations", invariant="balance_is_sum") == 0
    assert (checks("broken") - broken, checks("held") - held) == (2, 3)
    assert metric("ledger_audited_total") - before == USERS * TRANSFERS_EACH + 1
    assert metric("negative_balance_accounts") == 0


async def test_a_counter_tells_when_it_was_born(ledger: Database, file: CheckpointFile) -> None:
    """A young one counts for all it holds when it is first scraped: so the page hears of the first broken audit."""
    await audit_job(ledger, SOURCES, file).run()
    born = metric("ledger_invariant_checks_created", invariant="balance_is_sum", outcome="held")
    assert 0 < born <= time.time()
