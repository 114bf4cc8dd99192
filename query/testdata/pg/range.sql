-- Ranges: what a literal may be.
SELECT '[1,5)'::int4range, '[1,5]'::int4range, '(1,5)'::int4range, '(1,5]'::int4range, '[1,1]'::int4range, '[1,1)'::int4range, '(1,2)'::int4range, '(,5]'::int4range, '[3,]'::int4range, '(,)'::int4range, '[,]'::int8range, ' empty '::int4range, 'EMPTY'::numrange;
SELECT '[1.0,2.50]'::numrange, '(1.5,)'::numrange, '[NaN,NaN]'::numrange, '[-Infinity,Infinity)'::numrange, '(1e3,1e5)'::numrange, '[1,1.00]'::numrange, '["1","2"]'::numrange, '[ 1 , 2 ]'::numrange;
SELECT '[2020-01-01,2020-02-01]'::daterange, '(2020-01-01,infinity)'::daterange, '[-infinity,infinity]'::daterange, '(-infinity,infinity]'::daterange, '[2020-01-01,2020-01-01)'::daterange, '[,2020-01-01]'::daterange, '["2020-01-01",]'::daterange;
SELECT '[2020-01-01 10:00,2020-01-02 11:30)'::tsrange, '("2020-01-01 10:00","infinity"]'::tsrange, '[2020-01-01 10:00+02,2020-06-01)'::tstzrange, '[,2020-07-01 12:00 America/New_York]'::tstzrange;
SELECT '[1,5'::int4range;
SELECT '1,5)'::int4range;
SELECT ''::int4range;
SELECT '[1 5)'::int4range;
SELECT '[1)'::int4range;
SELECT '[1,5,6)'::int4range;
SELECT '[1,5) x'::int4range;
SELECT 'empty x'::int4range;
SELECT 'emptyx'::int4range;
SELECT '["1,5)'::int4range;
SELECT E'[1,5\\'::int4range;
SELECT E'[\\1,"5"""]'::int4range;
SELECT E'[\\1,5""\\0]'::int4range;
SELECT '[a,5)'::int4range;
SELECT '["",5)'::int4range;
SELECT '[5,1]'::int4range;
SELECT '[5,4)'::numrange;
SELECT '[1,2147483647]'::int4range;
SELECT '(2147483647,)'::int4range;
SELECT '[1,9223372036854775807]'::int8range;
SELECT '[1,2147483648)'::int4range;
SELECT '[1,5874897-12-31]'::daterange;
SELECT '[2020-01-01,5874897-12-31]'::daterange;
SELECT '(2147483647,2147483647]'::int4range, '(2147483646,2147483647)'::int4range;
SELECT '[today,today]'::daterange = daterange(current_date, current_date, '[]');
SELECT ('[now,now]'::tstzrange) = tstzrange(now(), now(), '[]');
SELECT '[1,2]'::int4range(3);
SELECT int4range '[1,2]', int4range '[1,2]'::text, CAST('[1,2]'::text AS int4range), '[1,2]'::varchar::int4range, int4range(1, 2)::varchar(3), int4range('[3,9]'), int4range(NULL);
SELECT int4range(1, 2)::text || 'x', int4range(1, 2) || 'x', 'x' || numrange(1, 2);
SELECT '[1,2]'::numrange::int4range;
SELECT 1::int4range;
SELECT '(1,2)'::point::int4range;

