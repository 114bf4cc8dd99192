#!/bin/sh
# Writes pg_type.tsv and zone_abbrevs.tsv from a running PostgreSQL 15 (PGHOST, PGPORT, PGUSER say which).
set -eu
cd "$(dirname "$0")"
psql -XAt -F "$(printf '\t')" >pg_type.tsv <<'SQL'
SELECT oid, typname, typlen, typbyval, typtype, typcategory, typispreferred, typdelim,
       typelem, typarray, typalign, typstorage, typcollation, format_type(oid, NULL)
FROM pg_type
WHERE oid < 10000 AND typnamespace = 'pg_catalog'::regnamespace
ORDER BY oid
SQL
psql -XAt -F "$(printf '\t')" >zone_abbrevs.tsv <<'SQL'
SELECT lower(abbrev), extract(epoch FROM utc_offset)::int FROM pg_timezone_abbrevs ORDER BY 1
SQL
