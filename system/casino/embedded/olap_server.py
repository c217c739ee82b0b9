"""ClickHouse's HTTP interface over chDB: the application's one client path works without ClickHouse too.

Each request stands alone: its database and settings hold for it only, `session_id` keeps nothing.
"""

import argparse
import base64
import binascii
import hmac
import json
import os
import re
import signal
import sys
import threading
import uuid
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from types import FrameType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from casino.embedded.olap_statement import BadRequest, Statement, read_statement
from casino.embedded.ports import LOOPBACK

# The engine's Python package takes pyarrow and numpy along for data frames, which never pass here: without
# them it imports in half the time.
sys.modules["pyarrow"] = None  # type: ignore[assignment]
from chdb.state.sqlitelike import Connection  # noqa: E402  (must follow the line above)

BODY_BYTES_MAX = 256 * 1024 * 1024
IDLE_SECONDS_MAX = 300
DRAIN_SECONDS_MAX = 8.0
STOP_POLL_SECONDS = 0.05
ERROR_CODE = re.compile(r"Code: (\d+)")
AUTHENTICATION_FAILED = 516
STD_EXCEPTION = 1001
# The codes a client acts on, as ClickHouse's exceptionCodeToHTTPStatus maps them; the rest are 500.
CANNOT_BE_PARSED = (6, 26, 27, 38, 41, 53, 62, 70, 72)
UNKNOWN_NAME = (46, 47, 50, 60, 81, 115)
STATUS_OF_CODE = {
    **dict.fromkeys(CANNOT_BE_PARSED, HTTPStatus.BAD_REQUEST),
    **dict.fromkeys(UNKNOWN_NAME, HTTPStatus.NOT_FOUND),
    AUTHENTICATION_FAILED: HTTPStatus.FORBIDDEN,
    497: HTTPStatus.FORBIDDEN,
    48: HTTPStatus.NOT_IMPLEMENTED,
    159: HTTPStatus.REQUEST_TIMEOUT,
}


