#!/bin/sh
# Runs testdata/sql/*.txt against PostgreSQL 15 and makes its answers the expected
# ones. Needs PostgreSQL 15's server programs (PGBIN) and, as root, a user postgres.
set -eu
cd "$(dirname "$0")/.."
PGBIN=${PGBIN:-/usr/lib/postgresql/15/bin}
dir=$(mktemp -d)
as() { if [ "$(id -u)" = 0 ]; then chown -R postgres "$dir"; runuser -u postgres -- "$@"; else "$@"; fi; }
trap 'as "$PGBIN/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null; rm -rf "$dir"' EXIT
as "$PGBIN/initdb" -D "$dir/data" -U postgres -A trust --locale=C -E UTF8 >/dev/null
as "$PGBIN/pg_ctl" -D "$dir/data" -w -o "-k $dir -c listen_addresses= -c fsync=off" -l "$dir/log" start >/dev/null
chmod 755 "$dir"
go test . -run 'TestScripts$' -count 1 -args -postgres "host=$dir user=postgres dbname=postgres" "$@"
