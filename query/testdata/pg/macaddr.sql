-- macaddr and macaddr8.
SELECT '08:00:2b:01:02:03'::macaddr, '08-00-2b-01-02-03'::macaddr, '08002b:010203'::macaddr, '08002b-010203'::macaddr, '0800.2b01.0203'::macaddr, '0800-2b01-0203'::macaddr, '08002b010203'::macaddr;
SELECT ' 8:0:2B:1:2:3 '::macaddr, '0x8:+0:2b:1: 2:00003'::macaddr, '100000001:0:0:0:0:0'::macaddr, '-ffffffffffffffff:0:0:0:0:0'::macaddr;
SELECT '08:00:2b:01:02:03:04:05'::macaddr8, '08-00-2b-01-02-03-04-05'::macaddr8, '08002b:0102030405'::macaddr8, '0800.2b01.0203.0405'::macaddr8, '08002b01:02030405'::macaddr8, '08002b0102030405'::macaddr8, ' 08:00:2B:01:02:03 '::macaddr8, '08002b0102037'::macaddr8;
SELECT ''::macaddr;
SELECT ''::macaddr8;
SELECT '08:00:2b:01:02'::macaddr;
SELECT '08:00:2b:01:02:03:04'::macaddr;
SELECT '08:00:2b:01:02:03x'::macaddr;
SELECT '08:00:2b:01:02:100'::macaddr;
SELECT '-1:00:2b:01:02:00'::macaddr;
SELECT '08:00-2b:01:02:00'::macaddr;
SELECT '08:00:2b:01:02'::macaddr8;
SELECT '08:00:2b:01:02:03:04'::macaddr8;
SELECT '08:00-2b:01:02:03'::macaddr8;
SELECT '8:00:2b:01:02:03'::macaddr8;
SELECT '08:00:2b:01:02:03 04:05'::macaddr8;
SELECT '08:00:2b:01:02:03:04:05:06'::macaddr8;
SELECT '08002b010203'::macaddr(3);
SELECT '08:00:2b:01:02:03'::macaddr::macaddr8, '08:00:2b:ff:fe:01:02:03'::macaddr8::macaddr, macaddr8(macaddr '08002b010203'), macaddr(macaddr8 '08002bfffe010203');
SELECT '08:00:2b:01:02:03:04:05'::macaddr8::macaddr;
SELECT macaddr '08002b010203'::text, macaddr8 '08002b010203'::varchar(5), (text '08002b010203')::macaddr, macaddr '08002b010203' || 'x', 'x' || macaddr8 '08002b010203', concat(macaddr '08002b010203');
SELECT (text '08002b01020')::macaddr;
SELECT macaddr '08002b010203'::int;
SELECT macaddr '08002b010203'::inet;
SELECT length(macaddr '08002b010203');
SELECT macaddr '08002b010203' = '08-00-2b-01-02-03', macaddr '08002b010203' = macaddr8 '08002b010203', macaddr '08002b010203' < '7f:0:0:0:0:0', macaddr '80:0:0:0:0:0' > '7f:0:0:0:0:0', macaddr8 '08002bfffe010203' <> macaddr '08002b010203', macaddr8 '08002b0102030405' >= '08002b0102030404', macaddr8 '08002b0102030405' <= '08002b0102030404';
SELECT macaddr '08002b010203' = text '08002b010203';
SELECT ~ macaddr '08:00:2b:01:02:03', macaddr '08:00:2b:01:02:03' & 'ff:ff:ff:00:00:00', macaddr '08:00:2b:01:02:03' | '01:02:03:04:05:06', ~ macaddr8 '08:00:2b:01:02:03', macaddr8 '08:00:2b:01:02:03' & 'ff:ff:ff:00:00:00:00:01', macaddr8 '08:00:2b:01:02:03' | '01:02:03:04:05:06:07:08', macaddr '08:00:2b:01:02:03' & macaddr8 '08:00:2b:01:02:03';
SELECT trunc(macaddr '08:00:2b:01:02:03'), trunc(macaddr8 '08:00:2b:01:02:03:04:05'), macaddr8_set7bit('00:34:56:ab:cd:ef'), macaddr8_set7bit(macaddr '00:34:56:ab:cd:ef');
SELECT trunc('08:00:2b:01:02:03');
SELECT macaddr_cmp('08002b010203', '08002b010204'), macaddr8_cmp('08002b010203', '08002b010203'), hashmacaddr('08002b010203'), hashmacaddr8('08002b010203'), hashmacaddrextended('08002b010203', 7), hashmacaddr8extended('08002b010203', 7), hash_array('{08002b010203}'::macaddr[]), hash_record(ROW(macaddr8 '08002b010203'));
SELECT macaddr_send('08002b010203'), macaddr8_send('08002b010203'), pg_column_size(macaddr '08002b010203'), pg_column_size(macaddr8 '08002b010203'), pg_column_size('{08002b010203,NULL}'::macaddr[]);
SELECT min(m) FROM (VALUES (macaddr '08002b010203')) AS v (m);
SELECT a, count(*), array_agg(b ORDER BY b DESC) FROM (VALUES (macaddr '08002b010203', macaddr8 '1:2:3:4:5:6:7:8'), ('08002b010203', '01:02:03:04:05:06')) AS v (a, b) GROUP BY a;
SELECT a, count(*), array_agg(b ORDER BY b DESC) FROM (VALUES (macaddr '08002b010203', macaddr8 '01:02:03:04:05:06:07:08'), ('08002b010203', '01:02:03:04:05:06'), ('ffffffffffff', NULL)) AS v (a, b) GROUP BY a ORDER BY a;
SELECT a FROM (VALUES (macaddr '08002b010203'), ('f8002b010203'), ('08002b010203'), (NULL)) AS v (a) WHERE a IN ('f8-00-2b-01-02-03', '08002b010203') OR a = ANY ('{1:2:3:4:5:6}') ORDER BY a DESC;
SELECT a, b FROM (VALUES (macaddr '08002b010203'), ('f8002b010203')) AS v (a) JOIN (VALUES (macaddr8 '08002bfffe010203'), ('f8002b0102030405')) AS w (b) ON a = b;
SELECT coalesce(NULL, macaddr '08002b010203'), pg_typeof(coalesce(macaddr '08002b010203', macaddr8 '08002b010203')), CASE WHEN true THEN macaddr8 '08002b010203' ELSE '0:0:0:0:0:0' END;
SELECT CASE WHEN true THEN macaddr8 '08002b010203' ELSE '00:00:00:00:00:00' END, greatest(macaddr '08002b010203', 'f8002b010203'), nullif(macaddr '08002b010203', '08:00:2b:01:02:03'), ROW(macaddr '08002b010203') *< ROW(macaddr '08002b010204'), macaddr8 '08002b010203' IS DISTINCT FROM macaddr '08002b010203';
SELECT macaddr '08002b010203' UNION SELECT macaddr8 '08002b010203' UNION ALL SELECT '00:00:00:00:00:00' ORDER BY 1;
SELECT '{08002b010203,NULL,1:2:3:4:5:6}'::macaddr[], ARRAY[macaddr8 '08002b010203'], '{08002b010203}'::macaddr[]::macaddr8[], '{08002b010203}'::macaddr[] || macaddr '1:2:3:4:5:6', to_json(macaddr '08002b010203'), json_agg(macaddr8 '08002b010203'), row_to_json(ROW('{08002b010203}'::macaddr[]));
SELECT '{x}'::macaddr[];
SELECT * FROM json_to_record('{"a": "08002b010203", "b": "08002b010203"}') AS r (a macaddr, b macaddr8);
-- args: 08-00-2b-01-02-03
SELECT $1::macaddr, macaddr '08002b010203' = $1, pg_typeof($1);
-- args: 08-00-2b-01-02-03
SELECT macaddr8_set7bit($1), $1 = macaddr8 '08002b010203';
-- args: {08002b010203,NULL} | 08002b01
SELECT $1::macaddr8[], $2::macaddr;
CREATE TEMP TABLE card (m macaddr PRIMARY KEY, e macaddr8 UNIQUE DEFAULT '00:00:00:00:00:01', l macaddr[]);
INSERT INTO card VALUES ('08002b010203', '08:00:2b:01:02:03', '{1:2:3:4:5:6}'), ('ffffffffffff', DEFAULT, NULL), (macaddr8 '08:00:2b:ff:fe:01:02:04', macaddr '000000000000', '{}');
INSERT INTO card VALUES ('08:00:2b:01:02:03');
INSERT INTO card VALUES (macaddr8 '08:00:2b:01:02:03:04:05');
INSERT INTO card VALUES (text '08:00:2b:01:02:03');
SELECT * FROM card WHERE m > '08002b010203' ORDER BY e;
UPDATE card SET m = trunc(m) | '000000000001' WHERE m < 'f0:0:0:0:0:0' AND e > '08002b010203' RETURNING *;
UPDATE card SET m = trunc(m) | '000000000001' WHERE l = '{}' RETURNING *;
ALTER TABLE card ALTER COLUMN m TYPE macaddr8, ALTER COLUMN e TYPE text;
SELECT * FROM card ORDER BY m;
-- stdout
COPY (SELECT m, ARRAY[m] FROM card ORDER BY m) TO STDOUT (FORMAT csv);
-- stdout
COPY (SELECT m, m::macaddr8 FROM card ORDER BY m LIMIT 1) TO STDOUT (FORMAT binary);
CREATE TEMP TABLE copied (a macaddr, b macaddr8);
-- stdin: 08002b010203\t08002b010203\n\\N\t08-00-2b-01-02-03-04-05\n
COPY copied FROM STDIN;
-- stdin: 08002b010203\t08002b01020\n
COPY copied FROM STDIN;
-- stdin: PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x06\x02\x08\x00\x04\x0a\x01\x00\x00\x00\x06\x02\x08\x01\x04\x0a\x01\xff\xff
COPY copied FROM STDIN (FORMAT binary);
-- stdin: PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x06\x02\x08\x00\x04\x0a\x01\x00\x00\x00\x08\x02\x08\x01\x04\x0a\x01\x00\xff\xff\xff
COPY copied FROM STDIN (FORMAT binary);
-- stdin: PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x05\x02\x08\x00\x04\x0a\x00\x00\x00\x06\x02\x08\x01\x04\x0a\x01\xff\xff
COPY copied FROM STDIN (FORMAT binary);
-- stdin: PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x06\x02\x08\x00\x04\x0a\x01\x00\x00\x00\x07\x02\x08\x01\x04\x0a\x01\x02\xff\xff
COPY copied FROM STDIN (FORMAT binary);
-- stdin: PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x07\x02\x08\x00\x04\x0a\x01\x00\x00\x00\x00\x06\x02\x08\x01\x04\x0a\x01\x02\xff\xff
COPY copied FROM STDIN (FORMAT binary);
SELECT * FROM copied ORDER BY a, b;
CREATE DOMAIN pg_temp.vendor AS macaddr CHECK (VALUE = trunc(VALUE));
SELECT '08:00:2b:00:00:00'::vendor, trunc('08:00:2b:00:00:00'::vendor), '08:00:2b:00:00:00'::vendor::macaddr8;
SELECT '08:00:2b:00:00:01'::vendor;
DROP TABLE card, copied;
SELECT count(DISTINCT (macaddr '08:00:2b:00:00:00' | ('0:0:0:0:0:' || version % 7)::macaddr)) FROM events;
