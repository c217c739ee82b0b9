"""A room's rows as one JSON value, so that another room's single statement can join what several rooms know."""

from typing import Any

from sqlalchemy import ScalarSelect, Select, func, select
from sqlalchemy.dialects.postgresql import JSONB


def rows_section(query: Select[Any]) -> ScalarSelect[Any]:
    """The rows of `query` as a JSON array of objects, in its order; null without rows. Times become text."""
    part = query.subquery()
    row = func.jsonb_build_object(*(member for column in part.c for member in (column.key, column)))
    return select(func.jsonb_agg(row, type_=JSONB)).scalar_subquery()
