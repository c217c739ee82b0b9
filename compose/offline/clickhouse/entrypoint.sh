#!/bin/sh
# The official image's contract: CLICKHOUSE_DB, _USER and _PASSWORD make the database and its only account.
set -eu

export OLAP_PASSWORD="${CLICKHOUSE_PASSWORD:-}"
# The server keeps to loopback; a container's loopback is its own, so here it must listen on every address.
exec /venv/bin/python -c 'from casino.embedded import olap_server as s; s.LOOPBACK = ""; s.main()' \
  --path /var/lib/clickhouse --port 8123 \
  --user "${CLICKHOUSE_USER:-default}" --database "${CLICKHOUSE_DB:-default}"
