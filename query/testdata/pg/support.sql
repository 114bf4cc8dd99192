-- Functions under operator classes, about sizes, hashes and encodings.

SELECT pg_size_pretty(10239::numeric), pg_size_pretty(10240::numeric), pg_size_pretty(1.5), pg_size_pretty(-10239.9), pg_size_pretty(123456789012345678901234567890), pg_size_pretty(20479::numeric * 512),
  pg_size_pretty(10485247::numeric), pg_size_pretty(10485248::numeric), pg_size_pretty(-10485248::numeric), pg_size_pretty(0::numeric), pg_size_pretty(1e15), pg_size_pretty(10240.9), pg_size_pretty(1234567.891);

SELECT pg_size_bytes('1'), pg_size_bytes('1.5 GB'), pg_size_bytes(' 10kb '), pg_size_bytes('-1 TB'), pg_size_bytes('1e3 MB'), pg_size_bytes('.5 kB'), pg_size_bytes('7 bytes'), pg_size_bytes('0.0000001 PB'), pg_size_bytes('+2mb'), pg_size_bytes('1.');

SELECT pg_size_bytes('abc');

SELECT pg_size_bytes('1 xx');

SELECT pg_size_bytes('');

SELECT pg_size_bytes('1 MB x');

SELECT pg_size_bytes('99999999 PB');

SELECT btint4cmp(1, 2), btint2cmp(2::int2, 1::int2), btint8cmp(5, 5), btint48cmp(1, 2::int8), btfloat8cmp('NaN', 1), btfloat4cmp(1, 'NaN'), btboolcmp(true, false), date_cmp('2020-01-01', '2021-01-01'),
  timestamp_cmp('2021-01-01', '2020-01-01'), timestamptz_cmp('epoch', 'epoch'), interval_cmp('1 mon', '30 days'), numeric_cmp(1.0, 1.00), time_cmp('10:00', '09:00'), timetz_cmp('10:00+00', '10:00+01'), jsonb_cmp('1', '2'), jsonb_cmp('{}', '[]'), btoidcmp(1, 4294967295), btarraycmp(ARRAY[1, 2], ARRAY[1, 3]);

SELECT bttextcmp('a', 'b'), bttextcmp('abc', 'ab'), bttextcmp('', 'a'), bttextcmp('x', 'x'), bpcharcmp('a ', 'a'), byteacmp('\x01', '\xff'), btnamecmp('a', 'b'), uuid_cmp('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002');

SELECT interval_larger('1 mon', '29 days'), interval_smaller('1 mon', '29 days'), timetz_larger('10:00+00', '10:00+01'), bpchar_larger('a', 'b'), bpchar_smaller('a', 'b'), oidlarger(1, 2), oidsmaller(1, 2), xid8_larger('1', '2'), tidlarger('(0,1)', '(0,2)');

SELECT hashtext(''), hashtext('abc'), hashtext('hello world!'), hashtext('hello world, longer'), hashtext('é'), hashname('pg_class'), hashint2(1::int2), hashint4(0), hashint4(-1), hashint4(12345), hashint8(1), hashint8(-1), hashint8(1234567890123), hashoid(16384), hashchar('a'), hashbpchar('ab  '),
  uuid_hash('550e8400-e29b-41d4-a716-446655440000'), hashfloat8(1.5), hashfloat8(0), hashfloat8('-0'), hashfloat8('NaN'), hashfloat4(1.5), time_hash('10:00'), timestamp_hash('2020-01-01 10:00');

SELECT hashtextextended('abc', 0), hashtextextended('abc', 1), hashtextextended('abc', -9999999999), hashint4extended(1, 0), hashint4extended(1, 8), hashint8extended(-5, 77), hashfloat8extended(0, 5), hashfloat8extended(2.5, 5), uuid_hash_extended('550e8400-e29b-41d4-a716-446655440000', 3), time_hash_extended('10:00', 2), hashcharextended('a', 1), hashnameextended('x', 1), hashbpcharextended('x ', 1), hashoidextended(1, 1);