-- Constructors.
SELECT int4range(1, 5), int4range(1, 5, '[]'), int4range(1, 5, '()'), int4range(1, 5, '(]'), int4range(NULL, 5), int4range(1, NULL, '[]'), int4range(NULL, NULL), int4range(3, 3), int4range(3, 3, '[]'), int8range(1, 5::int2), numrange(1, 2.50, '[]'), numrange('NaN', 'NaN', '[]');
SELECT daterange('2020-01-01', '2020-02-01', '[]'), tsrange('2020-01-01', NULL), tstzrange('2020-01-01', '2020-02-01'), daterange('infinity', 'infinity', '[]'), daterange('-infinity', 'infinity', '()');
SELECT int4range(5, 1);
SELECT int4range(1, 5, NULL);
SELECT int4range(1, 5, '');
SELECT int4range(1, 5, '[');
SELECT int4range(1, 5, '[)]');
SELECT int4range(1, 5, '{]');
SELECT int4range(1, 2147483647, '[]');
SELECT int8range(1, 9223372036854775807, '[]');
SELECT daterange('2020-01-01', '5874897-12-31', '[]');
SELECT int4range(1, 5::bigint);
SELECT int4range(1.5, 2);
SELECT int4range('a', 5);
SELECT int4range();
SELECT int4range(i, i + 2), numrange(i, i / 2.0 + 4, '(]') FROM generate_series(1, 4) i;

-- What a range is asked.
SELECT lower(r), upper(r), isempty(r), lower_inc(r), upper_inc(r), lower_inf(r), upper_inf(r) FROM (VALUES (int4range(1, 5)), ('empty'), ('(,)'), ('[3,]'), ('(,3]'), (NULL)) t(r);
SELECT lower(r), upper(r), isempty(r), lower_inc(r), upper_inc(r), lower_inf(r), upper_inf(r) FROM (VALUES (numrange(1, 5)), ('empty'), ('(,)'), ('[3,]'), ('(,3]'), ('(1.50,2.50]'), (NULL)) t(r);
SELECT lower('[-infinity,infinity]'::daterange), upper_inf('[-infinity,infinity]'::daterange), lower('[2020-01-01,2020-01-02]'::tstzrange), upper_inf('[2020-01-01,infinity]'::tsrange);
SELECT pg_typeof(lower(int8range(1, 2))), pg_typeof(int8range(1, 2)), pg_typeof(ARRAY[int8range(1, 2)]), format_type('daterange'::regtype, NULL), 'tstzrange'::regtype, pg_typeof(upper(tsrange(NULL, NULL)));
SELECT isempty('empty');
SELECT lower('[1,2)');
SELECT lower_inc('[1,2)');
SELECT hash_range('[1,2)');
SELECT range_merge('[1,2)', '[3,4)');
SELECT range_merge(int4range(1, 2), '[30,40)'), range_merge('empty', int4range(1, 2)), range_merge(numrange(1, 2), numrange(1.0, 2.00));
SELECT range_merge(int4range(1, 2), int8range(3, 4));
SELECT lower(1);
SELECT isempty(NULL);

