#!/bin/sh
# Writes pg_type.tsv, pg_range.tsv and zone_abbrevs.tsv from a running PostgreSQL 15 (PGHOST, PGPORT, PGUSER say which).
set -eu
cd "$(dirname "$0")"
psql -XAt -F "$(printf '\t')" >pg_type.tsv <<'SQL'
SELECT oid, typname, typlen, typbyval, typtype, typcategory, typispreferred, typdelim,
       typelem, typarray, typalign, typstorage, typcollation, format_type(oid, NULL)
FROM pg_type
WHERE oid < 10000 AND typnamespace = 'pg_catalog'::regnamespace
ORDER BY oid
SQL
psql -XAt -F "$(printf '\t')" >pg_range.tsv <<'SQL'
SELECT rngtypid::oid, rngsubtype::oid, rngmultitypid::oid, rngcanonical <> 0 FROM pg_range ORDER BY rngtypid
SQL
psql -XAt -F "$(printf '\t')" >zone_abbrevs.tsv <<'SQL'
SELECT lower(abbrev), extract(epoch FROM utc_offset)::int, is_dst FROM pg_timezone_abbrevs ORDER BY 1
SQL
# Some abbreviations have meant different offsets: the server's set names their zones.
zones="$(pg_config --sharedir 2>/dev/null || echo /usr/share/postgresql/15)/timezonesets/Default"
awk -F'\t' -v OFS='\t' 'NR == FNR { if (split($0, f, /[ \t]+/) > 1 && f[1] ~ /^[A-Z]+$/ && f[2] ~ /^[A-Z].*\//) zone[tolower(f[1])] = f[2]; next }
    $1 in zone { $4 = zone[$1] } { print }' "$zones" zone_abbrevs.tsv >zone_abbrevs.new
mv zone_abbrevs.new zone_abbrevs.tsv
