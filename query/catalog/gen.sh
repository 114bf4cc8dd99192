#!/bin/sh
# Writes pgrows/*.tsv.gz, the rows that every database of PostgreSQL 15 has in its
# catalogs, from a running server (PGHOST, PGPORT, PGUSER say which).
set -eu
cd "$(dirname "$0")"

# What initdb adds beyond the bootstrap data (OIDs from 12000: collations of the
# machine, PL/pgSQL) is left out, but for text search, the relations and their types.
# Expressions are dumped as SQL, OIDs by name as numbers, and the superuser of
# privileges goes by projsql's name.
columns() {
	psql -XAt -c "SELECT string_agg(CASE
		WHEN attname = 'reltoastrelid' THEN '0'
		WHEN attname = 'prosqlbody' THEN 'pg_get_function_sqlbody(oid)'
		WHEN attrelid = 'pg_rewrite'::regclass AND atttypid = 'pg_node_tree'::regtype THEN quote_literal('<>')
		WHEN atttypid = 'pg_node_tree'::regtype THEN format('pg_get_expr(%I, 0)', attname)
		WHEN atttypid = 'aclitem[]'::regtype THEN format('replace(%I::text, %L, %L)', attname, current_user, 'projsql')
		WHEN atttypid = 'regproc'::regtype THEN format('%I::oid', attname)
		ELSE quote_ident(attname) END, ', ' ORDER BY attnum)
	FROM pg_attribute WHERE attrelid = '$1'::regclass AND attnum > 0"
}

dump() {
	psql -X -v ON_ERROR_STOP=1 -c "COPY (SELECT $(columns "$1") FROM $1 WHERE $2 ORDER BY $3) TO STDOUT" | gzip -9n >"pgrows/${1#*.}.tsv.gz"
}

rm -f pgrows/*.tsv.gz
for relation in pg_am pg_amop pg_amproc pg_collation pg_conversion pg_language pg_opclass pg_operator pg_opfamily pg_proc; do
	dump "$relation" "oid < 12000" oid
done
for relation in pg_cast pg_constraint pg_namespace pg_rewrite pg_tablespace pg_ts_config pg_ts_dict pg_ts_parser pg_ts_template; do
	dump "$relation" true oid
done
for relation in sql_features sql_implementation_info sql_parts sql_sizing; do
	dump "information_schema.$relation" true "1, 2, 3"
done
dump pg_aggregate "aggfnoid < 12000" aggfnoid
dump pg_range true rngtypid
dump pg_authid "oid BETWEEN 11 AND 11999" oid
dump pg_auth_members true "roleid, member"
dump pg_ts_config_map true "mapcfg, maptokentype, mapseqno"
dump pg_description "objoid < 12000 OR classoid IN ('pg_ts_config'::regclass, 'pg_ts_dict'::regclass, 'pg_ts_template'::regclass)" "objoid, classoid, objsubid"
dump pg_init_privs "objoid < 12000 OR classoid = 'pg_class'::regclass" "objoid, classoid, objsubid"
dump pg_depend "classid = 'pg_rewrite'::regclass" "objid, objsubid, refclassid, refobjid, refobjsubid"

ours="(SELECT oid FROM pg_class WHERE relnamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) AND relkind IN ('r', 'v', 'i'))"
dump pg_class "oid IN $ours" oid
dump pg_attribute "attrelid IN $ours" "attrelid, attnum"
dump pg_index "indrelid IN $ours" indexrelid
dump pg_type true oid

# The views' definitions, plain and pretty, and the functions of information_schema.
psql -X -v ON_ERROR_STOP=1 -c "COPY (SELECT n.nspname, c.relname, pg_get_viewdef(c.oid), pg_get_viewdef(c.oid, true)
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid IN $ours AND c.relkind = 'v' ORDER BY c.oid) TO STDOUT" | gzip -9n >pgrows/views.tsv.gz
psql -X -v ON_ERROR_STOP=1 -c "COPY (SELECT oid, pg_get_ruledef(oid), pg_get_ruledef(oid, true) FROM pg_rewrite ORDER BY oid) TO STDOUT" | gzip -9n >pgrows/rules.tsv.gz
psql -X -v ON_ERROR_STOP=1 -c "COPY (SELECT * FROM pg_get_keywords()) TO STDOUT" | gzip -9n >pgrows/keywords.tsv.gz
query="SELECT oid, proname, provolatile, proisstrict, prorettype::oid, proargtypes, proargnames, substr(pg_get_function_sqlbody(oid), 8)
	FROM pg_proc WHERE pronamespace = 'information_schema'::regnamespace AND pg_get_function_sqlbody(oid) LIKE 'RETURN %' AND proargnames IS NOT NULL ORDER BY oid"
psql -X -v ON_ERROR_STOP=1 -c "COPY ($query) TO STDOUT" | gzip -9n >pgrows/functions.tsv.gz
