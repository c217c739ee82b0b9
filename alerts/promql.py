"""Reads the metric selectors out of PromQL, so that no query may name what nobody exports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      (?P<space>\s+|\#[^\n]*)
    | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)
    | (?P<range>\[[^\]]*\])
    | (?P<number>(?:0x[0-9a-fA-F]+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)
        (?:ms|[smhdwy](?:\d+(?:ms|[smhdwy]))*)?)
    | (?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
    | (?P<operator>==|!=|=~|!~|>=|<=|[-+*/%^=<>(){},@])
    """,
    re.VERBOSE,
)
_AGGREGATIONS = frozenset(
    {"sum", "min", "max", "avg", "group", "stddev", "stdvar", "count", "count_values"}
    | {"bottomk", "topk", "quantile"}
)
_GROUPINGS = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_KEYWORDS = frozenset({"and", "or", "unless", "bool", "offset", "atan2", "inf", "nan", "start", "end"})


class PromqlError(ValueError):
    """The text is not PromQL as far as this reader understands it."""


@dataclass(frozen=True)
class Matcher:
    """One condition on a label: `label op value`, with op one of = != =~ !~."""

    label: str
    op: str
    value: str

    def accepts(self, value: str) -> bool:
        """Whether a series whose label is `value` ("" when it has none) meets the condition."""
        if self.op in ("=", "!="):
            return (value == self.value) is (self.op == "=")
        return (re.fullmatch(self.value, value) is not None) is (self.op == "=~")

    def __str__(self) -> str:
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{self.label}{self.op}"{escaped}"'


@dataclass(frozen=True)
class Selector:
    """A metric named in a query. `range` is the text between brackets, `function` what it is given to."""

    metric: str
    matchers: tuple[Matcher, ...] = ()
    range: str | None = None
    function: str | None = None

    def accepts(self, labels: Mapping[str, str]) -> bool:
        """Whether a series of this metric with `labels` is selected; a label it lacks counts as empty."""
        return all(matcher.accepts(labels.get(matcher.label, "")) for matcher in self.matchers)

    def value_of(self, label: str) -> str | None:
        """The value that an equality matcher fixes for `label`, if any."""
        return next((m.value for m in self.matchers if m.label == label and m.op == "="), None)

    def __str__(self) -> str:
        inside = ",".join(str(matcher) for matcher in self.matchers)
        return self.metric + (f"{{{inside}}}" if inside else "")


@dataclass(frozen=True)
class Query:
    """What a PromQL expression names: the series it selects and the labels it groups by."""

    selectors: tuple[Selector, ...]
    grouping_labels: frozenset[str]


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def parse(expression: str) -> Query:
    """Read a PromQL expression's selectors and grouping labels.

    Raises PromqlError for text it cannot read. It checks no types and no arity: that is promtool's work.
    """
    return _Reader(expression).read()


def selector(expression: str) -> Selector:
    """Read an expression that must be one bare selector such as `metric{label="value"}`."""
    found = parse(expression)
    if len(found.selectors) != 1 or str(found.selectors[0]) != _compact(expression):
        raise PromqlError(f'{expression!r} is not one plain selector; write metric{{label="value"}} alone')
    return found.selectors[0]


def _compact(expression: str) -> str:
    return "".join(token.text for token in _tokens(expression))


def _tokens(expression: str) -> Iterator[_Token]:
    position = 0
    while position < len(expression):
        match = _TOKEN.match(expression, position)
        if match is None or match.lastgroup is None:
            raise PromqlError(
                f"cannot read PromQL at {expression[position : position + 20]!r} in {expression!r}"
            )
        position = match.end()
        if match.lastgroup != "space":
            yield _Token(match.lastgroup, match.group())


class _Reader:
    """One pass over the tokens, keeping the stack of calls that enclose the current one."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.tokens = list(_tokens(expression))
        self.position = 0
        self.calls: list[str | None] = []
        self.selectors: list[Selector] = []
        self.grouping_labels: set[str] = set()

    def read(self) -> Query:
        pending_call: str | None = None
        while (token := self._next()) is not None:
            if token.text == "(":
                self.calls.append(pending_call)
                pending_call = None
            elif token.text == ")":
                if not self.calls:
                    raise PromqlError(f"one ) too many in {self.expression!r}")
                self.calls.pop()
            elif token.text == "{":
                self._read_selector(None)
            elif token.kind == "name":
                pending_call = self._read_name(token.text, pending_call)
        if self.calls:
            raise PromqlError(f"a ( is never closed in {self.expression!r}")
        return Query(tuple(self.selectors), frozenset(self.grouping_labels))

    def _next(self) -> _Token | None:
        token = self._peek()
        self.position += 1
        return token

    def _peek(self) -> _Token | None:
        return self.tokens[self.position] if self.position < len(self.tokens) else None

    def _next_is(self, text: str) -> bool:
        token = self._peek()
        return token is not None and token.text == text

    def _read_name(self, name: str, pending_call: str | None) -> str | None:
        """Handle a name; returns the call that the next opening parenthesis belongs to."""
        lowered = name.lower()
        if lowered in _GROUPINGS:
            if self._next_is("("):
                self._read_grouping()
            return pending_call
        if lowered in _AGGREGATIONS or (self._next_is("(") and lowered not in _KEYWORDS):
            return lowered
        if lowered not in _KEYWORDS:
            self._read_selector(name)
        return None

    def _read_grouping(self) -> None:
        self._next()
        while (token := self._next()) is not None and token.text != ")":
            if token.kind == "name":
                self.grouping_labels.add(token.text)

    def _read_selector(self, metric: str | None) -> None:
        matchers: list[Matcher] = []
        if metric is None or self._next_is("{"):
            if metric is not None:
                self._next()
            matchers = list(self._read_matchers())
        if metric is None:
            metric = next((m.value for m in matchers if m.label == "__name__" and m.op == "="), None)
            if metric is None:
                raise PromqlError(f"a selector in {self.expression!r} names no metric; start it with one")
            matchers = [m for m in matchers if m.label != "__name__"]
        token = self._peek()
        span = token.text[1:-1].strip() if token is not None and token.kind == "range" else None
        function = self.calls[-1] if self.calls else None
        self.selectors.append(Selector(metric, tuple(matchers), span, function))

    def _read_matchers(self) -> Iterator[Matcher]:
        while not self._next_is("}"):
            label, op, value = self._next(), self._next(), self._next()
            if label is None or op is None or value is None or value.kind != "string":
                raise PromqlError(f"a {{ is never closed, or a matcher is malformed, in {self.expression!r}")
            yield Matcher(label.text, op.text, _unquote(value.text))
            if self._next_is(","):
                self._next()
        self._next()


def _unquote(text: str) -> str:
    body = text[1:-1]
    return body if text[0] == "`" else re.sub(r"\\(.)", r"\1", body)
