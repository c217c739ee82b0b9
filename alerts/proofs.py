"""Which fault shows, on the real stack, that an alert works: read from proofs.yaml, and refused when one has none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from alerts import promql, scenes
from alerts.problems import Problem, refuse

PROOFS_FILE = Path(__file__).parent / "proofs.yaml"
# The clean casino is watched for so long before a fault that asks for no more.
CLEAN_SECONDS = 2.0
EXPERIMENTS = Path(__file__).parents[1] / "chaos" / "experiments"

Document = dict[str, Any]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Fault(_Part):
    """`possible` alerts depend on the moment and the machine: they may fire, and prove nothing.

    Before the fault the casino is watched for `settle_seconds`, where a rule compares with what was before.
    """

    about: Annotated[str, Field(min_length=1)]
    possible: tuple[str, ...] = ()
    settle_seconds: Annotated[float, Field(gt=0)] = CLEAN_SECONDS


class Hold(_Fault):
    """Processes are killed and kept down."""

    kind: Literal["hold"]
    processes: Annotated[tuple[str, ...], Field(min_length=1)]


class Lock(_Fault):
    """Tables of PostgreSQL are locked, or some `rows` of them: as long as the fault lasts, or again and again."""

    kind: Literal["lock"]
    tables: Annotated[tuple[str, ...], Field(min_length=1)]
    rows: str | None = None
    on_seconds: float | None = None
    off_seconds: float = 0.0


class Link(_Fault):
    """The network between the application and PostgreSQL delays what passes, in each direction."""

    kind: Literal["link"]
    engine: Literal["postgres"]
    delay_seconds: Annotated[float, Field(gt=0)]


class Stall(_Fault):
    """Valkey answers nobody, again and again, each time for less than a client's patience."""

    kind: Literal["stall"]
    on_seconds: float
    off_seconds: float


class Sabotage(_Fault):
    """Data are changed behind the system's back; `seen` must then count something, and `undo` mends it.

    Each is a statement for PostgreSQL, or for the analytics store. `wakes` is killed so that it looks at once.
    """

    kind: Literal["sabotage"]
    store: Literal["postgres", "olap"]
    do: str
    seen: str
    undo: str
    wakes: str | None = None


class Payments(_Fault):
    """The payment gateway follows this plan of its own; afterwards it is well again."""

    kind: Literal["payments"]
    plan: Mapping[str, Any]


class Abuse(_Fault):
    """A client misbehaves, in a way of `alerts/prove/abuse.py`."""

    kind: Literal["abuse"]
    way: str


class Experiment(_Fault):
    """An experiment of the chaos room, by the name of its file; it audits money and delivery as well."""

    kind: Literal["experiment"]
    outage_seconds: float


Fault = Annotated[
    Hold | Lock | Link | Stall | Sabotage | Payments | Abuse | Experiment, Field(discriminator="kind")
]


class Proof(_Part):
    """A fault that makes an alert fire, and how soon.

    Of an objective's alert: the window `pair` and how many of its events fail, as a share of those that steady
    traffic brings. Of a cause alert: how long after the fault its expression is true and, after the fault's end,
    no longer; what the rule itself adds (`for`, `keep_firing_for`) is added to both. Seconds are real ones on
    every clock.
    """

    fault: str
    pair: str | None = None
    error_ratio: Annotated[float, Field(gt=0, le=2)] | None = None
    true_after_seconds: Annotated[float, Field(ge=0)] = 0.0
    false_after_seconds: Annotated[float, Field(ge=0)] = 0.0


class History(_Part):
    """A past in which an alert must fire, and a healthy one in which it must not; neither is a live fault.

    Both are scenes, by their names, of one compiled file of unit `tests`, by its name without `.yaml`; a real
    Prometheus is given their series. `pair` is the window pair of an objective's alert.
    """

    tests: str
    fires: str
    silent: str
    pair: str | None = None


class AlertProofs(_Part):
    """How one alert is proved.

    `requires` says what a live fault would take that a proof does not have; without a `history` the alert is then
    UNKNOWN. `always`: it fires in every run, faults or not, and is heard in the clean one. `blocks` are slow pairs
    whose window no fault of a minute fills: they are proved with the tickets.
    """

    live: tuple[Proof, ...] = ()
    history: tuple[History, ...] = ()
    blocks: tuple[str, ...] = ()
    requires: str | None = None
    always: bool = False


