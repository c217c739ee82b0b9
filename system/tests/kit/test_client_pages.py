"""The browser client answers its own paths and nothing that belongs to the API."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from casino.kit.http.pages import serve_client


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """An application that has no route but the client's page."""
    (tmp_path / "index.html").write_text("<title>the page</title>")
    app = FastAPI()
    serve_client(app, tmp_path)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://casino") as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/slot", "/apiary", "/healthy", "/profile/devices"])
async def test_the_page_answers_its_own_paths(client: httpx.AsyncClient, path: str) -> None:
    """Any path of the client's router is the one page, with its policy."""
    answer = await client.get(path)
    assert (answer.status_code, "the page" in answer.text) == (200, True)
    assert "default-src 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/docs/nothing", "/ws", "/readyz"])
async def test_unknown_paths_of_the_api_are_not_the_page(client: httpx.AsyncClient, path: str) -> None:
    """A mistyped call is told so instead of being handed a page with status 200."""
    assert (await client.get(path)).status_code == 404
