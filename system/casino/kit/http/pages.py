"""Serves the built browser client: hashed assets for a year, its one page for every other path, a strict CSP."""

from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
PAGE_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
# First segments that belong to the API: below them an unknown path is a 404, never the page.
_API_SEGMENTS = frozenset({"api", "docs", "metrics", "openapi.json", "health", "healthz", "readyz", "ws"})


class Client(StaticFiles):
    """The folder of the built client; unknown paths are the page's own routes."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file of the build, or the page."""
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404 or "." in path.rsplit("/", 1)[-1]:
                raise
            response = await super().get_response("index.html", scope)
        hashed = path.startswith("assets/")
        response.headers["cache-control"] = "public, max-age=31536000, immutable" if hashed else "no-cache"
        response.headers.update(PAGE_HEADERS)
        return response

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route_path"] = "/assets" if scope["path"].startswith("/assets/") else "/"
        await super().__call__(scope, receive, send)


def serve_client(app: FastAPI, folder: Path) -> None:
    """Answers with the client what no route is for, if the client was built; without it only the API answers.

    Not mounted: a mount at the root would match before a route of the same path could name its methods.
    """
    if not (folder / "index.html").is_file():
        return
    client = GZipMiddleware(Client(directory=folder, html=True), minimum_size=1_024)
    nothing = app.router.default

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        ours = scope["type"] != "http" or scope["path"].lstrip("/").split("/", 1)[0] in _API_SEGMENTS
        await (nothing if ours else client)(scope, receive, send)

    app.router.default = page