class Proofs(_Part):
    """All of proofs.yaml."""

    faults: Mapping[str, Fault]
    alerts: Mapping[str, AlertProofs]

    def expected(self, fault: str) -> dict[tuple[str, str], Proof]:
        """The proofs that a fault must bring, by alert and window pair ("" for a cause alert)."""
        return {
            (alert, proof.pair or ""): proof
            for alert, proofs in self.alerts.items()
            for proof in proofs.live
            if proof.fault == fault
        }


def load(path: Path = PROOFS_FILE) -> Proofs:
    """Read the file; raises ProblemsFoundError for anything that is not understood."""
    try:
        return Proofs.model_validate(yaml.safe_load(path.read_text()))
    except ValidationError as error:
        refuse(
            Problem(
                file=path.name,
                field=".".join(str(part) for part in found["loc"]),
                value=found["input"],
                remedy=found["msg"],
            )
            for found in error.errors()
        )
        raise


def problems(
    proofs: Proofs,
    rules: Iterable[Document],
    tests: Mapping[str, Document],
    *,
    experiments: Collection[str] | None = None,
) -> Iterator[Problem]:
    """Alerts without a unit test or a proof, and proofs without an alert or a fault.

    `rules` are the compiled alerts, `tests` the compiled unit tests by file, `experiments` the chaos room's.
    """
    known = experiments if experiments is not None else {path.stem for path in EXPERIMENTS.glob("*.yaml")}
    rules = list(rules)
    pairs = _pages(rules)
    tested = {
        case["alertname"]
        for file in tests.values()
        for test in file["tests"]
        for case in test.get("alert_rule_test", [])
        if case.get("exp_alerts")
    }
    for alert in pairs:
        if alert not in tested:
            remedy = (
                "no unit test expects this alert to fire; write one in templates/tests, "
                "on both sides of its threshold"
            )
            yield Problem(file="templates/tests", field=alert, value=None, remedy=remedy)
    backfilled = _backfilled(rules)
    yield from _unproved(proofs, {alert: pages for alert, pages in pairs.items() if alert not in backfilled})
    yield from _stray(proofs, pairs, known)
    yield from _histories(proofs, rules, tests)
    yield from _not_always(proofs, rules)


def _pages(rules: Iterable[Document]) -> dict[str, set[str]]:
    """Every alert, with the window pairs that need a live proof: those that page."""
    found: dict[str, set[str]] = {}
    for rule in rules:
        pairs = found.setdefault(rule["alert"], set())
        if "long" in rule["labels"] and rule["labels"]["severity"] == "page":
            pairs.add(rule["labels"]["long"])
    return found


def _backfilled(rules: Iterable[Document]) -> set[str]:
    """Alerts that are nothing but ticket pairs of an objective, which backfilled blocks prove."""
    faulted = {
        rule["alert"]
        for rule in rules
        if "long" not in rule["labels"] or rule["labels"]["severity"] == "page"
    }
    return {rule["alert"] for rule in rules} - faulted


def _unproved(proofs: Proofs, pairs: Mapping[str, set[str]]) -> Iterator[Problem]:
    for alert, wanted in pairs.items():
        found = proofs.alerts.get(alert)
        if found is None or not (found.live or found.history or found.requires or found.always):
            remedy = (
                f"nothing shows that it fires on the real stack; give it an entry under `alerts:` with the fault "
                f"that does (one of {', '.join(sorted(proofs.faults))}, or a new one under `faults:`)"
            )
            yield Problem(file=PROOFS_FILE.name, field=alert, value=None, remedy=remedy)
            continue
        shown = {one.pair for one in found.live} | {one.pair for one in found.history} | set(found.blocks)
        for pair in sorted(wanted - shown):
            if found.history or found.requires is None:
                remedy = "this pair pages and has no proof of its own; add one with this `pair`, or name it in `blocks`"
                yield Problem(file=PROOFS_FILE.name, field=f"{alert}: pair", value=pair, remedy=remedy)


