"""Requests to the OLAP server are split into statement and data as ClickHouse splits them."""

import gzip
import zlib
from email.message import Message

import lz4.frame
import pytest
import zstandard

from casino.embedded.olap_statement import BadRequest, Statement, read_statement


def read(query_string: str = "", body: bytes = b"", **headers: str) -> Statement | None:
    """What the server would run."""
    message = Message()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return read_statement(query_string, message, body)


@pytest.mark.parametrize(
    ("body", "sql", "format_", "data"),
    [
        (b"INSERT INTO t FORMAT Native\n\n\x01x", "INSERT INTO t", "Native", b"\n\x01x"),
        (b"insert into `a`.`b` (x)\nformat TSV\r\n1\t2", "insert into `a`.`b` (x)", "TSV", b"1\t2"),
        (
            b"INSERT INTO t (x) SETTINGS s='(1)' FORMAT CSV 1",
            "INSERT INTO t (x) SETTINGS s='(1)'",
            "CSV",
            b"1",
        ),
    ],
)
def test_insert_that_names_its_format_brings_data(body: bytes, sql: str, format_: str, data: bytes) -> None:
    """They begin behind one line end at most."""
    assert read(body=body) == Statement(sql=sql, format=format_, data=data)


@pytest.mark.parametrize(
    ("sql", "format_"),
    [
        ("INSERT INTO t VALUES ('a FORMAT CSV b')", "TabSeparated"),
        ("INSERT INTO t SELECT 1", "TabSeparated"),
        ("SELECT 1\n FORMAT JSON ;", "JSON"),
        ("SELECT 'FORMAT CSV' AS x", "TabSeparated"),
    ],
)
def test_any_other_statement_is_left_whole(sql: str, format_: str) -> None:
    """Words inside its strings are not taken for clauses."""
    assert read(body=sql.encode()) == Statement(sql=sql, format=format_)


def test_query_in_the_address_takes_the_body_along() -> None:
    """As data for an INSERT, as a continuation otherwise."""
    insert = read("query=INSERT+INTO+t+FORMAT+Native", b"\x0a\xff")
    values = read("query=INSERT+INTO+t+VALUES", b"(1), (2)")
    assert (insert and insert.data) == b"\x0a\xff"
    assert (values and values.sql) == "INSERT INTO t VALUES\n(1), (2)"


def test_parameters_settings_and_the_interface_are_told_apart() -> None:
    """`param_` binds, known names steer the interface, the rest are settings."""
    statement = read("database=cc&query_id=7&session_id=s&max_threads=1&param_who=a%27b", b"SELECT 1")
    assert statement is not None
    assert statement.database == "cc"
    assert statement.settings == {"max_threads": "1"}
    assert statement.parameters == {"who": "a'b"}


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"SELECT 1", mtime=0)),
        ("deflate", zlib.compress(b"SELECT 1")),
        ("lz4", lz4.frame.compress(b"SELECT 1")),
        ("zstd", zstandard.ZstdCompressor(write_content_size=False).compress(b"SELECT 1")),
    ],
)
def test_compressed_bodies_are_read(encoding: str, body: bytes) -> None:
    """In every encoding the clients use."""
    statement = read(body=body, content_encoding=encoding)
    assert (statement and statement.sql) == "SELECT 1"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "lz4", "zstd", "br"])
def test_what_cannot_be_unpacked_is_a_bad_request(encoding: str) -> None:
    """The client is at fault, not the engine."""
    with pytest.raises(BadRequest, match=encoding):
        read(body=b"SELECT 1", content_encoding=encoding)


def test_setting_names_are_names() -> None:
    """A setting cannot smuggle SQL into the statement that sets it."""
    with pytest.raises(BadRequest, match="no name of a setting"):
        read("max_threads%3D1%2C+x=1", b"SELECT 1")


@pytest.mark.parametrize("body", [b"", b" \n"])
def test_empty_request_has_no_statement(body: bytes) -> None:
    """It is answered Ok, as ClickHouse answers it."""
    assert read(body=body) is None