-- Operators.
SELECT a, b, a = b, a <> b, a < b, a <= b, a > b, a >= b, a @> b, a <@ b, a && b, a << b, a >> b, a &< b, a &> b, a -|- b, a * b FROM (VALUES (int4range(1, 5)), ('[5,8)'), ('[3,6]'), ('empty'), ('(,3)'), ('[4,]'), ('(,)'), ('[1,1]'), (NULL)) x(a), (VALUES (int4range(1, 5)), ('[5,8)'), ('[3,6]'), ('empty'), ('(,3)'), ('[4,]'), ('(,)'), ('[1,1]')) y(b) ORDER BY 1, 2;
SELECT a, b, a = b, a <> b, a < b, a <= b, a > b, a >= b, a @> b, a <@ b, a && b, a << b, a >> b, a &< b, a &> b, a -|- b, a * b FROM (VALUES (numrange(1, 5)), ('[5,8)'), ('(5,8]'), ('[1,5]'), ('(1,5)'), ('[1.0,5.00)'), ('[3,6]'), ('empty'), ('(,3)'), ('[4,]'), ('(,)'), ('[1,1]')) x(a), (VALUES (numrange(1, 5)), ('[5,8)'), ('(5,8]'), ('[1,5]'), ('(1,5)'), ('[3,6]'), ('empty'), ('(,3)'), ('[4,]'), ('(,)'), ('[1,1]')) y(b) ORDER BY 1, 2;
SELECT int4range(1, 5) + int4range(5, 8), int4range(1, 5) + '[3,9]', int4range(1, 5) + 'empty', 'empty'::int4range + int4range(1, 2), numrange(1, 2) + numrange(2, 3), numrange(1, 2, '[]') + numrange(2, 3, '(]'), daterange('2020-01-01', '2020-01-05') + daterange('2020-01-05', '2020-01-06', '[]');
SELECT int4range(1, 5) + int4range(6, 8);
SELECT numrange(1, 2) + numrange(2, 3, '(]');
SELECT int4range(1, 5) - int4range(3, 8), int4range(1, 5) - '(,3)', int4range(1, 5) - 'empty', 'empty'::int4range - int4range(1, 2), int4range(1, 5) - int4range(1, 5), int4range(1, 5) - int4range(7, 9), numrange(1, 5, '[]') - numrange(1, 5), numrange(1, 5, '[]') - numrange(1, 5, '(]'), numrange(1, 5, '()') - numrange(2, 9), numrange(NULL, NULL) - numrange(3, NULL), numrange(NULL, NULL) - numrange(NULL, 3, '[]');
SELECT int4range(1, 9) - int4range(3, 5);
SELECT numrange(NULL, NULL) - numrange(3, 5);
SELECT daterange('2020-01-01', 'infinity', '[]') - daterange('2021-01-01', 'infinity', '[]'), daterange('2020-01-01', 'infinity', '[]') - daterange('2021-01-01', 'infinity', '[)'), daterange('-infinity', 'infinity', '[]') - daterange('-infinity', 'infinity', '(]');
SELECT int4range(1, 5) @> 3, int4range(1, 5) @> 5, 3 <@ int4range(1, 5), numrange(1, 5) @> 3.5, numrange(1, 5, '(]') @> 1.0, 5.0 <@ numrange(1, 5, '(]'), int8range(1, 5) @> 3::bigint, daterange('2020-01-01', '2020-02-01') @> '2020-01-15'::date, 'empty'::int4range @> 1, int4range(NULL, NULL) @> 1, int4range(1, 5) @> NULL::int, '(,)'::tsrange @> 'infinity'::timestamp, numrange(1, 'NaN') @> 'Infinity'::numeric;
SELECT int8range(1, 5) @> 3;
SELECT int4range(1, 5) @> 3::bigint;
SELECT int4range(1, 5) @> 3.0;
SELECT int4range(1, 5) @> '3';
SELECT int4range(1, 5) @> '[2,3]';
SELECT '3' <@ int4range(1, 5);
SELECT 3 <@ '[1,5)';
SELECT tstzrange('2020-01-01', '2020-02-01') @> '2020-01-15';
SELECT tstzrange('2020-01-01', '2020-02-01') @> now(), tstzrange('2020-01-01', NULL) @> '2020-01-15'::timestamptz;
SELECT tstzrange('2020-01-01', '2020-02-01') @> '2020-01-15'::timestamp;
SELECT int4range(1, 5) && int8range(1, 5);
SELECT int4range(1, 5) = numrange(1, 5);
SELECT int4range(1, 5) && '[2,3]', '[2,3]' && int4range(1, 5), int4range(1, 5) -|- '[5,7)', int4range(1, 5) = '[1,4]', '[9,10]' > int4range(1, 5), int4range(1, 5) IN ('[1,4]', 'empty'), int4range(1, 5) = ANY(ARRAY['[1,4]', 'empty']::int4range[]);
SELECT int4range(1, 5) * 2;
SELECT int4range(1, 5) ~ int4range(1, 5);
SELECT - int4range(1, 5);
SELECT int4range(1, 5) IS NULL, int4range(1, 5) IS DISTINCT FROM '[1,4]', nullif(int4range(1, 5), '[1,4]'), coalesce(NULL, int4range(1, 5)), greatest(int4range(1, 5), 'empty', '[2,3]'), least(numrange(1, 5), '[1,4]'), CASE WHEN true THEN 'empty' ELSE int4range(1, 2) END;
SELECT int4range(1, 5) BETWEEN 'empty' AND '(,)', int4range(1, 5) BETWEEN SYMMETRIC '[9,)' AND 'empty';