SELECT oid::regtype, count(*) FROM (SELECT unnest(ARRAY[23, 25]::oid[]) AS oid) t GROUP BY 1 ORDER BY hashoid(oid);

SELECT oidvectortypes(proargtypes) FROM pg_proc WHERE oid = 'lpad(text, int, text)'::regprocedure;

SELECT pg_jit_available() IN (true, false), pg_trigger_depth(), pg_partition_root('pg_class'), pg_sleep_for('0.001 sec'), pg_sleep_until(now());

SELECT convert('\xe9', 'LATIN1', 'UTF8'), convert('\xc3a4', 'utf-8', 'iso-8859-1'), convert_to('é', 'LATIN1'), convert_from('\xe4f6', 'latin1'), convert_to('€', 'LATIN9'), convert_to('ü€', 'WIN1252'), convert_from('\xcff0e8e2e5f2', 'windows-1251'), convert_from('\xf0d2c9d7c5d4', 'KOI8R'), convert('\x8f', 'WIN866', 'KOI8R') = '\xf0';

SELECT length('\xc3a9'::bytea, 'UTF8'), length('\xc3a9'::bytea, 'LATIN1');

SELECT length('\xff'::bytea, 'UTF8');

SELECT length('abc'::bytea, 'nonesuch');

SELECT convert_to('€', 'LATIN1');

SELECT convert_from('\x81', 'WIN1252');

SELECT convert_from('\x6100', 'LATIN1');

SELECT convert('a', 'foo', 'UTF8');

SELECT convert('a', 'UTF8', 'foo');

SELECT convert_from('a', 'bar');

SELECT convert_to('a', 'bar');

SELECT to_ascii('abc');

SELECT string_agg(convert_from(set_byte('\x00', 0, g), 'LATIN2'), ''), string_agg(convert_from(set_byte('\x00', 0, g), 'LATIN9'), ''), string_agg(convert_from(set_byte('\x00', 0, g), 'KOI8R'), ''),
  string_agg(convert_from(set_byte('\x00', 0, g), 'WIN866'), ''), string_agg(convert_from(set_byte('\x00', 0, g), 'ISO_8859_5'), ''), string_agg(convert_from(set_byte('\x00', 0, g), 'WIN1256'), '') IS NULL
FROM generate_series(1, 255) g;

SELECT string_agg(convert_from(set_byte('\x00', 0, g), 'LATIN2'), ''), string_agg(convert_from(set_byte('\x00', 0, g), 'LATIN9'), ''), string_agg(convert_from(set_byte('\x00', 0, g), 'KOI8R'), ''),
  string_agg(convert_from(set_byte('\x00', 0, g), 'WIN866'), ''), string_agg(convert_from(set_byte('\x00', 0, g), 'ISO_8859_5'), '')
FROM generate_series(1, 255) g;

SELECT bool_and(convert_to(convert_from(set_byte('\x00', 0, g), 'LATIN2'), 'LATIN2') = set_byte('\x00', 0, g)) FROM generate_series(1, 255) g;

SELECT pg_column_size('abc'), pg_column_size('abc'::text), pg_column_size(NULL), pg_column_size(NULL::text), pg_column_size(''), pg_column_size(1.5), pg_column_size(0.0), pg_column_size('NaN'::numeric),
  pg_column_size(1e200), pg_column_size(1e-70), pg_column_size(-12345.678900), pg_column_size('-Infinity'::numeric), pg_column_size(1e-64), pg_column_size(1e255), pg_column_size(1e256), pg_column_size(100000000::numeric);

