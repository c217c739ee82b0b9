"""HTTP out of the public status page."""

from typing import Annotated

from fastapi import APIRouter

from casino.home.public_status import PublicStatus
from casino.home.schemas import ClubStatus
from casino.kit.http.resources import resource
from casino.kit.http.wire import problems

router = APIRouter(prefix="/api")


@router.get("/status", operation_id="home_status_v1", tags=["metrics"], responses=problems(429, 503))
async def status(public: Annotated[PublicStatus, resource(PublicStatus)]) -> ClubStatus:
    """How the casino keeps its promises: objectives with the error budget they have left, and what is wrong now.

    At most fifteen seconds old. What cannot be measured is `unknown`, never good.
    """
    return await public.read()
