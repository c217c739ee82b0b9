"""What `casino up` tells the person at the terminal once everything serves."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from casino.embedded.topology import Topology

INDENT = "  "


def announce(topology: Topology, state_dir: Path, seconds: float) -> str:
    """Addresses (engines without their passwords, which state.json has), accounts, and how to stop."""
    addresses = [(name, _without_password(url)) for name, url in topology.urls.items()]
    accounts = [(account.site_id, account.password, account.role) for account in topology.accounts]
    return "\n".join(
        [
            "",
            f"The casino is open: {topology.public_url}  (ready in {seconds:.1f} s)",
            "",
            *_columns(("process", "address"), addresses),
            "",
            *_columns(("account", "password", "role"), accounts),
            "",
            f"State, passwords of the engines and logs: {state_dir}",
            "Ctrl-C stops it.",
        ]
    )


def _columns(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    return [
        (INDENT + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))).rstrip()
        for row in [head, *rows]
    ]


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.hostname}:{parts.port}").geturl()