-- Functions under operators and operator classes.
SELECT range_eq(int4range(1, 2), '[1,1]'), range_ne(int4range(1, 2), '[1,1]'), range_lt(int4range(1, 2), '[1,3]'), range_ge(numrange(1, 2), 'empty'), range_cmp(int4range(1, 2), '[1,3]'), range_cmp(numrange(1, 2), 'empty'), range_cmp('empty', numrange(1, 2)), range_overlaps(int4range(1, 2), '[1,3]'), range_contains(int4range(1, 2), '[1,3]'), range_contains_elem(int4range(1, 2), 1), elem_contained_by_range(1, int4range(1, 2)), range_before(int4range(1, 2), '[3,4)'), range_union(int4range(1, 2), '[2,4)'), range_minus(int4range(1, 3), '[2,4)'), range_intersect(int4range(1, 3), '[2,4)'), range_adjacent(int4range(1, 2), '[2,4)');
SELECT r, hash_range(r), hash_range_extended(r, 0), hash_range_extended(r, 42) FROM (VALUES (int4range(1, 5)), ('empty'), ('(,)'), ('[-3,]'), ('(,7)')) t(r);
SELECT r, hash_range(r), hash_range_extended(r, 0), hash_range_extended(r, -42) FROM (VALUES (numrange(1, 5)), ('empty'), ('(,)'), ('[-3.50,]'), ('(,7]'), ('[0,0.00]'), ('[NaN,]'), ('[-Infinity,Infinity]'), ('[123456789.000010,1e30)'), ('[1e-30,10000]')) t(r);
SELECT hash_range('[1,5]'::int8range), hash_range('[-1,5]'::int8range), hash_range('[2020-01-01,2020-02-01]'::daterange), hash_range('[2020-01-01,2020-02-01]'::tsrange), hash_range_extended('[2020-01-01,2020-02-01]'::tstzrange, 7), hash_range(int8range(10000000000, NULL));
SELECT hash_numeric(0), hash_numeric(1.50), hash_numeric('NaN'), hash_numeric(-123456.789), hash_numeric_extended(1e20, 1), hash_numeric_extended(0, 5), hash_numeric(0.00001), hash_numeric_extended(0.00001, 77);
SELECT int4range_subdiff(5, 3), int8range_subdiff(-5, 3), numrange_subdiff(5.5, 3), daterange_subdiff('2020-02-01', '2020-01-01'), tsrange_subdiff('2020-01-01 01:00', '2020-01-01'), tstzrange_subdiff('2020-01-01 00:00:00.5', '2020-01-01'), int4range_canonical('[1,3]'), daterange_canonical('[2020-01-01,2020-01-02]'), int8range_canonical('empty');
SELECT pg_column_size(int4range(1, 10)), pg_column_size(numrange(1, 10)), pg_column_size(numrange(1.5, NULL)), pg_column_size('empty'::int8range), pg_column_size(int8range(1, NULL)), pg_column_size(ARRAY[int8range(1, NULL), 'empty']), pg_column_size(row(int8range(1, NULL), 2)), pg_column_size(tsrange('2020-01-01', '2020-02-01'));
SELECT range_agg_transfn(NULL, int4range(1, 2));
SELECT range_in('[1,2)', 3904, -1);

