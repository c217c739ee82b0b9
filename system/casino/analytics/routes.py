"""HTTP in and out of analytics."""

from typing import Annotated

from fastapi import APIRouter

from casino.analytics.schemas import OlapHealth
from casino.analytics.service import OlapStore, olap_health
from casino.identity.service import Principal, require_role
from casino.kit.database import Database
from casino.kit.http.resources import resource
from casino.kit.http.wire import problems

router = APIRouter(prefix="/api/olap", tags=["analytics"])


@router.get("/health", operation_id="analytics_olap_health_v1", responses=problems(401, 403, 429, 503))
async def health(
    _: Annotated[Principal, require_role("operator")],
    database: Annotated[Database, resource(Database)],
    store: Annotated[OlapStore, resource(OlapStore)],
) -> OlapHealth:
    """How the analytics store stands, for operators and admins; play never waits for it."""
    return await olap_health(database, store)
