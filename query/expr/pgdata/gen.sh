#!/bin/sh
# Writes operators.tsv.gz, procs.tsv.gz, casts.tsv.gz and aggregates.tsv.gz from a
# running PostgreSQL 15. Give psql's connection options as arguments:
#   ./gen.sh -h /run/postgresql -U postgres
set -eu
cd "$(dirname "$0")"

dump() {
	file=$1
	shift
	psql -X -v ON_ERROR_STOP=1 "$@" -c "COPY ($query) TO STDOUT" | gzip -9n >"$file"
}

query="SELECT oid::int8, oprname, oprleft::int8, oprright::int8, oprresult::int8, oprcode::oid::int8
	FROM pg_operator WHERE oprnamespace = 11 ORDER BY oid"
dump operators.tsv.gz "$@"

# The last column but one names the implementation: the C function, or the signature of a
# function that PostgreSQL itself writes in SQL.
query="SELECT p.oid::int8, proname, prokind, provolatile, proisstrict, proretset, prorettype::int8, provariadic::int8, pronargdefaults,
	proargtypes::text, coalesce(array_to_string(proallargtypes, ' '), ''), coalesce(array_to_string(proargmodes, ''), ''),
	coalesce(array_to_string(proargnames, ','), ''), coalesce(pg_get_expr(proargdefaults, 0), ''),
	CASE WHEN lanname = 'internal' THEN prosrc ELSE p.oid::regprocedure::text END, procost
	FROM pg_proc p JOIN pg_language l ON l.oid = prolang WHERE pronamespace = 11 ORDER BY p.oid"
dump procs.tsv.gz "$@"

query="SELECT castsource::int8, casttarget::int8, castfunc::int8, castcontext, castmethod FROM pg_cast ORDER BY 1, 2"
dump casts.tsv.gz "$@"

query="SELECT aggfnoid::oid::int8, aggkind, aggnumdirectargs FROM pg_aggregate ORDER BY 1"
dump aggregates.tsv.gz "$@"