-- Rows of them.
CREATE TEMP TABLE booking (id int PRIMARY KEY, room int4range, price numrange, day daterange, at tsrange, until tstzrange, wide int8range, many int4range[], CHECK (NOT isempty(room)));
INSERT INTO booking SELECT i, int4range(i, i + i % 4 + 1), numrange(i / 2.0, i + 1, '[]'), daterange('2020-01-01'::date + i, '2020-01-03'::date + i * 2), tsrange('2020-01-01'::timestamp + i * '1 hour'::interval, NULL), tstzrange(NULL, '2020-01-01'::timestamptz + i * '1 day'::interval), int8range(i, i * 10000000000), ARRAY[int4range(i, i + 1), NULL, 'empty'] FROM generate_series(1, 8) i ON CONFLICT DO NOTHING;
SELECT * FROM booking ORDER BY id;
INSERT INTO booking (id, room) VALUES (100, 'empty');
INSERT INTO booking (id, room) VALUES (100, '[1,');
INSERT INTO booking (id, room) VALUES (100, 5);
INSERT INTO booking (id, room) VALUES (100, numrange(1, 2));
INSERT INTO booking (id, room) VALUES (100, '[1,2]'::text);
SELECT room, count(*) FROM (SELECT int4range(id % 3, id % 3 + 2) AS room FROM booking) t GROUP BY room ORDER BY room;
SELECT price * 0 + price FROM booking;
SELECT DISTINCT numrange(id % 2, 2, '[]') + numrange((id % 2)::numeric(5, 2), 2.0) FROM booking ORDER BY 1;
SELECT a.id, b.id, a.room * b.room FROM booking a JOIN booking b ON a.room && b.room AND a.id < b.id ORDER BY 1, 2;
SELECT a.id, b.id FROM booking a JOIN booking b ON a.room = b.room ORDER BY 1;
SELECT a.id, b.id FROM booking a LEFT JOIN booking b ON a.price = b.price + numrange(b.id / 2.0, b.id / 2.0, '[]') ORDER BY 1;
SELECT id, room FROM booking WHERE room @> 4 ORDER BY room DESC, id;
SELECT id, price FROM booking ORDER BY price DESC NULLS LAST, id LIMIT 3;
SELECT id, rank() OVER (ORDER BY int4range(id % 3, 5)), lag(room) OVER (ORDER BY room) FROM booking ORDER BY id;
SELECT count(DISTINCT room), array_agg(room ORDER BY room DESC), json_agg(price ORDER BY id), string_agg(day::text, ';' ORDER BY id), count(*) FILTER (WHERE room @> 3) FROM booking;
SELECT unnest(many), cardinality(many) FROM booking WHERE id < 3;
SELECT many @> ARRAY[int4range(1, 2)], many[1], many || int4range(9, 10), array_position(many, 'empty'), many < '{empty}', '{"[1,3]","empty",NULL}'::int4range[] FROM booking WHERE id < 4 ORDER BY id;
SELECT row(room, price), to_json(day), to_jsonb(at), row_to_json(t), json_build_object('a', room) FROM (SELECT room, price, day, at, until FROM booking WHERE id < 3 ORDER BY id) t;
SELECT (row(room, day) = row(room, day)), row(room, 1) < row(int4range(3, 4), 0) FROM booking ORDER BY id;
SELECT room FROM booking UNION SELECT int4range(3, 7) EXCEPT SELECT '[1,3)' ORDER BY 1;
SELECT * FROM booking WHERE (id, room) IN (SELECT id, int4range(id, id + 2) FROM booking) ORDER BY id;
UPDATE booking SET room = room + int4range(upper(room), upper(room) + 1), many[2] = '[7,9)' WHERE id = 2 AND upper(room) < 9 RETURNING id, lower(room), many[2];
DELETE FROM booking WHERE day @> '2019-01-01'::date;
SELECT max(room) FROM booking;
SELECT min(room) FROM booking;
SELECT sum(room) FROM booking;
SELECT range_agg(room), range_agg(price) FILTER (WHERE id > 6), range_intersect_agg(until), range_intersect_agg(room), range_intersect_agg(room) FILTER (WHERE id > 90), range_agg(day) FROM booking;
SELECT id % 2, range_agg(int4range(id, id + 1) ORDER BY id DESC), range_agg(DISTINCT room), range_intersect_agg(price) FROM booking GROUP BY 1 ORDER BY 1;
SELECT id, range_agg(int4range(id * 2, id * 2 + 1)) OVER (ORDER BY id ROWS 1 PRECEDING), range_intersect_agg(until) OVER (ORDER BY id DESC) FROM booking ORDER BY id;
SELECT range_agg(r), range_intersect_agg(r) FROM (VALUES (NULL::int4range)) t(r);
SELECT range_agg(r), range_intersect_agg(r) FROM (VALUES (NULL::int4range), ('empty')) t(r);
SELECT range_agg(1);
SELECT range_agg('[1,2]');
COPY booking (id, room, price, day, many) TO STDOUT;
COPY (SELECT room, until FROM booking ORDER BY id) TO STDOUT (FORMAT csv, HEADER);
CREATE TEMP TABLE span AS SELECT room, numrange(1, 2) AS n, NULL::daterange AS d FROM booking LIMIT 1;
SELECT attname, format_type(atttypid, atttypmod), attlen, attalign, attstorage FROM pg_attribute WHERE attrelid = 'span'::regclass AND attnum > 0 ORDER BY attnum;
SELECT column_name, data_type, udt_name FROM information_schema.columns WHERE table_name = 'booking' ORDER BY ordinal_position;

