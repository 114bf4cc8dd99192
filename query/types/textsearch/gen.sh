#!/bin/sh
# Writes classes.tsv.gz, the characters that the default parser takes for letters, for blanks and
# for signs within words, in the locale C.UTF-8, and configurations.tsv, from a running
# PostgreSQL 15. Give psql's connection options, a database with LC_CTYPE C.UTF-8 among them, as arguments.
set -eu
cd "$(dirname "$0")"
ask() { psql -XAtF "$(printf '\t')" -v ON_ERROR_STOP=1 "$@"; }
class() {
	name=$1 condition=$2
	shift 2
	ask "$@" -c "
		WITH c AS (SELECT i, i - row_number() OVER (ORDER BY i) AS island FROM generate_series(1, 1114111) i
			WHERE i NOT BETWEEN 55296 AND 57343 AND $condition),
		r AS (SELECT min(i) AS low, max(i) AS high FROM c GROUP BY island)
		SELECT '$name', string_agg(to_hex(low) || CASE WHEN low < high THEN '-' || to_hex(high) ELSE '' END, ' ' ORDER BY low) FROM r"
}
{
	class alpha "(SELECT bool_and(tokid IN (1, 2)) FROM ts_parse('default', chr(i)))" "$@"
	class space "chr(i) ~ '[[:space:]]'" "$@"
	class special "(SELECT bool_and(tokid = 2) AND count(*) = 1 FROM ts_parse('default', 'a' || chr(i) || 'b'))
		AND NOT (SELECT bool_and(tokid IN (1, 2)) FROM ts_parse('default', chr(i)))" "$@"
} | gzip -9n >classes.tsv.gz
ask "$@" >configurations.tsv -c "
	SELECT c.oid, cfgname, min(mapdict) FILTER (WHERE maptokentype = 1), min(mapdict) FILTER (WHERE maptokentype = 2)
	FROM pg_ts_config c JOIN pg_ts_config_map ON mapcfg = c.oid GROUP BY c.oid, cfgname ORDER BY cfgname"
ask "$@" >dictionaries.tsv -c "
	SELECT oid, dictname, coalesce(substring(dictinitoption, 'language = ''([a-z]+)'''), ''), coalesce(substring(dictinitoption, 'stopwords = ''([a-z]+)'''), '')
	FROM pg_ts_dict ORDER BY dictname"