SELECT pg_column_size(ARRAY[1,2,3]), pg_column_size('{}'::int[]), pg_column_size(ARRAY['a','bcd']), pg_column_size(ARRAY[1,NULL]), pg_column_size(ARRAY[[1,2],[3,4]]), pg_column_size('1 2 3'::int2vector),
  pg_column_size(ARRAY[1.5,2]), pg_column_size(ARRAY[true,false,true]), pg_column_size(ARRAY[1::int8, NULL]), pg_column_size('{a,NULL,ccccc}'::varchar[]), pg_column_size(ARRAY[jsonb '1']), pg_column_size(ARRAY[1] || 2), pg_column_size(ARRAY[timetz '10:00+00', '11:00+00']);

SELECT pg_column_size(ROW(1,2)), pg_column_size(ROW()), pg_column_size(ROW(1,NULL)), pg_column_size(ROW('abc'::text, 1)), pg_column_size(ROW('abc', 1::int8)), pg_column_size(ROW(repeat('x',200), 1)),
  pg_column_size(ROW(1::int2, ARRAY[1], ROW(1,'a'))), pg_column_size(ROW(true, 1::int8)), pg_column_size(ROW(ROW(1,2),ROW(repeat('x',300)))), pg_column_size(ROW(1,NULL,2,NULL,3,4,5,6,7)), pg_column_size(ROW('1 2'::int2vector, true)), pg_column_size(ROW(repeat('x',125))), pg_column_size(ROW(repeat('x',126), 1));

SELECT pg_column_size(jsonb '1'), pg_column_size(jsonb '{}'), pg_column_size(jsonb '[]'), pg_column_size(jsonb '{"a":1,"bb":[1,"x",null,true,{"z":1.50}]}'), pg_column_size(jsonb '"abc"'), pg_column_size(jsonb 'null'), pg_column_size(json '{"a":1}'),
  pg_column_size('abc'::char(10)), pg_column_size('\x0102'::bytea);

SELECT pg_column_size(now()), pg_column_size(interval '1 day'), pg_column_size(timetz '10:00+00'), pg_column_size(current_user), pg_column_size(gen_random_uuid()), pg_column_size('x'::name), pg_column_size('a'::"char"), pg_column_size(true), pg_column_size(1::int2),
  pg_column_size('pg_class'::regclass), pg_column_size('(0,1)'::tid), pg_column_size(CASE WHEN true THEN 'abc' END), pg_column_size(coalesce(NULL, 'abcd')), pg_column_size(greatest('a','bb')), pg_column_size('a'||'b'), pg_column_size('ab'::varchar(1)), pg_column_size(pg_typeof(1));

SELECT DISTINCT pg_column_size(occurred_at), pg_column_size(sequence) FROM events;

SELECT pg_column_size(owner) FROM account;

SELECT pg_column_size((ARRAY['abc'])[1]);

SELECT COLLATION FOR ('foo'), COLLATION FOR ('foo'::text), COLLATION FOR ('foo' COLLATE "C"), COLLATION FOR (('a'||'b') COLLATE "POSIX"), COLLATION FOR (NULL), COLLATION FOR (ARRAY['a']), COLLATION FOR ('x'::name), COLLATION FOR (current_user),
  COLLATION FOR (5::text), COLLATION FOR ('x'::name::text), COLLATION FOR ('x'::text::name), COLLATION FOR ('x'::name || 'y'), pg_collation_for('a'::text COLLATE "default"), COLLATION FOR (CASE WHEN true THEN 'a' ELSE 'b' END), COLLATION FOR (upper('a'));

SELECT COLLATION FOR ('a'||'b' COLLATE "POSIX");

SELECT COLLATION FOR (1);

SELECT COLLATION FOR (ROW(1));

SELECT COLLATION FOR (owner) FROM account;

SELECT current_query();

SELECT current_query(), 'and' AS more; SELECT length(current_query());

PREPARE asks AS SELECT current_query();

EXECUTE asks;

DEALLOCATE asks;

SELECT 'b' COLLATE "POSIX" < 'a', upper('x' COLLATE "POSIX");

-- Hashes of values that are made of others, and other functions that catalogs name.

