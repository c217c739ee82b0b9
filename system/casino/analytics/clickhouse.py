"""ClickHouse over its HTTP interface: one pooled client, answers told apart by what one can do about them.

The interface: https://clickhouse.com/docs/interfaces/http. Plain httpx: the vendor's asynchronous client
brings a second HTTP library along, and its synchronous one wrote batches of 500 rows no faster.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from casino.analytics.errors import OlapAway, OlapRefused, OlapTableMissing

TIMEOUT_SECONDS = 5.0
# Of ClickHouse's error codes: what means "later", and what means "make the tables".
_OVERLOADED = {"159", "160", "202", "209", "210", "241", "242", "243", "252", "319", "439", "1000"}
_TABLE_MISSING = {"60", "81"}


class ClickHouse:
    """The analytics store at an address such as ``http://user:password@host:8123/cc_olap``.

    Every call raises OlapAway (also when credentials are refused), OlapTableMissing or OlapRefused.
    """

    def __init__(self, url: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        parts = urlsplit(url)
        self.database = parts.path.strip("/") or "default"
        self._client = httpx.AsyncClient(
            base_url=f"{parts.scheme}://{parts.hostname}:{parts.port or 8123}",
            auth=(parts.username or "default", parts.password or ""),
            timeout=timeout_seconds,
        )

    async def ping(self) -> None:
        """Asks for a row, so that credentials and the engine behind the port are proved too."""
        await self.command("SELECT 1", database="default")

    async def command(self, statement: str, *, database: str | None = None) -> None:
        """Runs a statement that answers nothing of interest."""
        await self._post({"database": database or self.database}, statement.encode())

    async def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[list[Any]]:
        """The rows of a query, in which ``{name:Type}`` stands for the parameter `name`."""
        named = {f"param_{name}": str(value) for name, value in (parameters or {}).items()}
        arguments = {"database": self.database, "default_format": "JSONCompactEachRow", **named}
        answer = await self._post(arguments, query.encode())
        return [orjson.loads(line) for line in answer.content.splitlines()]

    async def insert(self, table: str, lines: bytes, *, token: str | None) -> None:
        """Adds rows, one JSON object a line. A block whose token was taken already is not written again.

        Without a token nothing is held against earlier blocks.
        """
        once = {"insert_deduplication_token": token} if token else {"insert_deduplicate": "0"}
        statement = f"INSERT INTO {table} FORMAT JSONEachRow"
        await self._post({"database": self.database, "query": statement, **once}, lines)

    async def close(self) -> None:
        """Ends the pooled connections."""
        await self._client.aclose()

    async def _post(self, arguments: Mapping[str, str], body: bytes) -> httpx.Response:
        try:
            answer = await self._client.post("/", params=dict(arguments), content=body)
        except httpx.HTTPError as error:
            raise OlapAway(f"ClickHouse cannot be reached: {error!r}") from error
        if answer.is_success:
            return answer
        code = answer.headers.get("x-clickhouse-exception-code", "")
        words = f"ClickHouse answered {answer.status_code} (code {code or 'none'}): {answer.text[:500]}"
        if code in _TABLE_MISSING:
            raise OlapTableMissing(words)
        if answer.status_code in (401, 403, 429, 502, 503, 504) or code in _OVERLOADED:
            raise OlapAway(words)
        raise OlapRefused(words)
