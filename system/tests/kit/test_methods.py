"""Fixed paths and paths with parameters: neither answers for the other."""

import httpx
import pytest


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/games/follow/list", "GET, HEAD"),
        ("POST", "/api/games/follow/settings", "GET, HEAD, PUT"),
        ("PATCH", "/api/games/follow/list", "GET, HEAD"),
        ("DELETE", "/api/admin/notifications/broadcast", "POST"),
        ("GET", "/api/games/follow/7", "DELETE, POST"),
    ],
)
async def test_a_fixed_path_has_its_own_methods_alone(
    client: httpx.AsyncClient, method: str, path: str, allowed: str
) -> None:
    """405 with exactly the methods of the path, to somebody without a token as well."""
    answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["error"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == allowed


async def test_a_path_with_a_parameter_still_answers(client: httpx.AsyncClient) -> None:
    """What is no fixed path is taken for the parameter, and refused or answered by its own route."""
    assert (await client.delete("/api/games/follow/7")).status_code == 401
    assert (await client.delete("/api/games/follow/nobody")).status_code == 401
