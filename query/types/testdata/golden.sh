#!/bin/sh
# Makes testdata/*.txt anew: starts a PostgreSQL 15 of its own under a temporary
# directory, asks it every probe of probes_test.go, and stops it.
set -eu
cd "$(dirname "$0")/.."
bin=${PG_BIN:-/usr/lib/postgresql/15/bin}
dir=$(mktemp -d)
as=
if [ "$(id -u)" = 0 ]; then
	chown postgres "$dir"
	as="runuser -u postgres --"
fi
trap '$as "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null; rm -rf "$dir"' EXIT
$as "$bin/initdb" -D "$dir/data" -E UTF8 --locale=C -U postgres -A trust >/dev/null
$as "$bin/pg_ctl" -D "$dir/data" -w -l "$dir/log" -o "-k $dir -c listen_addresses= -c fsync=off" start >/dev/null
go test . -run TestGolden -postgres "host=$dir user=postgres dbname=postgres"
