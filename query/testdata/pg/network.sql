-- inet and cidr: texts, casts, order, operators, functions.
SELECT '1.2.3.4'::inet, '1.2.3.4/24'::inet, '10.1/16'::inet, '10/8'::cidr, '10.1'::cidr, '::1'::inet, '::1'::cidr, '2001:db8::/32'::cidr, 'ABCD::00ff'::inet;
SELECT '0x0a'::cidr, '0x0A0b/16'::cidr, '192.168'::cidr, '128.1'::cidr, '224'::cidr, '225'::cidr, '240'::cidr, '001.2.3.4'::inet, '1.2.3.4.'::inet, '1.2./16'::inet;
SELECT '::ffff:1.2.3.4'::inet, '::1.2.3.4/100'::inet, '::1.2'::inet, '1::'::inet, '0:0:1:0:0:0:1:0'::inet, '::ffff:0:0/96'::cidr, '1:2:3:4:5:6:7:8'::inet, '1:2:3:4:5:6:1.2.3.4'::inet;
SELECT '10.1'::inet;
SELECT '1.2.3'::inet;
SELECT '1.2.3.256'::inet;
SELECT '1.2.3.4/33'::inet;
SELECT '1.2.3.4/'::inet;
SELECT ' 1.2.3.4'::inet;
SELECT ''::inet;
SELECT ''::cidr;
SELECT 'abc'::cidr;
SELECT '1.2.3.4/24'::cidr;
SELECT '::1/64'::cidr;
SELECT ':1'::inet;
SELECT '::1::'::inet;
SELECT '1:2:3:4:5:6:7'::inet;
SELECT '1:2:3:4:5:6:7:8:9'::inet;
SELECT '::1/129'::inet;
SELECT '::01.2.3.4'::inet;
SELECT '12345::'::inet;
SELECT inet '1.2.3.4', cidr '1.2.3', inet '1.2.3.4/16'::cidr, cidr '10/8'::inet, cidr(inet '::1/64');
SELECT inet '1.2.3.4'::text, cidr '10/8'::text, inet '::1'::varchar, inet '10.0.0.1/8'::char(12), inet '1.2.3.4'::varchar(5), text(cidr '10/8'), ('1.2.3.4'::text)::inet, ('10'::varchar)::cidr;
SELECT ('nope'::text)::inet;
SELECT ('1.2.3.4/8'::text)::cidr;
SELECT inet '1.2.3.4'::int;
SELECT 1::inet;
SELECT inet(cidr '10/8'), inet('1.2.3.4'), cidr('10/8');
SELECT cidr(text '10/8');
SELECT '10/8' || inet '1.2.3.4', inet '1.2.3.4' || 'x', concat(inet '1.2.3.4', cidr '1/8'), format('%s', inet '1.2.3.4');
SELECT inet '1.2.3.4' || inet '1.2.3.4';
SELECT length(inet '1.2.3.4');
SELECT inet '1.2.3.4' LIKE '1%';
SELECT inet '1.2.3.4'(3);
SELECT '1.2.3.4'::inet(3);
-- Order: the family, the network, its width, the address.
SELECT a, row_number() OVER (ORDER BY a) FROM (VALUES ('10.1.2.3/8'::inet), ('10.1.2.3/16'), ('10.1.2.3'), ('10/8'), ('10.0.0.0/9'), ('::1'), ('::/0'), ('0.0.0.0/0'), ('255.255.255.255'), ('10.1.2.4/8'), ('::ffff:10.1.2.3'), (NULL)) AS v (a) ORDER BY a;
SELECT a FROM (VALUES ('10.1.2.3/8'::inet), ('10.1.2.3/16'), ('10.1.2.3'), ('::1'), (NULL)) AS v (a) ORDER BY a DESC NULLS LAST;
SELECT min(a), max(a), min(a::cidr), max(a::cidr), count(DISTINCT a), array_agg(a ORDER BY a), string_agg(a::text, ',' ORDER BY a) FROM (VALUES ('10.1.2.3/8'::inet), ('10.1.2.3/16'), ('10.1.2.3/16'), ('::1')) AS v (a);
SELECT pg_typeof(min(a)), pg_typeof(max(a::cidr)), pg_typeof(array_agg(a::cidr)) FROM (VALUES ('10.1.2.3/8'::inet)) AS v (a);
SELECT sum(a) FROM (VALUES ('10.1.2.3/8'::inet)) AS v (a);
SELECT inet '10.0.0.0/8' = cidr '10/8', inet '10.0.0.1/8' = cidr '10/8', '10.0.0.1' < inet '10.0.0.2', inet '10.0.0.0/8' < '10.0.0.0/9', inet '255.255.255.255' < inet '::', cidr '10/8' <> '11/8', cidr '10/8' >= inet '10.0.0.1/8', inet '1.2.3.4' <= '1.2.3.4', inet '1.2.3.4' > '1.2.3.4';
SELECT inet '1.2.3.4' = '1.2.3.4/33';
SELECT inet '1.2.3.4' = text '1.2.3.4';
SELECT inet '1.2.3.4' = 1;
SELECT a, count(*) FROM (VALUES ('10/8'::cidr), ('10.0.0.0/8'), ('11'), ('2001:db8::/32')) AS v (a) GROUP BY a ORDER BY a;
SELECT DISTINCT a FROM (VALUES ('1.2.3.4'::inet), ('1.2.3.4/32'), ('1.2.3.4/31'), ('::1'), (NULL), (NULL)) AS v (a);
SELECT a, b FROM (VALUES ('1.2.3.4'::inet), ('10.0.0.0/8'), ('::1')) AS v (a) JOIN (VALUES ('10/8'::cidr), ('1.2.3.4/32'), ('::/0')) AS w (b) ON a = b ORDER BY 1;
SELECT a FROM (VALUES ('1.2.3.4'::inet), ('10.0.0.0/8'), ('::1')) AS v (a) WHERE a IN ('1.2.3.4/32', '::1', '10.0.0.0/9') ORDER BY a;
SELECT a FROM (VALUES ('1.2.3.4'::inet), ('10.0.0.0/8'), ('::1')) AS v (a) WHERE a IN (SELECT cidr '10/8') OR a = ANY ('{::1,2.3.4.5}') ORDER BY a;
SELECT a, b FROM (VALUES ('1.2.3.4'::inet), ('10.0.0.7'), ('2001:db8::7')) AS v (a) LEFT JOIN (VALUES ('10/8'::cidr), ('2001:db8::/32'), ('0/0')) AS w (b) ON a << b ORDER BY 1, 2;
SELECT network_cmp('1.2.3.4', '1.2.3.9'), network_cmp('1.2.3.4', '::'), network_cmp('10.0.0.0/8', '10.0.0.0/20'), network_cmp('10.0.0.0/12', '10.16.0.0/12'), network_cmp('10.0.0.1/8', '10.0.0.9/8'), network_larger('1.2.3.4', '::'), network_smaller('1.2.3.4', '::');
SELECT hashinet('1.2.3.4'), hashinet('10.0.0.0/8'), hashinet('::1'), hashinetextended('1.2.3.4', 0), hashinetextended('2001:db8::1/64', 77), hash_array('{1.2.3.4,NULL}'::inet[]), hash_array('{10/8}'::cidr[]), hash_record(ROW(inet '::1', cidr '10/8'));
-- Operators.
SELECT inet '192.168.1.5' << cidr '192.168.1/24', inet '192.168.1/24' << cidr '192.168.1/24', inet '192.168.1/24' <<= '192.168.1/24', cidr '192.168/16' >> inet '192.168.1.5', inet '192.168.1/24' >>= '192.168.1/24', inet '192.168.1/24' && '192.168.1.80/28', inet '192.168.1/24' && '192.168.2.0/28', inet '::1' << '0/0', inet '0.0.0.0/0' && '::/0';
SELECT ~ inet '192.168.1.6', ~ cidr '10/8', ~ inet '::1/64', inet '192.168.1.6' & inet '0.0.0.255', inet '192.168.1.6/8' | '0.0.0.255/24', inet '2001:db8::1' & '::ffff', cidr '10/8' | cidr '11/8';
SELECT pg_typeof(~ cidr '10/8'), pg_typeof(cidr '10/8' + 1), pg_typeof(cidr '10/8' - cidr '9/8'), pg_typeof(network(inet '::1')), pg_typeof(set_masklen(cidr '10/8', 7)), pg_typeof(inet_merge('::1', '::2'));
SELECT inet '192.168.1.6' & inet '::1';
SELECT inet '192.168.1.6' | inet '::1';
SELECT inet '192.168.1.6' + 25, 25 + inet '192.168.1.6', inet '192.168.1.6/24' - 36, cidr '10/8' + 1, inet '::1' + 9223372036854775807, inet 'ffff::' - 9223372036854775807, inet 'ffff::' - (-9223372036854775808)::int8, inet '0.0.0.0' + 4294967295;
SELECT inet '255.255.255.255' + 1;
SELECT inet '0.0.0.0' - 1;
SELECT inet 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' + 1;
SELECT inet '1.2.3.4' + 1.5;
SELECT inet '192.168.1.43' - inet '192.168.1.19', inet '1.2.3.4' - '2.2.3.4', inet '::1' - '::ffff:1.2.3.4', inet 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' - '::';
SELECT inet 'ffff::' - inet '::';
SELECT inet '8000::' - inet '::';
SELECT inet '1.2.3.4' - inet '::';
SELECT inet '1.2.3.4' + inet '1.2.3.4';
SELECT inet '1.2.3.4' @> '1.2.3.4';
SELECT inet '1.2.3.4' OPERATOR(pg_catalog.<<=) '1/8';
SELECT inet '1.2.3.4' << NULL, NULL + inet '1.2.3.4', set_masklen(NULL::inet, 3);
-- Functions.
SELECT a, abbrev(a), abbrev(cidr(a)), broadcast(a), family(a), host(a), hostmask(a), masklen(a), netmask(a), network(a), text(a) FROM (VALUES ('192.168.1.5/24'::inet), ('10.1.2.3'), ('0.0.0.0/0'), ('10.129.0.0/9'), ('::1'), ('2001:db8::5/61'), ('::ffff:1.2.3.4/112'), ('::/0'), ('1:0:0:2:0:0:0:3/90')) AS v (a);
SELECT abbrev('10.1.0.0/16'::inet), abbrev('10.1.0.0/16'::cidr), abbrev('::1.2.0.0/112'::cidr), abbrev('::ffff:1.2.3.0/120'::cidr), abbrev('1:0:2:0:3::/80'::cidr), abbrev('::8/125'::cidr), abbrev('0:0:0:0:0:0:0:302'::cidr);
SELECT abbrev('10.1.0.0/16');
SELECT set_masklen('192.168.1.5/24', 16);
SELECT set_masklen('192.168.1.5/24'::inet, 16), set_masklen('192.168.1.0/24'::cidr, 16), set_masklen(inet '::1', -1), set_masklen(cidr '::/0', 128), set_masklen(inet '1.2.3.4/8', -1);
SELECT set_masklen(inet '1.2.3.4', 33);
SELECT set_masklen(cidr '10/8', -2);
SELECT inet_same_family('192.168.1.5/24', '::1'), inet_same_family('::2', '::1'), inet_merge('192.168.1.5/24', '192.168.2.5/24'), inet_merge('1.2.3.4', '1.2.3.4'), inet_merge('::1/64', '8000::'), inet_merge('10.0.0.1/8', '10.0.0.2');
SELECT inet_merge('192.168.1.5/24', '::1');
SELECT pg_typeof(inet_client_addr()), pg_typeof(inet_client_port()), pg_typeof(inet_server_addr()), pg_typeof(inet_server_port());
SELECT inet_send('1.2.3.4/8'), cidr_send('10/8'), inet_send('::1'), inet_send(cidr '10/8'), encode(cidr_send('2001:db8::/32'), 'hex');
SELECT pg_column_size(inet '1.2.3.4'), pg_column_size(cidr '::/0'), pg_column_size('{1.2.3.4,::1,10/8}'::cidr[]), pg_column_size(ROW(inet '1.2.3.4', 1));
-- CASE, COALESCE, UNION and their kin.
SELECT coalesce(NULL, inet '1.2.3.4'), coalesce(cidr '10/8', inet '1.2.3.4'), pg_typeof(coalesce(cidr '10/8', inet '1.2.3.4')), pg_typeof(coalesce(cidr '10/8', '11/8')), nullif(inet '10.0.0.0/8', cidr '10/8'), greatest(inet '1.2.3.4', '1.2.3.5', '::'), least(cidr '10/8', '9/8');
SELECT CASE WHEN true THEN cidr '10/8' ELSE inet '1.2.3.4' END, pg_typeof(CASE WHEN true THEN cidr '10/8' ELSE inet '1.2.3.4' END), CASE inet '1.2.3.4' WHEN '1.2.3.4/32' THEN 'same' END;
SELECT coalesce(inet '1.2.3.4', 'x'::text);
SELECT CASE WHEN true THEN inet '1.2.3.4' ELSE 1 END;
SELECT cidr '10/8' UNION SELECT inet '10.0.0.0/8' UNION SELECT '::1' ORDER BY 1;
SELECT inet '1.2.3.4' EXCEPT SELECT cidr '1.2.3.4' UNION ALL SELECT NULL;
SELECT inet '1.2.3.4' UNION SELECT 'x'::text;
SELECT inet '1.2.3.4' INTERSECT SELECT cidr '1.2.3.4/32';
SELECT inet '1.2.3.4' IS DISTINCT FROM cidr '1.2.3.4/32', inet '1.2.3.4' BETWEEN '1.2.3.0' AND '1.2.4.0', (inet '1.2.3.4', 1) < ('1.2.3.5', 0), ROW(inet '1.2.3.4') *= ROW(inet '1.2.3.4'), ROW(inet '1.2.3.4') *< ROW(inet '1.2.3.4/24'), inet '1.2.3.4' IS NULL;
WITH RECURSIVE hosts (a) AS (SELECT inet '10.0.0.1' UNION ALL SELECT a + 1 FROM hosts WHERE a < '10.0.0.5') SELECT a, lag(a) OVER (ORDER BY a), a - first_value(a) OVER (ORDER BY a) FROM hosts ORDER BY a;
SELECT generate_series(inet '1.2.3.4', '1.2.3.6');
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY a), mode() WITHIN GROUP (ORDER BY a) FROM (VALUES ('1.2.3.4'::inet), ('1.2.3.5'), ('1.2.3.5')) AS v (a);
-- Arrays.
SELECT '{1.2.3.4,10.0.0.0/8,NULL,::1}'::inet[], '{10/8,::/0}'::cidr[], ARRAY[inet '1.2.3.4', '::1'], ARRAY[cidr '10/8', inet '1.2.3.4'], pg_typeof(ARRAY[cidr '10/8', inet '1.2.3.4']), '{{1.2.3.4,::1},{::,::2}}'::inet[];
SELECT '{1.2.3.4,x}'::inet[];
SELECT '{10.1.2.3/8}'::cidr[];
SELECT '{10/8,11/8}'::cidr[]::inet[], '{10.1.2.3/8}'::inet[]::cidr[], '{10/8}'::cidr[]::text[], '{1.2.3.4}'::inet[]::text, '{1.2.3.4}'::text[]::inet[];
SELECT ('{1.2.3.4,::1}'::inet[])[2], '{1.2.3.4}'::inet[] || inet '::1', '{1.2.3.4,::1}'::inet[] @> '{::1}', '{1.2.3.4,::1}'::inet[] < '{::1}', array_position('{1.2.3.4,::1}'::inet[], '::1'), array_to_string('{1.2.3.4,10.0.0.0/8}'::inet[], ' '), array_remove('{1.2.3.4,::1}', inet '::1'), unnest('{1.2.3.4,::1}'::inet[]), array_fill(cidr '10/8', '{2}');
SELECT inet '10.1.2.3' << ANY ('{11/8,10/8}'), inet '10.1.2.3' <<= ALL ('{11/8,10/8}'::cidr[]), inet '1.2.3.4' = ANY (ARRAY['1.2.3.4', '::']);
-- json.
SELECT to_json(inet '1.2.3.4'), to_jsonb(cidr '10/8'), row_to_json(ROW(inet '1.2.3.4/8', cidr '::/0')), json_build_object('a', inet '::1', 'b', '{10/8}'::cidr[]), json_agg(a), jsonb_agg(a), json_object_agg(a, a) FROM (VALUES (inet '1.2.3.4')) AS v (a) GROUP BY a;
SELECT * FROM json_to_record('{"a": "1.2.3.4", "b": "10/8", "c": ["::1", null]}') AS r (a inet, b cidr, c inet[]);
SELECT * FROM jsonb_to_recordset('[{"a": "1.2.3.4/33"}]') AS r (a inet);
SELECT (data->>'ip')::inet FROM (VALUES ('{"ip": "1.2.3.4"}'::jsonb), ('{}')) AS v (data);
-- Parameters.
-- args: 1.2.3.4/24
SELECT $1::inet, pg_typeof($1);
-- args: 10/8
SELECT inet '10.1.2.3' <<= $1, pg_typeof($1);
-- args: 10/8 | 3
SELECT $1::cidr, inet '1.2.3.4' + $2, pg_typeof($2);
-- args: {1.2.3.4,::1,NULL}
SELECT $1::inet[], inet '::1' = ANY ($1);
-- args: 1.2.3.4
SELECT host($1), $1 = inet '1.2.3.4';
-- args: 1.2.3.4/99
SELECT $1::inet;
-- args: 10.1.2.3/8
SELECT $1::cidr;
-- args: 10.1.2.3
SELECT a FROM (VALUES ('10/8'::cidr), ('11/8')) AS v (a) WHERE a >> $1;
-- args: NULL
SELECT abbrev($1::cidr), family($1);
-- args: 1.2.3.4
SELECT abbrev($1);
-- Temporary tables, domains, composite types, indexes.
CREATE TEMP TABLE host (addr inet PRIMARY KEY, net cidr DEFAULT '10/8', seen inet[], CHECK (masklen(addr) > 8));
INSERT INTO host VALUES ('10.1.2.3', DEFAULT, '{::1,1.2.3.4}'), ('10.1.2.4/24', '10.1.2/24', NULL), ('2001:db8::1', '2001:db8::/32', '{}');
INSERT INTO host VALUES ('10.1.2.3/32');
INSERT INTO host VALUES ('10.1.2.3/8');
INSERT INTO host VALUES ('nope');
INSERT INTO host VALUES ('10.1.2.9', '10.1.2.9/8');
INSERT INTO host VALUES ('10.1.2.9', inet '10.1.2.9/8', ARRAY[cidr '10/8']), (cidr '11/16', DEFAULT, ARRAY[]::inet[]);
INSERT INTO host VALUES (text '10.1.2.3');
INSERT INTO host (addr) SELECT '10.9.9.9'::text;
SELECT * FROM host ORDER BY addr;
SELECT * FROM host WHERE addr << '10.1.2/24' ORDER BY addr DESC;
SELECT net, count(*), min(addr), array_agg(host(addr) ORDER BY addr) FROM host GROUP BY net ORDER BY net;
SELECT h.addr, g.net FROM host AS h JOIN host AS g ON network(h.addr) = g.net ORDER BY 1, 2;
UPDATE host SET addr = addr + 1, net = set_masklen(net, 9) WHERE family(addr) = 6 RETURNING addr, net;
DELETE FROM host WHERE addr IN ('10.1.2.3', '::9') RETURNING *;
SELECT row_to_json(host) FROM host ORDER BY addr LIMIT 2;
CREATE INDEX ON host (net, addr DESC);
CREATE UNIQUE INDEX ON host (host(addr));
INSERT INTO host VALUES ('10.1.2.4/30');
ALTER TABLE host ADD COLUMN gate inet DEFAULT '10.0.0.1', ALTER COLUMN net TYPE inet;
ALTER TABLE host ALTER COLUMN net TYPE cidr, ALTER COLUMN seen TYPE text[];
ALTER TABLE host ALTER COLUMN addr TYPE int;
ALTER TABLE host ALTER COLUMN gate TYPE text;
SELECT * FROM host ORDER BY addr;
SELECT attname, atttypid::regtype, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'host'::regclass AND attnum > 0 ORDER BY attnum;
-- stdout
COPY (SELECT addr, net FROM host ORDER BY addr) TO STDOUT;
-- stdout
COPY (SELECT addr, net, ARRAY[addr] AS a FROM host ORDER BY addr) TO STDOUT (FORMAT csv, HEADER);
-- stdout
COPY (SELECT addr, net, ARRAY[addr] FROM host ORDER BY addr) TO STDOUT (FORMAT binary);
CREATE TEMP TABLE copied (a inet, b cidr);
-- stdin: 1.2.3.4/8\t10/8\n::1\t\\N\n
COPY copied FROM STDIN;
-- stdin: 1.2.3.4/8,10.1/8\n
COPY copied FROM STDIN (FORMAT csv);
-- stdin: 1.2.3.4.5,10/8\n
COPY copied FROM STDIN (FORMAT csv);
-- stdin: PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x08\x02\x08\x00\x04\x0a\x01\x02\x03\x00\x00\x00\x08\x02\x08\x01\x04\x0a\x00\x00\x00\xff\xff
COPY copied FROM STDIN (FORMAT binary);
-- stdin: PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x08\x02\x08\x00\x04\x0a\x01\x02\x03\x00\x00\x00\x08\x02\x08\x01\x04\x0a\x01\x00\x00\xff\xff
COPY copied FROM STDIN (FORMAT binary);
-- stdin: PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x08\x04\x08\x00\x04\x0a\x01\x02\x03\x00\x00\x00\x08\x02\x08\x01\x04\x0a\x01\x00\x00\xff\xff
COPY copied FROM STDIN (FORMAT binary);
-- stdin: PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x08\x02\x21\x00\x04\x0a\x01\x02\x03\x00\x00\x00\x08\x02\x08\x01\x04\x0a\x01\x00\x00\xff\xff
COPY copied FROM STDIN (FORMAT binary);
-- stdin: PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x08\x02\x20\x00\x10\x0a\x01\x02\x03\x00\x00\x00\x08\x02\x08\x01\x04\x0a\x01\x00\x00\xff\xff
COPY copied FROM STDIN (FORMAT binary);
-- stdin: PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x06\x02\x20\x00\x04\x0a\x01\x00\x00\x00\x08\x02\x08\x01\x04\x0a\x01\x00\x00\xff\xff
COPY copied FROM STDIN (FORMAT binary);
-- stdin: PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x09\x02\x20\x00\x04\x0a\x01\x00\x00\x00\x00\x00\x00\x08\x02\x08\x01\x04\x0a\x01\x00\x00\xff\xff
COPY copied FROM STDIN (FORMAT binary);
-- stdin: PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x08\x02\x08\x01\x04\x0a\x01\x00\x00\xff\xff
COPY copied FROM STDIN (FORMAT binary);
SELECT * FROM copied ORDER BY a, b;
CREATE DOMAIN pg_temp.host4 AS inet CHECK (family(VALUE) = 4);
CREATE DOMAIN pg_temp.nets AS cidr[];
SELECT '1.2.3.4'::host4, '1.2.3.4'::host4 << '1/8', pg_typeof('1.2.3.4'::host4 + 1), inet '1.2.3.4'::host4::text, '{10/8}'::nets, host('1.2.3.4/9'::host4);
SELECT '1.2.3.4'::host4 || 'x', 'x' || '1.2.3.4'::host4, quote_literal('1.2.3.4'::host4), quote_nullable(cidr '10/8'), concat_ws('-', '1.2.3.4'::host4);
CREATE DOMAIN pg_temp.truth AS bool;
SELECT 'x' || 't'::truth;
SELECT '::1'::host4;
SELECT 'x'::host4;
SELECT a FROM (VALUES ('9.1.1.1'::host4), ('10.1.1.1')) AS v (a) WHERE a > '9.2.2.2' ORDER BY a;
CREATE TYPE pg_temp.route AS (net cidr, via inet);
SELECT '(10/8,1.2.3.4)'::route, ('(10/8,1.2.3.4)'::route).via, ROW('10/8', '::1')::route, to_json('(10/8,)'::route);
CREATE TEMP VIEW hosts4 AS SELECT addr, network(addr) AS net FROM host WHERE addr << '10/8'::inet AND family(addr) = 4;
SELECT * FROM hosts4 ORDER BY 1;
SELECT pg_get_viewdef('hosts4'::regclass);
DROP TABLE host CASCADE;
PREPARE near (inet, int) AS SELECT $1 + $2, set_masklen($1, $2);
EXECUTE near ('10.0.0.1', 8);
EXECUTE near ('x', 8);
SELECT client_addr, host(client_addr) FROM pg_stat_activity WHERE pid = 0;
SELECT (data->>'ip')::inet << '10/8', network(set_masklen((data->>'ip')::inet, 16)), count(*) FROM (SELECT jsonb_build_object('ip', '10.' || version || '.0.1') AS data FROM events) AS e GROUP BY 1, 2 ORDER BY 1, 2;
SELECT count(DISTINCT inet '10.0.0.0' + (version % 7)) FROM events;
SELECT castsource::regtype, casttarget::regtype, castcontext, castmethod FROM pg_cast WHERE 'inet'::regtype IN (castsource, casttarget) ORDER BY 1, 2;
