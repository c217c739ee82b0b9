"""The part of the OpenSLO v1 document format that this room reads; anything else in a file is refused.

Each class mirrors the OpenSLO object of its name (https://github.com/OpenSLO/OpenSLO, `openslo/v1`).
Annotations carry what OpenSLO has no field for. Of an AlertPolicy: `shortWindow`, the second window of a
multi-window alert, and `badEventsMin`, its low-traffic guard. Of an SLO with a target of 1, which OpenSLO's own
target stops short of: `alertName` and `alertWindow`, its one alert and how long that remembers a bad event.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from alerts import promql
from alerts.duration import Duration
from alerts.problems import Problem, refuse

_SHORTHAND = re.compile(r"[1-9][0-9]*[mhdw]")


def _parse_shorthand(value: object) -> Duration:
    if not isinstance(value, str) or not _SHORTHAND.fullmatch(value):
        raise ValueError("write one whole number and one of m, h, d, w, such as 5m or 28d")
    return Duration.parse(value)


def _parse_selector(value: object) -> promql.Selector:
    if not isinstance(value, str):
        raise ValueError('write a PromQL selector such as metric{label="value"}')  # noqa: TRY004 - pydantic's
    return promql.selector(value)


Name = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
Shorthand = Annotated[Duration, BeforeValidator(_parse_shorthand)]
PlainSelector = Annotated[promql.Selector, BeforeValidator(_parse_selector)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)


class Metadata(_Part):
    name: Name
    display_name: str = ""


class SloLabels(_Part):
    team: Name
    category: Literal["availability", "latency", "delivery", "success", "integrity", "completeness"]


class SloAnnotations(_Part):
    alert_name: Annotated[str, Field(pattern=r"^(?:[A-Z][a-z0-9]*)+$")]
    alert_window: Shorthand


class SloMetadata(_Part):
    name: Name
    display_name: Annotated[str, Field(min_length=1)]
    labels: SloLabels
    annotations: SloAnnotations | None = None


class QuerySpec(_Part):
    query: PlainSelector


class MetricSource(_Part):
    type: Literal["Prometheus"]
    spec: QuerySpec


class Metric(_Part):
    metric_source: MetricSource


class RatioMetric(_Part):
    counter: bool
    good: Metric | None = None
    bad: Metric | None = None
    total: Metric

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if (self.good is None) == (self.bad is None):
            raise ValueError("count good or bad, and not both: the other is what is left of total")
        return self


class IndicatorSpec(_Part):
    ratio_metric: RatioMetric


class Indicator(_Part):
    metadata: Metadata
    spec: IndicatorSpec


class TimeWindow(_Part):
    duration: Shorthand
    is_rolling: Literal[True]


class Objective(_Part):
    display_name: str = ""
    target: Annotated[Decimal, Field(gt=0, le=1)]


class AlertPolicyRef(_Part):
    alert_policy_ref: Name


class SloSpec(_Part):
    description: Annotated[str, Field(min_length=1, max_length=1050)]
    service: Name
    indicator: Indicator
    time_window: Annotated[list[TimeWindow], Field(min_length=1, max_length=1)]
    budgeting_method: Literal["Occurrences"]
    objectives: Annotated[list[Objective], Field(min_length=1, max_length=1)]
    alert_policies: list[AlertPolicyRef] = []


class SloDocument(_Part):
    api_version: Literal["openslo/v1"]
    kind: Literal["SLO"]
    metadata: SloMetadata
    spec: SloSpec


class PolicyAnnotations(_Part):
    short_window: Shorthand
    bad_events_min: Annotated[int, Field(ge=2)]


class PolicyMetadata(_Part):
    name: Name
    display_name: str = ""
    annotations: PolicyAnnotations


class BurnCondition(_Part):
    kind: Literal["burnrate"]
    threshold: Annotated[Decimal, Field(gt=0)]
    lookback_window: Shorthand
    alert_after: Shorthand


class ConditionSpec(_Part):
    severity: Literal["page", "ticket"]
    condition: BurnCondition


class InlineCondition(_Part):
    kind: Literal["AlertCondition"]
    metadata: Metadata
    spec: ConditionSpec


class TargetRef(_Part):
    target_ref: Name


class PolicySpec(_Part):
    description: Annotated[str, Field(max_length=1050)] = ""
    alert_when_breaching: Literal[True]
    conditions: Annotated[list[InlineCondition], Field(min_length=1, max_length=1)]
    notification_targets: Annotated[list[TargetRef], Field(min_length=1)]


class PolicyDocument(_Part):
    api_version: Literal["openslo/v1"]
    kind: Literal["AlertPolicy"]
    metadata: PolicyMetadata
    spec: PolicySpec


class NotificationTargetSpec(_Part):
    target: str
    description: Annotated[str, Field(max_length=1050)] = ""


class NotificationTargetDocument(_Part):
    api_version: Literal["openslo/v1"]
    kind: Literal["AlertNotificationTarget"]
    metadata: Metadata
    spec: NotificationTargetSpec


Document = SloDocument | PolicyDocument | NotificationTargetDocument
_ADAPTER: TypeAdapter[Document] = TypeAdapter(Annotated[Document, Field(discriminator="kind")])

_REMEDIES = {
    "missing": "add this field",
    "extra_forbidden": "this compiler does not read this field; mend its spelling or remove it",
    "less_than_equal": "a target is a share of at most 1",
    "union_tag_invalid": "use kind SLO, AlertPolicy or AlertNotificationTarget",
    "union_tag_not_found": "add kind: SLO, AlertPolicy or AlertNotificationTarget",
}


def read(path: Path) -> list[Document]:
    """Read the documents of one YAML file. Raises ProblemsFoundError with every fault found in it."""
    try:
        raw = [document for document in yaml.safe_load_all(path.read_text()) if document is not None]
    except yaml.YAMLError as error:
        refuse([Problem(file=path.name, field="(the file)", value=path.name, remedy=f"not YAML: {error}")])
    documents: list[Document] = []
    problems: list[Problem] = []
    for value in raw:
        try:
            documents.append(_ADAPTER.validate_python(value))
        except ValidationError as error:
            problems.extend(_problem(path, detail) for detail in error.errors())
    refuse(problems)
    return documents


def _problem(path: Path, detail: ErrorDetails) -> Problem:
    kind = detail["type"]
    location = [str(part) for part in detail["loc"]]
    field = ".".join(location[1:] if len(location) > 1 else location) or "kind"
    value: Any = None if kind == "missing" else detail["input"]
    if kind.startswith("union_tag") and isinstance(value, Mapping):
        value = value.get("kind")
    remedy = _REMEDIES.get(kind) or _lower_first(detail["msg"].removeprefix("Value error, "))
    return Problem(file=path.name, field=field, value=value, remedy=remedy)


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