SELECT hash_array(array[1,2]), hash_array('{}'::int[]), hash_array(array['a',null,'b']), hash_array(array[1.5,2.50]), hash_array_extended(array[1,2],0), hash_array_extended(array[1,2],7), hash_array(array[[1,2],[3,4]]), hash_array(array[date '2024-01-01']), hash_array(array[interval '1 day']), hash_array(array[true,false]);

SELECT hash_numeric(0), hash_numeric(0.00), hash_numeric(1.5), hash_numeric(1.500), hash_numeric(-1.5), hash_numeric('NaN'), hash_numeric('inf'), hash_numeric(1e20), hash_numeric(0.0001), hash_numeric(12345678901234567890.123456), hash_numeric(1e-10), hash_numeric(10000);

SELECT hash_numeric_extended(0,5), hash_numeric_extended(1.5,5), hash_numeric_extended('NaN',5), hash_numeric_extended(0.00001,-5), hash_numeric_extended(1e100,0);

SELECT jsonb_hash('{}'), jsonb_hash('[]'), jsonb_hash('1'), jsonb_hash('"a"'), jsonb_hash('null'), jsonb_hash('true'), jsonb_hash('[1,2]'), jsonb_hash('{"a":1,"b":[true,null,{"c":"d"}]}'), jsonb_hash('[[]]'), jsonb_hash('[{}]'), jsonb_hash('1.0') = jsonb_hash('1.00');

SELECT jsonb_hash_extended('{}',7), jsonb_hash_extended('[1,"a",true,false,null]',7), jsonb_hash_extended('{"a":{"b":1.5}}',-3), jsonb_hash_extended('true',0), jsonb_hash_extended('[1]',0);

SELECT interval_hash('1 day'), interval_hash('24:00'), interval_hash('1 mon'), interval_hash('-1 sec'), interval_hash('178000000 years'), interval_hash_extended('1 day',3), timetz_hash('10:00+02'), timetz_hash('10:00-08:30'), timetz_hash_extended('10:00+02',9), hashoidvector('1 2 3'), hashoidvector(''), hashoidvectorextended('1 2',4);

SELECT hash_record(row(1,'a'::text)), hash_record(row(1,null::int,2.5)), hash_record(row()), hash_record_extended(row(1,'a'::text),5), hash_record(row(array[1,2],1));

SELECT hash_record(row(1,row(2)));

SELECT hash_array(array[row(1,2)]);

SELECT hash_record(row('1'::json));

SELECT hash_record_extended(row('1'::json),1);

SELECT hash_array(array['1'::json]);

SELECT hashchar('\200'), hashcharextended('\200',5), hash_array(array['a'::"char",'\377']);

SELECT booland_statefunc(true,false), boolor_statefunc(true,false), btint2cmp(5::int2,7::int2), btcharcmp('a','\200'), btnamecmp('','abc'), btnamecmp('abc','abcd'), btnamecmp('a','a'), btoidvectorcmp('1 2','1 3'), btoidvectorcmp('1','1 3');

SELECT date_cmp_timestamp('2024-01-01','2024-01-02'), timestamp_cmp_date('2024-01-01','2024-01-01'), date_cmp_timestamptz('2024-01-02','2024-01-01'), timestamptz_cmp_timestamp('2024-01-01','2024-01-01'), timestamp_cmp_timestamptz('infinity','infinity'), timestamptz_cmp_date('-infinity','infinity');

SELECT bpchar('abc'::bpchar,6,true)||'|', bpchar('abcdef'::bpchar,7,true), varchar('abcdef'::varchar,7,true), numeric(1.2345,(10<<16|2)+4), "time"('12:34:56.789'::time,1), "timestamp"('2024-01-01 12:34:56.789'::timestamp,1), "interval"('1.23456 sec'::interval,2147418114), timetz('12:34:56.789+01'::timetz,0), timestamptz('2024-01-01 12:34:56.789+00'::timestamptz,2);

SELECT varchar('abcdef'::varchar,7,false);

SELECT numeric(123.45,(3<<16|1)+4);

