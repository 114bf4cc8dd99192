-- Columns that every table has: where a row stands, and who made it.
CREATE TEMP TABLE item (id int PRIMARY KEY, name text);
INSERT INTO item VALUES (1, 'x'), (2, 'y'), (3, 'x') RETURNING ctid, xmax, tableoid::regclass, id, cmin;
SELECT ctid, xmax, cmax, tableoid::regclass::text, * FROM item ORDER BY ctid;
SELECT xmin IS NULL, pg_typeof(xmin), pg_typeof(ctid), pg_typeof(cmin) FROM item LIMIT 1;
-- Whether ON CONFLICT has inserted a row or changed one.
INSERT INTO item VALUES (1, 'n'), (9, 'q') ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING id, name, (xmax = 0) AS inserted, ctid;
INSERT INTO item VALUES (1, 'n'), (10, 'q') ON CONFLICT (id) DO NOTHING RETURNING id, (xmax = 0) AS inserted;
-- All rows but the first of those that look alike.
DELETE FROM item a USING item b WHERE a.ctid < b.ctid AND a.name = b.name RETURNING a.id, a.ctid;
DELETE FROM item WHERE ctid IN (SELECT min(ctid) FROM item GROUP BY name HAVING count(*) > 1) RETURNING *;
UPDATE item SET name = 'z' WHERE id IN (1, 10) RETURNING ctid, xmax, item.*;
SELECT ctid, id FROM item ORDER BY ctid;
SELECT id FROM item WHERE ctid = ANY (ARRAY['(0,2)', '(0,6)', '(0,7)', '(0,8)']::tid[]) ORDER BY id;
BEGIN; INSERT INTO item VALUES (100, 'gone'); ROLLBACK; INSERT INTO item VALUES (101, 'kept') RETURNING ctid; BEGIN; TRUNCATE item; INSERT INTO item VALUES (1, 'anew') RETURNING ctid; ROLLBACK; SELECT max(ctid) FROM item;
BEGIN; INSERT INTO item VALUES (200, 'a'), (201, 'b'); UPDATE item SET name = 'c' WHERE id = 201; SELECT count(DISTINCT xmin::text) FROM item WHERE id >= 200; COMMIT; SELECT count(DISTINCT xmin::text) > 1 FROM item;
WITH new AS (INSERT INTO item VALUES (5, 'k') RETURNING ctid IS NOT NULL AS placed, xmax, id) SELECT * FROM new;
WITH gone AS (DELETE FROM item RETURNING tableoid::regclass, xmin IS NOT NULL AS made) SELECT DISTINCT * FROM gone;
MERGE INTO item USING (VALUES (1)) s(i) ON item.id = s.i WHEN NOT MATCHED THEN INSERT VALUES (s.i, 'm');
-- Pages of rows that are all as long.
CREATE TEMP TABLE narrow AS SELECT i FROM generate_series(1, 500) i;
SELECT i, ctid FROM narrow WHERE i IN (1, 226, 227, 452, 453, 500) ORDER BY i;
CREATE TEMP TABLE wide (a int, b text, c numeric, d timestamptz); INSERT INTO wide SELECT i, 'row', i, '2024-01-01' FROM generate_series(1, 400) i; SELECT max(ctid) FROM wide;
ALTER TABLE wide ADD COLUMN e int DEFAULT 5; SELECT max(ctid) FROM wide; DELETE FROM wide WHERE a < 100; ALTER TABLE wide ALTER a TYPE bigint; SELECT min(ctid), max(ctid) FROM wide;
-- Their names are taken.
CREATE TEMP TABLE bad (ctid int);
CREATE TEMP TABLE bad (a int, xmax int);
CREATE TEMP TABLE bad AS SELECT 1 AS tableoid;
ALTER TABLE item ADD COLUMN xmin int;
ALTER TABLE item RENAME COLUMN name TO cmin;
SELECT ctdi FROM item;
SELECT ctid FROM (SELECT * FROM item) q;
UPDATE item SET ctid = '(0,1)';
INSERT INTO item (ctid) VALUES ('(0,1)');
CREATE TEMP TABLE twin (LIKE item); SELECT * FROM twin;
SELECT *, ctid FROM item ORDER BY id LIMIT 1 FOR UPDATE;

-- Sessions that are not there, and oneself.
SELECT pg_cancel_backend(2000000000), pg_terminate_backend(2000000000), pg_cancel_backend(NULL);
SELECT pg_terminate_backend(1, -1);
SELECT pg_cancel_backend(pg_backend_pid());
SELECT 1;
-- Snapshots of transactions.
SET TRANSACTION SNAPSHOT '00000003-0000001B-1';
BEGIN; SET TRANSACTION SNAPSHOT '00000003-0000001B-1';
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '00000003-0000001B-1';
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE; SET TRANSACTION SNAPSHOT '../x';
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1; SET TRANSACTION SNAPSHOT '00000003-0000001B-1';
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ; SAVEPOINT a; SET TRANSACTION SNAPSHOT '00000003-0000001B-1';
ROLLBACK;
SELECT length(pg_export_snapshot()) > 15, pg_export_snapshot() ~ '^[0-9A-F]{8}-[0-9A-F]{8}-\d+$';
BEGIN; SELECT pg_export_snapshot() <> ''; COMMIT;
BEGIN; SAVEPOINT a; SELECT pg_export_snapshot();
ROLLBACK;
