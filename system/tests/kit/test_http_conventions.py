"""What holds for every route: methods, paths, and the document that describes them."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from casino.app import Parts, build_api
from casino.kit.http.wire import PROBLEM_MEDIA
from casino.kit.settings import Settings
from tests.factories.access import bearer

NOBODY = 2**62


def test_routes_are_known_by_their_full_path(parts: Parts) -> None:
    """Metrics and spans read a route's own path: it must not lack the prefix it is included under."""
    routes = iter_route_contexts(build_api(parts).routes)
    named = [(route.path, getattr(route.original_route, "path", None)) for route in routes]
    assert named
    assert [(full, own) for full, own in named if full != own] == []


async def test_the_whole_path_answers_for_its_methods(client: httpx.AsyncClient) -> None:
    """405 lists the methods of every route of the path, not only of the first."""
    answer = await client.post("/api/auth/me", json={})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, PUT")
    assert answer.headers["content-type"] == PROBLEM_MEDIA
    assert (await client.get("/api/auth/login")).headers["allow"] == "POST"


@pytest.mark.parametrize("path", ["/health", "/api/auth/me", "/api/games/"])
async def test_head_is_get_without_its_body(client: httpx.AsyncClient, path: str) -> None:
    """Same status and headers, an error's too; nothing after them."""
    got, headed = await client.get(path), await client.head(path)
    assert (headed.status_code, headed.content) == (got.status_code, b"")
    assert headed.headers["content-length"] == str(len(got.content))


async def test_a_path_is_what_it_says(client: httpx.AsyncClient) -> None:
    """No redirect to a path with or without a slash: it would carry the Host that the client made up."""
    answer = await client.get("/api/games")
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


async def test_the_body_of_get_is_nobodys_business(client: httpx.AsyncClient) -> None:
    """It is not read, whatever it is."""
    answer = await client.request("GET", "/health", content=b"x", headers={"content-type": "text/plain"})
    assert answer.status_code == 200


async def test_a_body_without_a_length_is_bounded_too(client: httpx.AsyncClient) -> None:
    """413 although the router's own parser was the one that met the bound."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b" " * (1 << 16)

    answer = await client.post(
        "/api/auth/login", content=chunks(), headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["error"]) == (413, "payload_too_large")


@pytest.mark.parametrize(
    "given", ["00-" + "0" * 32 + "-00f067aa0ba902b7-01", "00-" + "a" * 32 + "-" + "0" * 16 + "-01"]
)
async def test_ids_of_zeros_begin_a_new_trace(client: httpx.AsyncClient, given: str) -> None:
    """W3C Trace Context calls them invalid."""
    answer = await client.get("/health", headers={"traceparent": given})
    assert answer.headers["traceparent"] != given
    assert "0" * 16 not in answer.headers["traceparent"]


async def test_every_answer_is_documented_whole(client: httpx.AsyncClient) -> None:
    """Errors are problems by media type, success has a schema, and both name the headers they carry."""
    document = (await client.get("/openapi.json")).json()
    shared = document["components"]["responses"]
    for path, item in document["paths"].items():
        for method, operation in item.items():
            for status, answer in operation["responses"].items():
                whole = shared[answer["$ref"].rsplit("/", 1)[-1]] if "$ref" in answer else answer
                assert "traceparent" in whole["headers"], (method, path, status)
                schemas = [media["schema"] for media in whole.get("content", {}).values()]
                assert status == "204" or (all(schemas) and schemas), (method, path, status)
                if "$ref" in answer:
                    assert list(whole["content"]) == [PROBLEM_MEDIA]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RuntimeError("a secret of the database"), 500, "internal_error"),
        (ConnectionRefusedError("redis://10.0.0.7"), 503, "unavailable"),
    ],
)
async def test_what_breaks_in_a_route_is_a_problem(
    client: httpx.AsyncClient,
    parts: Parts,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    status: int,
    code: str,
) -> None:
    """The edge answers for it: its status and our shape, and nothing of what broke."""

    async def broken() -> None:
        raise error

    monkeypatch.setattr(parts.figures, "read", broken)
    answer = await client.get("/api/metrics/global")
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM_MEDIA)
    assert answer.json()["error"] == code
    assert str(error) not in answer.text


@pytest.mark.parametrize("since", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00%2B14:00"])
async def test_the_calendar_has_ends(client: httpx.AsyncClient, settings: Settings, since: str) -> None:
    """A moment whose offset carries it out of the calendar is its last or first one, not an error of ours."""
    answer = await client.get(f"/api/games/history?since={since}", headers=bearer(settings, NOBODY))
    assert (answer.status_code, answer.json()["items"]) == (200, [])
