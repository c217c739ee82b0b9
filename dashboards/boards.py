"""All boards, and their JSON as Grafana loads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards import api, economy, engagement, home, overview, pipeline, purchases, realtime
from dashboards.sources import Sources

GENERATED_DIRECTORY = Path(__file__).parent / "generated"

_BUILDERS = {
    "overview": overview,
    "api": api,
    "home": home,
    "realtime": realtime,
    "engagement": engagement,
    "economy": economy,
    "purchases": purchases,
    "pipeline": pipeline,
}

Document = dict[str, Any]


def names() -> tuple[str, ...]:
    """The boards, in the order they are shown."""
    return tuple(_BUILDERS)


def documents(sources: Sources) -> dict[str, Document]:
    """Every board as Grafana's JSON model, by name. Panels are numbered in their order, from 1."""
    built = {}
    for name, module in _BUILDERS.items():
        board = module.build(sources).build()
        for number, panel in enumerate(board.panels, start=1):
            panel.id_val = number
        document: Document = json.loads(json.dumps(board, cls=JSONEncoder))
        built[name] = document
    return built


def files(sources: Sources) -> dict[str, str]:
    """The text of every file in `generated/`. The same sources give the same bytes."""
    return {
        f"{name}.json": json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        for name, document in documents(sources).items()
    }
