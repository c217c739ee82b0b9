"""A path without parameters answers for itself alone, whatever route with a parameter would fit it too."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route


def keep_paths_apart(api: FastAPI, routers: Sequence[APIRouter]) -> None:
    """Answers 405 to methods that a fixed path does not have but a route with a parameter would take for it.

    Without this `DELETE /follow/list` is `DELETE /follow/{user_id}` of a user called list.
    """
    routes = [route for router in routers for route in router.routes if isinstance(route, Route)]
    fixed = {route.path for route in routes if not route.param_convertors}
    for path in sorted(fixed):
        own = {method for route in routes if route.path == path for method in route.methods or ()}
        taken = {
            method
            for route in routes
            if route.param_convertors
            for method in (route.methods or set()) - own
            if route.matches({"type": "http", "path": path, "method": method})[0] is Match.FULL
        }
        if taken:
            api.router.routes.insert(0, Route(path, _refuse, methods=sorted(taken), include_in_schema=False))


async def _refuse(request: Request) -> Response:
    request.scope["route_path"] = request.scope["path"]
    raise HTTPException(405)
