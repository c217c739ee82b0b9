"""The refresh token of a browser: a cookie no script can read, sent to our own pages' requests alone."""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from casino.identity.errors import OriginRefused
from casino.identity.tokens import SigningKeys, key_id
from casino.kit.settings import Settings

COOKIE_PATH = "/api/auth"
SECONDS_A_DAY = 86_400


class RefreshCookie:
    """Its name carries the signing key's, which all processes of one system share and no other system has.

    Cookies know no ports: two systems on one host would otherwise log each other's users out.
    """

    def __init__(self, settings: Settings) -> None:
        self._names = [f"casino_refresh_{key_id(key)}" for key in SigningKeys(settings).accepted]
        self._seconds = settings.refresh_token_days * SECONDS_A_DAY
        self._secure = settings.environment != "development"

    def put(self, response: Response, token: str) -> None:
        """Gives the browser the token."""
        self._set(response, self._names[0], token, self._seconds)

    def clear(self, request: Request, response: Response) -> None:
        """Takes back what the browser sent."""
        for name in self._names:
            if name in request.cookies:
                self._set(response, name, "", 0)

    def read(self, request: Request) -> str | None:
        """The token the browser sent, if one of our own pages made it; OriginRefused for anybody else's."""
        found = [request.cookies[name] for name in self._names if name in request.cookies]
        if not found:
            return None
        origin = request.headers.get("origin", "")
        if urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower():
            raise OriginRefused(
                f"A refresh by cookie must come from our own pages; it came from {origin or 'nowhere'!r}."
            )
        return found[0]

    def _set(self, response: Response, name: str, value: str, seconds: int) -> None:
        response.set_cookie(
            name, value, seconds, path=COOKIE_PATH, secure=self._secure, httponly=True, samesite="strict"
        )
