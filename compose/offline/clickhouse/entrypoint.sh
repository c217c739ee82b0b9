#!/bin/sh
# The official image's contract: CLICKHOUSE_DB, _USER and _PASSWORD make the database and its only account.
set -eu

export OLAP_PASSWORD="${CLICKHOUSE_PASSWORD:-}"
# Other containers come from outside this one's loopback.
exec /venv/bin/python -m casino.embedded.olap_server --host 0.0.0.0 --port 8123 --path /var/lib/clickhouse \
  --user "${CLICKHOUSE_USER:-default}" --database "${CLICKHOUSE_DB:-default}"
