"""People who sign up and log in over HTTP, as a client does."""

from dataclasses import dataclass, replace
from typing import Any

import httpx

from casino.kit.ids import uuid7

PASSWORD = "violet-harbour-91"


@dataclass(frozen=True)
class Person:
    """Somebody with an account; the tokens are those of their last answer."""

    id: int
    site_id: str
    access_token: str
    refresh_token: str

    @property
    def bearer(self) -> dict[str, str]:
        """The header that says who asks."""
        return {"Authorization": f"Bearer {self.access_token}"}

    def holding(self, answer: httpx.Response) -> "Person":
        """The same person with the tokens of this answer."""
        body = answer.json()
        return replace(self, access_token=body["access_token"], refresh_token=body["refresh_token"])


def application(**given: Any) -> dict[str, Any]:
    """A sign-up that nobody made before, but for what is given."""
    number = uuid7().int
    fresh = {
        "site_id": f"p{number % 10**20:020d}",
        "nickname": f"n{number % 10**18:018d}",
        "phone_number": f"82{number % 10**12:012d}",
        "invite_code": "5858",
        "password": PASSWORD,
    }
    return fresh | given


async def signed_up(client: httpx.AsyncClient, **given: Any) -> Person:
    """A new player."""
    asked = application(**given)
    answer = await client.post("/api/auth/signup", json=asked)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    return Person(body["user"]["id"], asked["site_id"], body["access_token"], body["refresh_token"])


async def log_in(
    client: httpx.AsyncClient, site_id: str, password: str = PASSWORD, **more: Any
) -> httpx.Response:
    """One attempt."""
    return await client.post("/api/auth/login", json={"site_id": site_id, "password": password}, **more)


async def refresh(client: httpx.AsyncClient, token: str) -> httpx.Response:
    """One trade of a refresh token in the body."""
    return await client.post("/api/auth/refresh", json={"refresh_token": token})


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Asserts the problem's status and code; returns its body."""
    assert (answer.status_code, answer.json().get("error")) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    return body
