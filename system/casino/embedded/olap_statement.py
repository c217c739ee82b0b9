"""Reads one request to ClickHouse's HTTP interface into the statement the engine shall run.

The interface: https://clickhouse.com/docs/en/interfaces/http
"""

import email
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from urllib.parse import parse_qsl

import lz4.frame
import zstandard

DEFAULT_FORMAT = "TabSeparated"
# Parameters of the interface itself; every other one that is not `param_…` is a setting of the query.
RESERVED = frozenset(
    {
        *("query", "database", "user", "password", "role", "default_format", "quota_key"),
        *("query_id", "session_id", "session_timeout", "session_check", "client_protocol_version"),
        *("compress", "decompress", "enable_http_compression", "wait_end_of_query", "buffer_size"),
        *("send_progress_in_http_headers", "http_headers_progress_interval_ms"),
    }
)
PARAMETER_PREFIX = "param_"
SETTING_NAME = re.compile(r"\w+")
# `INSERT INTO t (a, b) SETTINGS s = 'x' FORMAT Native` and at most one line end: right behind begin the data,
# whose first byte may well look like white space (ClickHouse's ParserInsertQuery does the same).
INSERT_HEAD = re.compile(
    rb"\s*(INSERT\s+INTO\s+[^()']+?(?:\([^()]*\))?(?:'[^']*'|[^()'])*?)\s+FORMAT\s+(\w+)[ \t\f]*\r?\n?",
    re.IGNORECASE,
)
TRAILING_FORMAT = re.compile(r"\bFORMAT\s+(\w+)[\s;]*$", re.IGNORECASE)


class BadRequest(ValueError):
    """The request itself is malformed, before any SQL is looked at."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement and all that goes with it; `data`, in `format`, is what an INSERT brings along."""

    sql: str
    format: str
    data: bytes | None = None
    database: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)


def read_statement(query_string: str, headers: Message, body: bytes) -> Statement | None:
    """The statement of a request, or None for an empty one; raises BadRequest."""
    arguments = dict(parse_qsl(query_string, keep_blank_values=True))
    body = _decompress(headers.get("Content-Encoding", ""), body)
    if headers.get("Content-Type", "").startswith("multipart/form-data"):
        arguments |= _form_fields(headers["Content-Type"], body)
        body = b""
    text = arguments["query"].encode() if "query" in arguments else body
    appended = body if "query" in arguments else b""
    if not text.strip():
        return None
    default_format = arguments.get("default_format") or headers.get("X-ClickHouse-Format") or DEFAULT_FORMAT
    sql, format_, data = _split(text, appended, default_format)
    return Statement(
        sql=sql,
        format=format_,
        data=data,
        database=arguments.get("database") or headers.get("X-ClickHouse-Database"),
        settings=_settings(arguments),
        parameters={
            name.removeprefix(PARAMETER_PREFIX): value
            for name, value in arguments.items()
            if name.startswith(PARAMETER_PREFIX)
        },
    )


def _split(text: bytes, appended: bytes, default_format: str) -> tuple[str, str, bytes | None]:
    head = INSERT_HEAD.match(text)
    if head and (data := text[head.end() :] + appended):
        return head[1].decode(), head[2].decode(), data
    try:
        sql = (text + b"\n" + appended).decode().strip() if appended else text.decode().strip()
    except UnicodeDecodeError as error:
        raise BadRequest(f"the statement is not UTF-8: {error}") from None
    named = TRAILING_FORMAT.search(sql)
    return sql, named[1] if named else default_format, None


def _settings(arguments: Mapping[str, str]) -> dict[str, str]:
    settings = {
        name: value
        for name, value in arguments.items()
        if name not in RESERVED and not name.startswith(PARAMETER_PREFIX)
    }
    for name in settings:
        if not SETTING_NAME.fullmatch(name):
            raise BadRequest(f"{name!r} is no name of a setting")
    return settings


def _form_fields(content_type: str, body: bytes) -> dict[str, str]:
    """Clients move long parameters from the address into form fields."""
    form = email.message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    fields: dict[str, str] = {}
    for part in form.walk():
        name = part.get_param("name", header="content-disposition")
        if part.get_filename() is not None:
            raise BadRequest("external tables in a form are not supported: create a temporary table instead")
        if isinstance(name, str):
            value = part.get_payload(decode=True)
            fields[name] = value.decode() if isinstance(value, bytes) else ""
    return fields


def _zstd(data: bytes) -> bytes:
    # A frame need not say its size, which `decompress` insists on.
    return zstandard.ZstdDecompressor().decompressobj().decompress(data)


DECOMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": lambda data: zlib.decompress(data, wbits=zlib.MAX_WBITS | 16),
    "deflate": zlib.decompress,
    "lz4": lz4.frame.decompress,
    "zstd": _zstd,
}


def _decompress(encoding: str, data: bytes) -> bytes:
    try:
        return DECOMPRESSORS[encoding](data)
    except KeyError:
        known = ", ".join(filter(None, DECOMPRESSORS))
        raise BadRequest(f"Content-Encoding {encoding!r} is not one of {known}") from None
    except (zlib.error, RuntimeError, zstandard.ZstdError) as error:
        raise BadRequest(f"the body is not {encoding}: {error}") from None
