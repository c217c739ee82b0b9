"""The objectives as typed values, from the only files where a target, threshold or window is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from pathlib import Path

from alerts import openslo
from alerts.duration import Duration
from alerts.openslo import Document, NotificationTargetDocument, PolicyDocument, SloDocument
from alerts.problems import Problem, ProblemsFoundError, refuse
from alerts.promql import Matcher, Selector

SLO_DIRECTORY = Path(__file__).parent / "slos"

# Rule of three: no failure among n events puts the failure rate under 3 / n with 95 % confidence
# (Hanley and Lippman-Hand, JAMA 1983), so a target needs 3 / (1 - target) events to be called met.
RULE_OF_THREE = 3


@dataclass(frozen=True, kw_only=True)
class BurnPolicy:
    """One row of the burn-rate table: fire when both windows burn faster than `factor` for `hold`.

    `bad_events_min` is the low-traffic guard: fewer bad events than that in the long window never fire.
    """

    name: str
    severity: str
    factor: Decimal
    long: Duration
    short: Duration
    hold: Duration
    bad_events_min: int
    source: str


@dataclass(frozen=True, kw_only=True)
class NoBudget:
    """What an objective of 100 % has instead of policies: `alert` pages for any `bad` event of the last `window`."""

    alert: str
    bad: Selector
    window: Duration


@dataclass(frozen=True, kw_only=True)
class Slo:
    """One objective of one journey. `target` is the share of events that must be good over `period`.

    `counter` tells whether the metrics only grow; when not, every sample is one event (a probe). It has either
    `policies`, or `no_budget`.
    """

    name: str
    title: str
    description: str
    service: str
    team: str
    category: str
    counter: bool
    good: Selector
    total: Selector
    target: Decimal
    period: Duration
    policies: tuple[BurnPolicy, ...]
    no_budget: NoBudget | None = None
    source: str

    @property
    def sloth_id(self) -> str:
        """The value of the label `sloth_id`, made as Sloth makes it."""
        return f"{self.service}-{self.name}"

    @property
    def alert_name(self) -> str:
        """The name shared by the alerts of this objective; it also names their runbook."""
        if self.no_budget is not None:
            return self.no_budget.alert
        return "".join(part.capitalize() for part in self.name.split("-")) + "BudgetBurn"

    @property
    def error_budget(self) -> Decimal:
        """The share of events that may be bad: 1 - target."""
        return 1 - self.target

    @property
    def evidence_events(self) -> int:
        """How many events it takes to call the target met with 95 % confidence; without a budget, any at all."""
        if self.no_budget is not None:
            return 1
        return int((RULE_OF_THREE / self.error_budget).to_integral_value(ROUND_CEILING))

    @property
    def threshold_seconds(self) -> float | None:
        """The latency that still counts as good, from the histogram bound; None for other objectives."""
        bound = self.good.value_of("le")
        return None if bound is None else float(bound)

    @property
    def metric(self) -> str:
        """The metric whose events this objective counts, without a histogram's suffix."""
        return self.total.metric.removesuffix("_count")

    def judge_event(
        self, *, metric: str, labels: Mapping[str, str], seconds: float | None = None
    ) -> bool | None:
        """Tell whether an event that a client saw is good; None when the objective does not count it.

        `metric` and `labels` are those that the server would record it under (a request that timed out
        is status 504); `seconds` is its latency, which a latency objective needs (ValueError without it).
        """
        if metric != self.metric or not self.total.accepts(labels):
            return None
        if self.threshold_seconds is None:
            return self.good.accepts(labels)
        if seconds is None:
            raise ValueError(f"{self.name} judges latency: pass seconds= for {metric}{dict(labels)}")
        return seconds <= self.threshold_seconds


def load(directory: Path = SLO_DIRECTORY) -> tuple[Slo, ...]:
    """Read every OpenSLO v1 file of `directory`, in order of name.

    Raises ProblemsFoundError naming each file, field, value and remedy; a directory without objectives is
    refused too, since a gate that judges nothing would pass everything.
    """
    documents = list(_read_directory(directory))
    policies = _policies(documents)
    slos = [_slo(file, found, policies) for file, found in documents if isinstance(found, SloDocument)]
    if not slos:
        found = f"{len(documents)} documents, no SLO"
        refuse(
            [Problem(file=str(directory), field="kind", value=found, remedy="write at least one SLO here")]
        )
    return tuple(sorted(slos, key=lambda slo: slo.name))


def by_name(slos: Iterable[Slo]) -> dict[str, Slo]:
    """The objectives under their names."""
    return {slo.name: slo for slo in slos}


def _read_directory(directory: Path) -> list[tuple[str, Document]]:
    """Every document of the directory with the name of its file."""
    documents: list[tuple[str, Document]] = []
    problems: list[Problem] = []
    for path in sorted(directory.glob("*.yaml")):
        try:
            documents.extend((path.name, document) for document in openslo.read(path))
        except ProblemsFoundError as error:
            problems.extend(error.problems)
    seen: dict[tuple[str, str], str] = {}
    for file, document in documents:
        key = (document.kind, document.metadata.name)
        if key in seen:
            remedy = f"{seen[key]} already has a {document.kind} of this name; choose another"
            problems.append(Problem(file=file, field="metadata.name", value=key[1], remedy=remedy))
        seen[key] = file
    refuse(problems)
    return documents