class Refused(Exception):
    """A request is answered with an error: HTTP status, ClickHouse's error code, text."""

    def __init__(self, status: int, code: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code


class Answer(NamedTuple):
    """What goes back to the client."""

    status: int
    body: bytes
    headers: dict[str, str]


class Engine:
    """The one open chDB path of this process; statements run one at a time."""

    def __init__(self, path: str, database: str) -> None:
        self._path = path
        self._database = database
        self._lock = threading.Lock()
        self._open = Connection(path)
        self._open.query(f"CREATE DATABASE IF NOT EXISTS {_quote_name(database)}")

    def execute(self, statement: Statement) -> tuple[bytes, dict[str, int]]:
        """The formatted result and the row counts of a statement; raises the engine's own errors.

        A connection a statement costs half a millisecond and leaves no setting behind for the next one.
        """
        with self._lock:
            connection = Connection(self._path)
            try:
                connection.query(f"USE {_quote_name(statement.database or self._database)}")
                for name, value in statement.settings.items():
                    connection.query(f"SET {name} = {_quote_text(value)}")
                return (_query if statement.data is None else _insert)(connection, statement)
            finally:
                connection.close()

    def close(self) -> None:
        """Let the running statement end and put the tables down."""
        with self._lock:
            self._open.close()


def _insert(connection: Connection, statement: Statement) -> tuple[bytes, dict[str, int]]:
    assert statement.data is not None
    with connection.send_insert(statement.sql, statement.format) as insert:
        insert.append(statement.data)
        return b"", {"written_rows": insert.finish().rows_written}


def _query(connection: Connection, statement: Statement) -> tuple[bytes, dict[str, int]]:
    result = connection.query(statement.sql, statement.format, params=dict(statement.parameters) or None)
    counts = {
        "read_rows": result.storage_rows_read(),
        "read_bytes": result.storage_bytes_read(),
        "result_rows": result.rows_read(),
    }
    return result.bytes() or b"", counts


class OlapServer(ThreadingHTTPServer):
    """Holds what the handlers share and counts requests under way, so that a stop can wait for them."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], engine: Engine, *, user: str, password: str) -> None:
        super().__init__(address, Handler)
        self.engine = engine
        self.user = user
        self.password = password
        self.under_way = 0
        self.idle = threading.Condition()

    def drain(self) -> None:
        """Wait until no request is under way, or for DRAIN_SECONDS_MAX."""
        with self.idle:
            self.idle.wait_for(lambda: self.under_way == 0, DRAIN_SECONDS_MAX)


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP/1.1 with one client, keeping its connection open."""

    server: OlapServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65_536
    timeout = IDLE_SECONDS_MAX

    def do_POST(self) -> None:
        """Answer one request; errors take ClickHouse's shape."""
        with self.server.idle:
            self.server.under_way += 1
        try:
            self._send(self._outcome())
        finally:
            with self.server.idle:
                self.server.under_way -= 1
                self.server.idle.notify_all()

    do_GET = do_HEAD = do_POST  # noqa: N815  the names are http.server's

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing of requests; errors are the client's to log."""

    def _outcome(self) -> Answer:
        try:
            return self._result()
        except Refused as error:
            # The body may still be unread: nothing sensible can follow on this connection.
            self.close_connection = True
            return _error(error.status, error.code, error)
        except BadRequest as error:
            return _error(HTTPStatus.BAD_REQUEST, STD_EXCEPTION, error)
        except Exception as error:  # whatever the engine raises is the answer to this request, not our end
            found = ERROR_CODE.search(str(error))
            code = int(found[1]) if found else STD_EXCEPTION
            return _error(STATUS_OF_CODE.get(code, HTTPStatus.INTERNAL_SERVER_ERROR), code, error)

    def _result(self) -> Answer:
        target = urlsplit(self.path)
        body = _read_body(self.rfile, self.headers)
        if target.path == "/ping":
            return Answer(HTTPStatus.OK, b"Ok.\n", {})
        self._authenticate(dict(parse_qsl(target.query)))
        statement = read_statement(target.query, self.headers, body)
        if statement is None:
            return Answer(HTTPStatus.OK, b"Ok.\n", {})
        result, counts = self.server.engine.execute(statement)
        summary = json.dumps({name: str(count) for name, count in counts.items()})
        headers = {"X-ClickHouse-Format": statement.format, "X-ClickHouse-Summary": summary}
        return Answer(HTTPStatus.OK, result, headers)

    def _authenticate(self, arguments: dict[str, str]) -> None:
        user = arguments.get("user") or str(self.headers.get("X-ClickHouse-User", ""))
        password = arguments.get("password") or str(self.headers.get("X-ClickHouse-Key", ""))
        scheme, _, credentials = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                user, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                user = ""
        known = hmac.compare_digest(user.encode(), self.server.user.encode())
        if not hmac.compare_digest(password.encode(), self.server.password.encode()) or not known:
            raise Refused(
                HTTPStatus.FORBIDDEN,
                AUTHENTICATION_FAILED,
                f"Code: {AUTHENTICATION_FAILED}. DB::Exception: {user}: Authentication failed: password is "
                "incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)",
            )

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in {
            "Content-Length": str(len(answer.body)),
            "X-ClickHouse-Timezone": "UTC",
            "X-ClickHouse-Query-Id": str(uuid.uuid4()),
            **answer.headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()


def _error(status: int, code: int, error: Exception) -> Answer:
    return Answer(status, f"{str(error).strip()}\n".encode(), {"X-ClickHouse-Exception-Code": str(code)})


def _read_body(stream: BufferedIOBase, headers: Message) -> bytes:
    """The body, chunked or by length (RFC 9112, sections 6 and 7); raises Refused."""
    if headers.get("Transfer-Encoding", "").lower() != "chunked":
        return stream.read(_size(headers.get("Content-Length") or "0", base=10))
    body = bytearray()
    while size := _size(stream.readline().partition(b";")[0].decode("latin-1"), base=16, already=len(body)):
        body += stream.read(size)
        stream.readline()
    while stream.readline().strip():
        pass
    return bytes(body)


def _size(text: str, *, base: int, already: int = 0) -> int:
    try:
        size = int(text, base)
    except ValueError:
        raise Refused(HTTPStatus.BAD_REQUEST, STD_EXCEPTION, f"{text!r} is no length of a body") from None
    if size < 0 or already + size > BODY_BYTES_MAX:
        limit = f"a request has 0 to {BODY_BYTES_MAX} bytes, not {already + size}"
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, STD_EXCEPTION, limit)
    return size


def _quote_name(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _quote_text(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def main() -> None:
    """Serve until SIGTERM or SIGINT, then let requests under way finish."""
    parser = argparse.ArgumentParser(description=__doc__, epilog="The password is read from OLAP_PASSWORD.")
    parser.add_argument("--path", required=True, help="folder of the tables")
    parser.add_argument("--host", default=LOOPBACK, help="address to listen at (%(default)s)")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--user", default="default")
    parser.add_argument("--database", default="default", help="made if absent, used if none is named")
    arguments = parser.parse_args()
    engine = Engine(arguments.path, arguments.database)
    address = (arguments.host, arguments.port)
    server = OlapServer(address, engine, user=arguments.user, password=os.environ["OLAP_PASSWORD"])

    def stop(_signal: int, _frame: FrameType | None) -> None:
        # shutdown() waits for serve_forever(), which this thread is in.
        threading.Thread(target=server.shutdown).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    server.serve_forever(poll_interval=STOP_POLL_SECONDS)
    server.drain()
    engine.close()


if __name__ == "__main__":
    main()