-- Settings decide how bounds are written.
SET datestyle = 'SQL, DMY'; SET timezone = 'America/New_York';
SELECT '[2020-01-01 10:00+00,2020-07-01 10:00+00)'::tstzrange, '[01/02/2020,03/04/2020]'::daterange, '[01/02/2020 10:00,]'::tsrange, ARRAY['[2020-01-01 10:00+00,]'::tstzrange];
SELECT until::text, to_json(until), day::text FROM booking WHERE id < 3 ORDER BY id;
SET datestyle = 'Postgres, MDY';
SELECT '[2020-01-01 10:00+00,2020-07-01 10:00+00)'::tstzrange, '[01/02/2020,03/04/2020]'::daterange, '[01/02/2020 10:00,]'::tsrange, lower(tstzrange('2020-01-01 10:00+00', NULL));
RESET datestyle; RESET timezone;

-- Parameters.
-- args: [1,5]
SELECT $1::int4range, lower($1::int4range);
-- args: [2,3] | 4
SELECT int4range(1, 9) @> $1, int4range(1, 9) && $1, int4range(1, 9) @> $2::int;
-- args: [2,3 | 4
SELECT int4range(1, 9) && $1, $2::int;
-- args: {"[1,2]",empty,NULL}
SELECT $1::int4range[], int4range(1, 3) = ANY($1::int4range[]);
-- args: 2020-01-01 | NULL
SELECT daterange($1, $2), tstzrange($1::timestamptz, $2::timestamptz, '(]');
-- args: [2020-01-01,2020-02-01)
SELECT id FROM booking WHERE day && $1 ORDER BY id;
PREPARE spans (int4range, int) AS SELECT $1 @> $2, $1 + int4range($2, $2 + 1);
EXECUTE spans ('[1,5]', 3);
EXECUTE spans ('[1,5]', 30);

-- Catalogs.
SELECT rngtypid::regtype, rngsubtype::regtype, rngmultitypid::regtype, rngcanonical, rngsubdiff FROM pg_range ORDER BY 1;
SELECT typname, typtype, typcategory, typinput, typoutput, typanalyze, typelem, typarray::regtype FROM pg_type WHERE typname ~ 'range' ORDER BY 1;
CREATE FUNCTION pg_temp.longer(r anyrange, by anyelement) RETURNS anyrange LANGUAGE sql AS 'SELECT r';
SELECT pg_temp.longer(int4range(1, 2), 3), pg_temp.longer(numrange(1, 2), 3.5);
SELECT pg_temp.longer(int4range(1, 2), 3.5);
CREATE FUNCTION pg_temp.reach(r anycompatiblerange, x anycompatible) RETURNS anycompatible LANGUAGE sql AS 'SELECT greatest(upper(r), x)';
SELECT pg_temp.reach(int4range(1, 2), 3), pg_temp.reach(numrange(1, 2), 3), pg_typeof(pg_temp.reach(numrange(1, 2), 3));
SELECT pg_temp.reach(int4range(1, 2), 3.5);
SELECT pg_temp.reach('[1,2]', 3);
CREATE FUNCTION pg_temp.none(x anyelement) RETURNS anyrange LANGUAGE sql AS 'SELECT int4range(1, 2)';
CREATE FUNCTION pg_temp.none(x int) RETURNS anymultirange LANGUAGE sql AS 'SELECT int4multirange()';
CREATE FUNCTION pg_temp.none(x anycompatible) RETURNS anycompatiblerange LANGUAGE sql AS 'SELECT int4range(1, 2)';
CREATE FUNCTION pg_temp.none(x int) RETURNS anyelement LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION pg_temp.none(x anyelement) RETURNS anycompatible LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION pg_temp.none(x anyelement) RETURNS TABLE (a anyelement, b anyrange) LANGUAGE sql AS 'SELECT 1, int4range(1, 2)';
CREATE FUNCTION pg_temp.ends(r anyrange) RETURNS TABLE (l anyelement, u anyelement, b anyarray) LANGUAGE sql AS 'SELECT lower(r), upper(r), ARRAY[lower(r)]';
SELECT * FROM pg_temp.ends(int4range(1, 11));
SELECT e.*, pg_typeof(b) FROM pg_temp.ends(numrange(1, 11.5)) e;
CREATE FUNCTION pg_temp.several(r anyrange) RETURNS anymultirange LANGUAGE sql AS 'SELECT multirange(r)';
SELECT pg_temp.several(int4range(1, 11)), pg_temp.several('[1,2)'::numrange);
SELECT pg_temp.several('[1,2)');
CREATE FUNCTION pg_temp.whole(m anycompatiblemultirange, x anycompatible) RETURNS anycompatiblerange LANGUAGE sql AS 'SELECT range_merge(m)';
SELECT pg_temp.whole('{[1,2),[5,6)}'::int4multirange, 3);
SELECT pg_temp.whole('{[1,2),[5,6)}'::int4multirange, 3.5);
SELECT pg_temp.whole('{[1,2),[5,6)}', 3);

-- What reads and writes ranges, arrays and moments is not immutable, so it is not computed before a row comes.
CREATE TEMP TABLE nothing (a text, r int4range, z timestamptz, f float8);
SELECT 'x'::text::int4range, 'x'::text::int4multirange, 'x'::text::int[], ARRAY['x'::text]::int4range[] FROM nothing;
CREATE TEMP TABLE made (r int4range, t text GENERATED ALWAYS AS (r::text) STORED);
CREATE TEMP TABLE made (r int4multirange, t text GENERATED ALWAYS AS (r::text) STORED);
CREATE TEMP TABLE made (r int[], t text GENERATED ALWAYS AS (r::text) STORED);
CREATE TEMP TABLE made (z timestamptz, t text GENERATED ALWAYS AS (z::text) STORED);
CREATE TEMP TABLE made (z text, t time GENERATED ALWAYS AS (z::time) STORED);
CREATE TEMP TABLE made (r int4range, w int4range GENERATED ALWAYS AS ('[1,2]'::text::int4range) STORED);
CREATE TEMP TABLE IF NOT EXISTS made (r int4range, a time, b timetz, f float8, u int GENERATED ALWAYS AS (lower(r)) STORED, v int4range GENERATED ALWAYS AS (r + '[1,2]') STORED, x tstzrange GENERATED ALWAYS AS ('[2020-01-01,]') STORED, t text GENERATED ALWAYS AS (a::text || b::text || f::text) STORED);
INSERT INTO made (r, a, b, f) VALUES ('[1,5]', '12:00', '12:00+02', 0.1) RETURNING *;
CREATE INDEX made_r ON made ((r::text));
CREATE INDEX made_z ON nothing (to_char(z, 'YYYY'));
CREATE INDEX made_z ON nothing (a) WHERE z > now();
CREATE INDEX IF NOT EXISTS made_r ON made (lower(r)) WHERE r @> 3;
PREPARE written AS SELECT '{[2020-01-01 10:00+00,]}'::tstzmultirange::text, '[2020-01-01 10:00,]'::text::tstzrange, ARRAY['[2020-01-01 10:00,]'::text]::tstzrange[];
EXECUTE written;
SET timezone = 'Asia/Tokyo';
EXECUTE written;
RESET timezone;
