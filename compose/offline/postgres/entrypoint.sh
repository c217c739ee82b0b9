#!/bin/bash
# The official image's contract: POSTGRES_USER, _PASSWORD, _DB make the first database; *.sql and *.sh in
# /docker-entrypoint-initdb.d run once; arguments that start with a dash go to the server.
set -euo pipefail

if [ "${1:0:1}" = - ]; then set -- postgres "$@"; fi
if [ "$1" != postgres ]; then exec "$@"; fi
user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  : "${POSTGRES_PASSWORD:?POSTGRES_PASSWORD must be set to make a new database}"
  initdb --username "$user" --pwfile <(printf '%s\n' "$POSTGRES_PASSWORD") --auth-host scram-sha-256 --data-checksums
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  # No TCP until the scripts are done, so that a health check over TCP cannot pass too early.
  pg_ctl -D "$PGDATA" -w -o "-c listen_addresses=" start
  if [ "$database" != postgres ]; then createdb -U "$user" "$database"; fi
  for script in /docker-entrypoint-initdb.d/*; do
    case $script in
      *.sh) bash "$script" ;;
      *.sql) psql -v ON_ERROR_STOP=1 -U "$user" -d "$database" -f "$script" ;;
    esac
  done
  pg_ctl -D "$PGDATA" -m fast -w stop
fi
exec "$@"
