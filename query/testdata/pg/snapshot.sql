-- pg_snapshot and txid_snapshot: which transactions are seen. xid8, of which they are.
SELECT x::pg_snapshot, x::txid_snapshot FROM unnest('{12:13:,"12:18:14,16","12:16:14,14","12:16:12,15,15","1:1:"," 12: +13: 12",18446744073709551614:18446744073709551615:,1:-1:5,99999999999999999999:99999999999999999999:,"1:10:1,2,3,"}'::text[]) x;
SELECT '31:12:'::pg_snapshot;
SELECT '0:1:'::pg_snapshot;
SELECT '1:0:'::txid_snapshot;
SELECT '12:13:0'::pg_snapshot;
SELECT '12:13:13'::pg_snapshot;
SELECT '12:16:14,13'::pg_snapshot;
SELECT '12:16:,13'::pg_snapshot;
SELECT '1:9223372036854775808:3'::pg_snapshot;
SELECT '4294967296:4294967297:'::pg_snapshot;
SELECT '12:16:14 '::pg_snapshot;
SELECT '12:16:14;15'::pg_snapshot;
SELECT '12:16'::pg_snapshot;
SELECT ':16:'::pg_snapshot;
SELECT '12 :16:'::pg_snapshot;
SELECT '0x12:16:'::pg_snapshot;
SELECT ''::pg_snapshot;
SELECT 'é'::txid_snapshot;
SELECT '1:2:'::pg_snapshot(3);
SELECT s, pg_snapshot_xmin(s), pg_snapshot_xmax(s), ARRAY(SELECT pg_snapshot_xip(s)), s::text, to_json(s), ROW(s), ARRAY[s], pg_snapshot_send(s) FROM unnest('{12:13:,"12:20:13,15,18","100:150:101,102,103,104,105,106,107,108,109,110,111,112,113,114,115,116,117,118,119,120,121,122,123,124,125,126,127,128,129,130,131"}'::pg_snapshot[]) s;
SELECT s, txid_snapshot_xmin(s), txid_snapshot_xmax(s), x FROM unnest('{12:13:,"12:20:13,15,18",1:18446744073709551615:18446744073709551614}'::txid_snapshot[]) s LEFT JOIN LATERAL txid_snapshot_xip(s) x ON true ORDER BY txid_snapshot_xmax(s), x;
SELECT pg_snapshot_xip('12:20:13,15,18'), pg_snapshot_xip(NULL);
SELECT id, txid_visible_in_snapshot(id, '12:20:13,15,18'), pg_visible_in_snapshot(id::text::xid8, '100:150:101,102,103,104,105,106,107,108,109,110,111,112,113,114,115,116,117,118,119,120,121,122,123,124,125,126,127,128,129,130,131,149') FROM generate_series(-1, 151) id;
SELECT pg_visible_in_snapshot('18446744073709551615', '1:10:'), pg_visible_in_snapshot('18446744073709551613', '1:18446744073709551615:18446744073709551614'), txid_visible_in_snapshot(-1, '1:10:'), txid_visible_in_snapshot(NULL, '1:10:');
SELECT '1:2:'::pg_snapshot = '1:2:'::pg_snapshot;
SELECT '1:2:'::pg_snapshot < '1:2:';
SELECT DISTINCT x FROM unnest('{1:2:}'::pg_snapshot[]) x;
SELECT x FROM unnest('{1:2:}'::pg_snapshot[]) x ORDER BY x;
SELECT count(*) FROM unnest('{1:2:}'::txid_snapshot[]) x GROUP BY x;
SELECT '{1:2:}'::pg_snapshot[] = '{1:2:}'::pg_snapshot[];
SELECT max(x) FROM unnest('{1:2:}'::pg_snapshot[]) x;
SELECT hash_array('{1:2:}'::pg_snapshot[]);
SELECT '1:2:'::pg_snapshot IS DISTINCT FROM NULL;
SELECT '1:2:'::pg_snapshot::txid_snapshot;
SELECT '1:2:'::pg_snapshot::text::txid_snapshot, coalesce(NULL, '1:2:'::pg_snapshot), CASE WHEN true THEN '1:2:'::txid_snapshot END;
SELECT ROW('1:2:'::pg_snapshot) = ROW('1:2:'::pg_snapshot);
SELECT pg_column_size('1:2:'::pg_snapshot), pg_column_size('12:20:13,15,18'::txid_snapshot);
-- args: 12:20:13,15,18
SELECT $1::pg_snapshot, pg_snapshot_xmax($1), $1::txid_snapshot;
-- binary: 00000002000000000000000c0000000000000014000000000000000d000000000000000f
SELECT $1::pg_snapshot;
-- binary: 00000003000000000000000c0000000000000014000000000000000d000000000000000d0000000000000014
SELECT $1::pg_snapshot, pg_visible_in_snapshot('20', $1);
-- binary: 00000001000000000000000c0000000000000014000000000000000b
SELECT $1::pg_snapshot;
-- binary: 00000001000000000000000c00000000000000140000000000000015
SELECT $1::txid_snapshot;
-- binary: 00000002000000000000000c0000000000000014000000000000000f000000000000000d
SELECT $1::txid_snapshot;
-- binary: 0000000000000000000000000000000000000014
SELECT $1::pg_snapshot;
-- binary: 000000000000000000000015000000000000001401
SELECT $1::pg_snapshot;
-- binary: ffffffff0000000000000001000000000000001401
SELECT $1::pg_snapshot;
-- binary: 7fffffff00000000000000010000000000000014
SELECT $1::pg_snapshot;
-- binary: 0000000200000000000000010000000000000014000000000000000d
SELECT $1::pg_snapshot;
-- binary: 00000000000000000000000c000000000000001401
SELECT $1::pg_snapshot;
-- binary: 00000000000000000000000c
SELECT $1::pg_snapshot;
-- binary: 0000
SELECT $1::pg_snapshot;
CREATE TEMP TABLE seen (n int, s pg_snapshot DEFAULT '1:2:', t txid_snapshot, x xid8);
INSERT INTO seen VALUES (1, '12:20:13,15,18', '1:1:', '5'), (2, DEFAULT, NULL, '18446744073709551615');
SELECT *, pg_visible_in_snapshot(x, s) FROM seen ORDER BY n;
SELECT min(x), max(x), x::xid FROM seen GROUP BY x ORDER BY x;
CREATE INDEX ON seen (s);
CREATE TEMP TABLE keyed (s txid_snapshot PRIMARY KEY);
-- stdout
COPY (SELECT s, t, ARRAY[s], x FROM seen ORDER BY n) TO STDOUT;
-- stdout
COPY (SELECT s, t, x FROM seen ORDER BY n) TO STDOUT (FORMAT binary);
CREATE TEMP VIEW below AS SELECT n FROM seen WHERE NOT pg_visible_in_snapshot(x, s);
SELECT * FROM below;
SELECT xid8cmp('1', '18446744073709551615'), xid8_larger('1', '18446744073709551615'), xid8_smaller('1', '2'), xid8send('258'), xidsend('258'), '5'::xid8::xid, hash_array('{5}'::xid8[]);
SELECT pg_current_xact_id_if_assigned() IS NULL, txid_current_if_assigned() IS NULL, pg_snapshot_xmin(pg_current_snapshot()) = pg_snapshot_xmax(pg_current_snapshot()), txid_snapshot_xmin(txid_current_snapshot()) > 0, pg_xact_status('0'), pg_xact_status('1'), txid_status(2), (SELECT count(*) FROM pg_snapshot_xip(pg_current_snapshot()));
SELECT pg_xact_status('18446744073709551615');
SELECT typname, typlen, typcategory, typalign, typstorage, typsend::text, typreceive::text FROM pg_type WHERE typname LIKE '%snapshot' ORDER BY 1;
DROP VIEW below;
DROP TABLE seen;