SELECT bpchar('abcdef'::bpchar,7,false);

SELECT 'a '::bpchar ~<~ 'a'::bpchar, 'a'::bpchar ~<=~ 'b'::bpchar, 'a'::bpchar ~>=~ 'a  '::bpchar, 'a'::bpchar ~>~ 'b'::bpchar, bpchar_pattern_lt('a','b');

SELECT array_send(array[1,2]), array_send('{}'::text[]), record_send(row(1,'a'::text)), oidvectorsend('1 2'), int2vectorsend('1 2'), regclasssend('pg_class'), regtypesend('int4'), array_send(array[[1,null]]);

SELECT to_ascii('abc','LATIN1'), to_ascii('äöüß','LATIN1'), to_ascii('Łódź','LATIN2'), to_ascii('€','LATIN9'), to_ascii('žluťoučký','WIN1250'), to_ascii('abc',8), to_ascii('日本','latin2');

SELECT to_ascii('abc','nope');

SELECT to_ascii('abc',99);

SELECT to_ascii('abc','LATIN5');

SELECT to_ascii('abc',6);

SELECT to_ascii('abc');

SELECT pg_char_to_encoding('utf-8'), pg_char_to_encoding('ISO-8859-1'), pg_char_to_encoding('abc'), pg_char_to_encoding('windows-1252'), pg_char_to_encoding('shift_jis'), pg_char_to_encoding('Unicode'), pg_char_to_encoding('nope'), pg_char_to_encoding('koi8'), pg_char_to_encoding('WIN949'), pg_char_to_encoding('sql_ascii'), pg_char_to_encoding('EUC_JP');

SELECT convert_to('aé','SQL_ASCII'), convert_from('\x61c3a9','sql_ascii'), convert('\x61','SQL_ASCII','UTF8'), length('\xc3a9','SQL_ASCII'), convert('\xc3a9','UTF8','SQL_ASCII');

SELECT convert_from('\xff','SQL_ASCII');

SELECT min(x), max(x) from (values ('a '::bpchar),('a'),('a  '::bpchar)) t(x);

SELECT "timestamp"('2024-01-01 12:34:56.789'::timestamp,7);

SELECT timestamptz('2024-01-01 12:34:56.789+00'::timestamptz,-2);

SELECT "timestamp"('2024-01-01 12:34:56.789'::timestamp,-1), "timestamp"('2024-01-01 12:34:56.789'::timestamp,6), "time"('12:34:56.789'::time,9), "interval"('1.23456 sec'::interval,-1), "interval"('1.23456 sec'::interval,2147418112);

SELECT btoidvectorcmp('1 2',''), btoidvectorcmp('1 2','1 3'), btoidvectorcmp('1 5','1 3'), btoidvectorcmp('1','1 3');

SELECT "timestamp"('infinity'::timestamp,7);

SELECT 'Hello World'::int2vector;

SELECT '1 x y'::oidvector;

SELECT '1  2 3'::int2vector, '  7 8 '::oidvector, ''::int2vector, ' '::oidvector;

SELECT '12x y'::int2vector;

SELECT has_column_privilege('pg_class', 'nosuch', 'select');
SELECT has_column_privilege('pg_class', 'ctid', 'select'), has_column_privilege('pg_class', 0::int2, 'select'), has_column_privilege('pg_class', -1::int2, 'select'), has_column_privilege('pg_class', -7::int2, 'select');
SELECT has_schema_privilege('x y', 'usage');
SELECT has_language_privilege('nosuch', 'usage');
SELECT has_tablespace_privilege('nosuch', 'create');
SELECT has_sequence_privilege('pg_class', 'bogus');
SELECT pg_database_size('nosuch');
SELECT pg_sequence_last_value('pg_class'::regclass);
SELECT '5'::xid, 'abc'::xid, '0x1f'::xid, '-1'::xid, '017x'::xid8, ''::cid;
SELECT has_schema_privilege('', 'usage');
