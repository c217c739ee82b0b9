"""Completes the OpenAPI document with what holds for every route, so that no route has to say it again."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI

from casino.kit.http.wire import MEANING, PROBLEM_MEDIA, Problem

Document = dict[str, Any]

_PROBLEM = "#/components/schemas/Problem"
_EVERYWHERE = ("traceparent", "X-Request-ID")
_LIMITED = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
_DEPRECATED = ("Deprecation", "Link")
_HEADERS: dict[str, dict[str, Any]] = {
    "traceparent": {
        "description": "The trace of this answer (W3C Trace Context); its second part is `trace_id` in errors.",
        "required": True,
        "schema": {"type": "string", "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"},
    },
    "X-Request-ID": {
        "description": "What the request sent, or an id of ours.",
        "required": True,
        "schema": {"type": "string", "minLength": 1, "maxLength": 128},
    },
    "RateLimit-Limit": {
        "description": "Requests allowed in the window that is nearest to its end.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "RateLimit-Remaining": {
        "description": "Requests left in that window.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "RateLimit-Reset": {
        "description": "Seconds until that window ends.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "Retry-After": {
        "description": "Seconds to wait before another try.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0},
    },
    "WWW-Authenticate": {
        "description": "How to authenticate (RFC 9110, 11.6.1).",
        "required": True,
        "schema": {"type": "string", "const": "Bearer"},
    },
    "Deprecation": {
        "description": "Since when, as `@` and Unix seconds (RFC 9745).",
        "required": True,
        "schema": {"type": "string", "pattern": "^@[0-9]+$"},
    },
    "Link": {
        "description": "The route that takes the place of this one (RFC 8288).",
        "required": True,
        "schema": {"type": "string", "pattern": 'rel="successor-version"'},
    },
}


def serve_document(api: FastAPI) -> None:
    """Makes the completed document the one that `/openapi.json` and `casino openapi` give out."""
    plain = api.openapi

    def completed() -> Document:
        if api.openapi_schema is None:
            api.openapi_schema = complete(plain())
        return api.openapi_schema

    api.openapi = completed  # type: ignore[method-assign]  # FastAPI documents this way of extending it


def complete(document: Document) -> Document:
    """The document with the edge's refusals, the shape of errors and the headers of every answer."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = Problem.model_json_schema()
    components["headers"] = _HEADERS
    components["responses"] = {_name(status): _problem_answer(status) for status in MEANING}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            _complete_answers(path, method, operation)
    return document


def allowed_methods(document: Document, route: str) -> str:
    """The ``Allow`` header of a route's path: the methods of all routes that share it. Pages only have GET."""
    methods = {method.upper() for method in document["paths"].get(route, ["get"])}
    return ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))


def _complete_answers(path: str, method: str, operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    for status in _edge_refusals(path, method, operation):
        answers.setdefault(str(status), {})
    for status, answer in answers.items():
        if _is_problem(int(status), answer):
            answers[status] = {"$ref": f"#/components/responses/{_name(int(status))}"}
        else:
            answer["headers"] = _headers_of(path, deprecated=operation.get("deprecated", False))
    operation["responses"] = dict(sorted(answers.items()))


def _edge_refusals(path: str, method: str, operation: dict[str, Any]) -> list[int]:
    """What is refused before a route is asked, or on its way there."""
    refusals = []
    if path.startswith("/api/"):
        refusals += [429, 503]
    if method != "get":
        refusals += [413, 415]
    if "requestBody" in operation:
        refusals += [400, 422]
    return refusals


def _is_problem(status: int, answer: dict[str, Any]) -> bool:
    """Whether it is an error that is no model of the route's own."""
    schemas = [media.get("schema", {}).get("$ref", "") for media in answer.get("content", {}).values()]
    return status >= 400 and all(name.endswith(("/Problem", "/HTTPValidationError")) for name in schemas)


def _problem_answer(status: int) -> dict[str, Any]:
    names = [*_EVERYWHERE, *_LIMITED]
    if status == 401:
        names.append("WWW-Authenticate")
    if status in (429, 503):
        names.append("Retry-After")
    return {
        "description": MEANING[status],
        "headers": _references(names),
        "content": {PROBLEM_MEDIA: {"schema": {"$ref": _PROBLEM}}},
    }


def _headers_of(path: str, *, deprecated: bool) -> dict[str, Any]:
    limited = _LIMITED if path.startswith("/api/") else ()
    return _references([*_EVERYWHERE, *limited, *(_DEPRECATED if deprecated else ())])


def _references(names: Sequence[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _name(status: int) -> str:
    return f"Problem{status}"
