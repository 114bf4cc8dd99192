#!/bin/sh
# Writes classes.tsv.gz, the characters of each class in the locale C.UTF-8, from a
# running PostgreSQL 15. Give psql's connection options, a database with LC_CTYPE
# C.UTF-8 among them, as arguments. A line is a class and its ranges.
set -eu
cd "$(dirname "$0")"
for class in alpha lower upper punct space print; do
	psql -XAtF "$(printf '\t')" -v ON_ERROR_STOP=1 "$@" -c "
		WITH c AS (SELECT i, i - row_number() OVER (ORDER BY i) AS island FROM generate_series(1, 1114111) i
			WHERE i NOT BETWEEN 55296 AND 57343 AND chr(i) ~ '[[:$class:]]'),
		r AS (SELECT min(i) AS low, max(i) AS high FROM c GROUP BY island)
		SELECT '$class', string_agg(to_hex(low) || CASE WHEN low < high THEN '-' || to_hex(high) ELSE '' END, ' ' ORDER BY low) FROM r"
done | gzip -9n >classes.tsv.gz
