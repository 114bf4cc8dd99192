-- What tables take in files.
CREATE TEMP TABLE narrow (i int); SELECT pg_relation_size('narrow'), pg_table_size('narrow'), pg_indexes_size('narrow'), pg_total_relation_size('narrow');
INSERT INTO narrow SELECT generate_series(1, 226); SELECT pg_relation_size('narrow'), pg_relation_size('narrow', 'fsm'), pg_table_size('narrow'); TRUNCATE narrow;
INSERT INTO narrow SELECT generate_series(1, 227); SELECT pg_relation_size('narrow'), pg_relation_size('narrow', 'fsm'), pg_table_size('narrow'); TRUNCATE narrow;
INSERT INTO narrow SELECT generate_series(1, 10000); SELECT pg_relation_size('narrow', 'main'), pg_relation_size('narrow', 'vm'), pg_size_pretty(pg_total_relation_size('narrow')); TRUNCATE narrow; SELECT pg_table_size('narrow');
CREATE TEMP TABLE made AS SELECT generate_series(1, 1000) i; SELECT pg_relation_size('made'), pg_relation_size('made', 'fsm'), pg_table_size('made'); INSERT INTO made SELECT generate_series(1, 1000); SELECT pg_table_size('made'); DROP TABLE made;
CREATE TEMP TABLE item (id int PRIMARY KEY, name text, code varchar(20)); SELECT pg_relation_size('item'), pg_table_size('item'), pg_indexes_size('item'), pg_total_relation_size('item'), pg_relation_size('item_pkey');
INSERT INTO item SELECT g, 'x', 'y' FROM generate_series(1, 10) g ON CONFLICT DO NOTHING; SELECT pg_relation_size('item'), pg_table_size('item'), pg_indexes_size('item'), pg_total_relation_size('item'), pg_relation_size('item_pkey'); TRUNCATE item;
INSERT INTO item SELECT g, 'x', 'y' FROM generate_series(1, 1000) g; SELECT pg_relation_size('item'), pg_table_size('item'), pg_indexes_size('item'), pg_total_relation_size('item'), pg_relation_size('item_pkey'); TRUNCATE item;
INSERT INTO item SELECT g, 'x', 'y' FROM generate_series(1, 100000) g; SELECT pg_relation_size('item'), pg_table_size('item'), pg_indexes_size('item'), pg_size_pretty(pg_total_relation_size('item')), pg_relation_size('item_pkey'); TRUNCATE item;
CREATE TEMP TABLE s1 (v varchar(20), n numeric(10,2)); CREATE TEMP TABLE s2 (v varchar(600)); CREATE TEMP TABLE s3 (v varchar(500)); CREATE TEMP TABLE s4 (v numeric); CREATE TEMP TABLE s5 (d date, u uuid, n name, t timestamptz); CREATE TEMP TABLE s6 (a int[]);
SELECT pg_table_size('s1'), pg_table_size('s2'), pg_table_size('s3'), pg_table_size('s4'), pg_table_size('s5'), pg_table_size('s6');
CREATE TEMP VIEW seen AS SELECT 1; CREATE TEMP SEQUENCE counter; SELECT pg_table_size('seen'), pg_total_relation_size('seen'), pg_relation_size('counter'), pg_total_relation_size('counter');
SELECT pg_relation_size(99999::oid), pg_total_relation_size(NULL);
SELECT pg_relation_size('item', 'nope');
-- What ANALYZE counts.
CREATE TEMP TABLE counted (id int PRIMARY KEY, v int); CREATE INDEX counted_v ON counted (v);
SELECT relname, reltuples, relpages FROM pg_class WHERE relname LIKE 'counted%' ORDER BY 1; ANALYZE counted; SELECT relname, reltuples, relpages FROM pg_class WHERE relname LIKE 'counted%' ORDER BY 1;
INSERT INTO counted SELECT g, g FROM generate_series(1, 1000) g ON CONFLICT DO NOTHING; SELECT reltuples, relpages FROM pg_class WHERE relname = 'counted'; TRUNCATE counted;
INSERT INTO counted SELECT g, g FROM generate_series(1, 1000) g; ANALYZE counted; SELECT relname, reltuples, relpages FROM pg_class WHERE relname LIKE 'counted%' ORDER BY 1; TRUNCATE counted; SELECT reltuples, relpages FROM pg_class WHERE relname = 'counted';
INSERT INTO counted SELECT g, g FROM generate_series(1, 500) g; ANALYZE; SELECT relname, reltuples, relpages FROM pg_class WHERE relname LIKE 'counted%' ORDER BY 1; TRUNCATE counted; ANALYZE counted (id);
CREATE TEMP TABLE filled AS SELECT g i FROM generate_series(1, 300) g; CREATE INDEX filled_i ON filled (i); SELECT relname, reltuples, relpages FROM pg_class WHERE relname IN ('filled', 'filled_i') ORDER BY 1; DROP TABLE filled;
