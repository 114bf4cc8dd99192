-- Indexes of temporary tables as the catalogs show them.

CREATE TEMP TABLE held (id int PRIMARY KEY, owner varchar(30), bal numeric(10,2), at timestamptz, tags text[], n int UNIQUE NULLS NOT DISTINCT);

CREATE INDEX held_at ON held (at DESC NULLS LAST);

CREATE INDEX ON held (lower(owner)) WHERE bal > 5;

CREATE INDEX ON held (owner, at DESC, id NULLS FIRST, bal ASC NULLS LAST);

CREATE INDEX ON held ((id + n), (owner || 'x'), upper(owner), upper(owner));

CREATE INDEX ON held (id) WHERE owner IS NOT NULL AND n IN (1, 2);

CREATE UNIQUE INDEX held_most ON held (n DESC);

CREATE INDEX ON held ((coalesce(n, 0)), (bal * 2));

SELECT c.relname, indnatts, indnkeyatts, indisunique, indnullsnotdistinct, indkey, indoption, indcollation, indclass, pg_get_expr(indpred, indrelid), pg_get_expr(indpred, indrelid, true), pg_get_expr(indexprs, indrelid),
  pg_get_indexdef(indexrelid), pg_get_indexdef(indexrelid, 0, true), pg_get_indexdef(indexrelid, 1, true), pg_get_indexdef(indexrelid, 2, false)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE indrelid = 'held'::regclass ORDER BY 1;

SELECT c.relname, a.attnum, attname, atttypid::regtype, attnotnull, attcollation FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relname LIKE 'held\_%' ORDER BY 1, 2;

SELECT attname, attnum, atttypid::regtype, attlen, attbyval, attalign, attstorage, attnotnull, attstattarget, attcacheoff, atttypmod, attislocal FROM pg_attribute WHERE attrelid = 'held'::regclass ORDER BY attnum;

SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'held'::regclass ORDER BY 1;

SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'held' ORDER BY 1;

INSERT INTO held (id, owner, bal, n) VALUES (1, 'A', 6, 1), (2, 'b', 3, NULL);

INSERT INTO held (id, n) VALUES (3, NULL);

ALTER TABLE held DROP COLUMN bal;

SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'held' ORDER BY 1;

DROP INDEX held_owner_at_id_bal_idx;

DROP INDEX held_at;

SELECT indexname FROM pg_indexes WHERE tablename = 'held' ORDER BY 1;

DROP TABLE held;
-- Columns that an index has beside those that it is about.
CREATE TEMP TABLE wide_index (a int, b text, c numeric, d date);
CREATE UNIQUE INDEX ON wide_index (a) INCLUDE (b, c) NULLS NOT DISTINCT WHERE d IS NULL;
CREATE INDEX inclusive ON wide_index (lower(b), a DESC) INCLUDE (d);
SELECT indexdef FROM pg_indexes WHERE tablename = 'wide_index' ORDER BY indexname;
SELECT i.relname, i.relnatts, indnatts, indnkeyatts, indkey, indoption, pg_get_indexdef(indexrelid, 2, false), pg_get_indexdef(indexrelid, 3, true) FROM pg_index JOIN pg_class i ON i.oid = indexrelid WHERE indrelid = 'wide_index'::regclass ORDER BY 1;
SELECT c.relname, attnum, attname, format_type(atttypid, atttypmod) FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE c.relname IN ('inclusive', 'wide_index_a_b_c_idx') ORDER BY 1, 2;
INSERT INTO wide_index VALUES (1, 'x', 1, NULL), (1, 'y', 2, NULL);
CREATE INDEX ON wide_index (a) INCLUDE (lower(b));
CREATE INDEX ON wide_index (a) INCLUDE (nope);
ALTER TABLE wide_index DROP COLUMN c;
SELECT indexdef FROM pg_indexes WHERE tablename = 'wide_index' ORDER BY indexname;
CREATE TEMP TABLE like_wide (x int, LIKE wide_index INCLUDING INDEXES);
SELECT indexdef FROM pg_indexes WHERE tablename = 'like_wide' ORDER BY indexname;

-- Properties of access methods, indexes and their columns, which drivers ask for.

SELECT amname, p, pg_indexam_has_property(a.oid, p) FROM pg_am a, unnest('{can_order,can_unique,can_multi_col,can_exclude,can_include,asc,Can_Order}'::text[]) p ORDER BY 1, 2;

CREATE INDEX held_with ON held (at DESC, n NULLS FIRST, owner) INCLUDE (bal);

SELECT n, p, pg_index_column_has_property('held_with', n, p), pg_index_column_has_property('pg_class_relname_nsp_index', n, p), pg_index_column_has_property('held', n, p)
FROM unnest('{asc,desc,nulls_first,nulls_last,orderable,distance_orderable,returnable,search_array,search_nulls,clusterable,none,ASC}'::text[]) p, generate_series(-1, 5) n ORDER BY 1, 2;

SELECT p, pg_index_has_property('held_with', p), pg_index_has_property('pg_class_oid_index', p), pg_index_has_property('held', p) FROM unnest('{clusterable,index_scan,bitmap_scan,backward_scan,asc}'::text[]) p ORDER BY 1;
-- CLUSTER goes by the index that it was told last.
CREATE TEMP TABLE heap (a int PRIMARY KEY, b int);
CREATE INDEX heap_b ON heap (b);
CREATE INDEX heap_some ON heap (b) WHERE a > 1;
CLUSTER heap;
CLUSTER heap USING nope;
CLUSTER heap USING heap_some;
CLUSTER heap USING heap_b;
CLUSTER heap USING heap_pkey;
CLUSTER heap;
SELECT indexrelid::regclass::text, indisclustered FROM pg_index WHERE indrelid = 'heap'::regclass ORDER BY 1;
ALTER TABLE heap CLUSTER ON heap_b;
ALTER TABLE heap CLUSTER ON nope;
ALTER TABLE heap CLUSTER ON heap_some;
SELECT indexrelid::regclass::text, indisclustered FROM pg_index WHERE indrelid = 'heap'::regclass ORDER BY 1;
CREATE TEMP TABLE heap2 (LIKE heap INCLUDING ALL);
CLUSTER heap2;
BEGIN; ALTER TABLE heap SET WITHOUT CLUSTER; SAVEPOINT s; CLUSTER heap;
ROLLBACK;
CLUSTER heap;
DROP INDEX heap_b;
CLUSTER heap;
CLUSTER events;
CLUSTER account;
CLUSTER pg_class;
CLUSTER nowhere;
DROP TABLE heap, heap2;