def _policies(documents: Iterable[tuple[str, Document]]) -> dict[str, BurnPolicy]:
    targets = {found.metadata.name for _, found in documents if isinstance(found, NotificationTargetDocument)}
    policies: dict[str, BurnPolicy] = {}
    problems: list[Problem] = []
    for file, document in documents:
        if isinstance(document, PolicyDocument):
            policy = _policy(file, document)
            policies[policy.name] = policy
            problems.extend(_policy_problems(file, document, policy, targets))
    refuse(problems)
    return policies


def _policy(file: str, document: PolicyDocument) -> BurnPolicy:
    spec = document.spec.conditions[0].spec
    return BurnPolicy(
        name=document.metadata.name,
        severity=spec.severity,
        factor=spec.condition.threshold,
        long=spec.condition.lookback_window,
        short=document.metadata.annotations.short_window,
        hold=spec.condition.alert_after,
        bad_events_min=document.metadata.annotations.bad_events_min,
        source=file,
    )


def _policy_problems(
    file: str, document: PolicyDocument, policy: BurnPolicy, targets: set[str]
) -> Iterable[Problem]:
    for reference in document.spec.notification_targets:
        if reference.target_ref not in targets:
            yield Problem(
                file=file,
                field=f"{policy.name}: spec.notificationTargets.targetRef",
                value=reference.target_ref,
                remedy=f"no AlertNotificationTarget has this name; known: {', '.join(sorted(targets))}",
            )
    if policy.short >= policy.long:
        yield Problem(
            file=file,
            field=f"{policy.name}: metadata.annotations.shortWindow",
            value=str(policy.short),
            remedy=f"the short window ends an alert early, so it must be shorter than {policy.long}",
        )


def _slo(file: str, document: SloDocument, policies: Mapping[str, BurnPolicy]) -> Slo:
    spec, metadata = document.spec, document.metadata
    wanted = [reference.alert_policy_ref for reference in spec.alert_policies]
    refuse(
        Problem(
            file=file,
            field="spec.alertPolicies.alertPolicyRef",
            value=name,
            remedy=f"no AlertPolicy has this name; known: {', '.join(sorted(policies))}",
        )
        for name in wanted
        if name not in policies
    )
    refuse(_budget_problems(file, document))
    good, total, no_budget = _events(file, document)
    return Slo(
        name=metadata.name,
        title=metadata.display_name,
        description=" ".join(spec.description.split()),
        service=spec.service,
        team=metadata.labels.team,
        category=metadata.labels.category,
        counter=spec.indicator.spec.ratio_metric.counter,
        good=good,
        total=total,
        target=spec.objectives[0].target,
        period=spec.time_window[0].duration,
        policies=tuple(policies[name] for name in wanted),
        no_budget=no_budget,
        source=file,
    )


def _budget_problems(file: str, document: SloDocument) -> Iterator[Problem]:
    """Below 1 policies watch over a budget; at 1 each bad event is one too many."""
    spec, annotations = document.spec, document.metadata.annotations
    ratio, policies = spec.indicator.spec.ratio_metric, [one.alert_policy_ref for one in spec.alert_policies]
    named = annotations and annotations.alert_name
    alerts, events, notes = "spec.alertPolicies", "spec.indicator.spec.ratioMetric", "metadata.annotations"
    found: list[tuple[bool, str, object, str]]
    if spec.objectives[0].target < 1:
        found = [
            (not policies, alerts, policies, "its budget would burn unheard; name policies"),
            (ratio.good is None, events, "bad", "a budget is what total leaves beside good; count good"),
            (annotations is not None, notes, named, "burn-rate alerts have names already; remove this"),
        ]
    else:
        found = [
            (bool(policies), alerts, policies, "1 leaves no budget to burn; remove it, or lower the target"),
            (ratio.bad is None, events, "good", "without a budget bad events themselves count; count bad"),
            (annotations is None, notes, None, "it has one alert; write its alertName and alertWindow"),
        ]
    for wrong, field, value, remedy in found:
        if wrong:
            yield Problem(file=file, field=field, value=value, remedy=remedy)


def _events(file: str, document: SloDocument) -> tuple[Selector, Selector, NoBudget | None]:
    """Good events, all events, and the bad ones where each of them counts."""
    ratio, annotations = document.spec.indicator.spec.ratio_metric, document.metadata.annotations
    total = ratio.total.metric_source.spec.query
    if ratio.good is not None:
        return ratio.good.metric_source.spec.query, total, None
    assert ratio.bad is not None and annotations is not None, "refused before"
    bad = ratio.bad.metric_source.spec.query
    own = [matcher for matcher in bad.matchers if matcher not in total.matchers]
    if bad.metric != total.metric or len(own) != 1 or not _are_among(bad, total, own[0]):
        remedy = (
            f"bad events are those of {total} that meet one condition more; write its matchers and one other"
        )
        refuse([Problem(file=file, field="ratioMetric.bad", value=str(bad), remedy=remedy)])
    good = Selector(total.metric, (*total.matchers, _opposite(own[0])))
    return good, total, NoBudget(alert=annotations.alert_name, bad=bad, window=annotations.alert_window)


def _are_among(bad: Selector, total: Selector, own: Matcher) -> bool:
    """Whether all bad events are counted in total: each of its conditions is theirs, or follows from their own one."""
    return all(
        matcher in bad.matchers
        or (matcher.label == own.label and own.op == "=" and matcher.accepts(own.value))
        for matcher in total.matchers
    )


def _opposite(matcher: Matcher) -> Matcher:
    """The condition that holds exactly where this one does not."""
    return Matcher(matcher.label, {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}[matcher.op], matcher.value)