def _stray(proofs: Proofs, pairs: Mapping[str, set[str]], experiments: Collection[str]) -> Iterator[Problem]:
    file = PROOFS_FILE.name
    for alert, found in proofs.alerts.items():
        if alert not in pairs:
            remedy = "no alert has this name; mend it or remove the entry"
            yield Problem(file=file, field="alerts", value=alert, remedy=remedy)
        for pair in sorted(set(found.blocks) - pairs.get(alert, set())):
            remedy = "no page of this alert has this long window"
            yield Problem(file=file, field=f"{alert}: blocks", value=pair, remedy=remedy)
        for proof in found.live:
            if proof.fault not in proofs.faults:
                remedy = f"no such fault; use one of {', '.join(sorted(proofs.faults))}"
                yield Problem(file=file, field=f"{alert}: fault", value=proof.fault, remedy=remedy)
            if (proof.pair is None) != (proof.error_ratio is None):
                remedy = "a window pair is predicted from the share of events that fails; write both or none"
                yield Problem(file=file, field=f"{alert}: pair", value=proof.pair, remedy=remedy)
            if proof.pair is not None and proof.pair not in pairs.get(alert, set()):
                remedy = "no page of this alert has this long window"
                yield Problem(file=file, field=f"{alert}: pair", value=proof.pair, remedy=remedy)
    for name, fault in proofs.faults.items():
        for alert in fault.possible:
            if alert not in pairs:
                remedy = "no alert has this name; mend it or remove it"
                yield Problem(file=file, field=f"{name}: possible", value=alert, remedy=remedy)
        if isinstance(fault, Experiment) and name not in experiments:
            remedy = f"chaos/experiments has no such file; there are {', '.join(sorted(experiments))}"
            yield Problem(file=file, field="faults", value=name, remedy=remedy)
        if not proofs.expected(name):
            remedy = "no alert is proved by it; name it in one, or remove it"
            yield Problem(file=file, field="faults", value=name, remedy=remedy)


def _histories(proofs: Proofs, rules: Iterable[Document], tests: Mapping[str, Document]) -> Iterator[Problem]:
    """Scenes that do not exist, say nothing of their alert, or cannot be written as the past of a server."""
    expressions = {(rule["alert"], rule["labels"].get("long", "")): rule["expr"] for rule in rules}
    for alert, how in proofs.alerts.items():
        if how.history and not how.requires:
            remedy = (
                "a history is for what no live fault can reach; write what one would take, or prove it by one"
            )
            yield Problem(file=PROOFS_FILE.name, field=f"{alert}: requires", value=None, remedy=remedy)
        for history in how.history:
            expression = expressions.get((alert, history.pair or ""))
            if expression is None:
                remedy = "no alert has this name and this long window"
                yield Problem(
                    file=PROOFS_FILE.name, field=f"{alert}: pair", value=history.pair, remedy=remedy
                )
            else:
                yield from _unplayable(alert, history, expression, tests)


def _unplayable(
    alert: str, history: History, expression: str, tests: Mapping[str, Document]
) -> Iterator[Problem]:
    if "time" in promql.parse(expression).functions:
        remedy = "the expression asks for the time, which a scene has of its own; prove it by a live fault"
        yield Problem(file=PROOFS_FILE.name, field=f"{alert}: history", value=history.fires, remedy=remedy)
    file = tests.get(f"tests/{history.tests}.yaml")
    if file is None:
        remedy = f"no such file of unit tests; use one of {', '.join(sorted(map(_stem, tests)))}"
        yield Problem(file=PROOFS_FILE.name, field=f"{alert}: tests", value=history.tests, remedy=remedy)
        return
    for field, name, judges in (
        ("fires", history.fires, scenes.told),
        ("silent", history.silent, scenes.untold),
    ):
        found = [test for test in file["tests"] if test["name"] == name]
        if len(found) != 1:
            remedy = f"{len(found)} scenes of {history.tests} have this name; name one of its tests"
        elif judges(found[0], alert, history.pair or "") is None:
            what = "fire" if field == "fires" else "be silent throughout"
            remedy = f"no case of this scene expects the alert to {what}; name another or add the case"
        elif scenes.ends(found[0]):
            remedy = f"{scenes.ends(found[0])[0]} ends in it, which no past can hold; name another scene"
        else:
            continue
        yield Problem(file=PROOFS_FILE.name, field=f"{alert}: {field}", value=name, remedy=remedy)


def _stem(path: str) -> str:
    return Path(path).stem


def _not_always(proofs: Proofs, rules: Iterable[Document]) -> Iterator[Problem]:
    for rule in rules:
        how = proofs.alerts.get(rule["alert"])
        if how is not None and how.always and promql.parse(rule["expr"]).selectors:
            remedy = "it looks at series, so it does not always fire; give it a fault under `live`"
            yield Problem(file=PROOFS_FILE.name, field=f"{rule['alert']}: always", value=True, remedy=remedy)
