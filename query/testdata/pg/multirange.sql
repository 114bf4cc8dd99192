-- Multiranges: what a literal may be.
SELECT '{}'::int4multirange, '{[1,3]}'::int4multirange, ' { [1,3) , [5,7] } '::int4multirange, '{[5,7),[1,3)}'::int4multirange, '{[1,3),[3,5)}'::int4multirange, '{[1,4),[3,5)}'::int4multirange, '{empty}'::int4multirange, '{Empty,[1,2]}'::int4multirange, '{(,)}'::int4multirange, '{(,3],(2,)}'::int8multirange;
SELECT '{[1.0,2.50),(2.5,3]}'::nummultirange, '{[1,2),[2.0,3]}'::nummultirange, '{["1","2"],(5,)}'::nummultirange, '{[1,2],[1.0,2.00]}'::nummultirange, '{(1,2),[2,2]}'::nummultirange;
SELECT '{[2020-01-01,2020-02-01],[2020-02-02,2020-03-01]}'::datemultirange, '{[2020-01-01 10:00,2020-01-02),["2020-02-02 11:00",]}'::tsmultirange, '{[2020-01-01 10:00+02,2020-06-01)}'::tstzmultirange;
SELECT ''::int4multirange;
SELECT '{'::int4multirange;
SELECT '{,}'::int4multirange;
SELECT '{[1,2],}'::int4multirange;
SELECT '{[1,2] [3,4]}'::int4multirange;
SELECT '{[1,2]}x'::int4multirange;
SELECT '[1,2]'::int4multirange;
SELECT '{1,2}'::int4multirange;
SELECT '{[1,2'::int4multirange;
SELECT '{["1,2]}'::int4multirange;
SELECT E'{[1,\\2]}'::int4multirange;
SELECT E'{["1","2"""]}'::int4multirange;
SELECT E'{[1,"2\\" ]"]}'::int4multirange;
SELECT '{emptyx}'::int4multirange;
SELECT '{[a,2]}'::int4multirange;
SELECT '{[3,2]}'::int4multirange;
SELECT '{[1,2,3]}'::int4multirange;
SELECT '{[1,2147483647]}'::int4multirange;
SELECT '{[1,2),[4,6)}'::int4multirange::text, CAST('{[1,2)}'::text AS int4multirange), int4range(1, 2)::int4multirange, int4multirange(int4range(1, 2))::text || 'x';
SELECT '{[1,2]}'::int4multirange::int4range;
SELECT numrange(1, 2)::int4multirange;

-- Constructors.
SELECT int4multirange(), int4multirange(int4range(1, 2)), int4multirange('empty'::int4range), int4multirange(int4range(5, 7), int4range(1, 3), 'empty', '(2,4]'), int4multirange(VARIADIC ARRAY[int4range(1, 2), '[7,8]']), int4multirange(VARIADIC '{}'::int4range[]), nummultirange(numrange(1, 2), numrange(3, 4)), multirange(numrange(1, 2)), multirange('empty'::int4range), datemultirange(daterange(NULL, '2020-01-01')), int4multirange(NULL::int4range), int4multirange(VARIADIC NULL::int4range[]);
SELECT int4multirange(int4range(1, 2), NULL);
SELECT int4multirange(VARIADIC ARRAY[ARRAY[int4range(1, 2)], ARRAY['empty'::int4range]]);
SELECT int4multirange(numrange(1, 2));
SELECT int4multirange(1, 2);
SELECT multirange('[1,2]');
SELECT int4multirange('{[1,2]}');

-- What a multirange is asked.
SELECT lower(m), upper(m), isempty(m), lower_inc(m), upper_inc(m), lower_inf(m), upper_inf(m), range_merge(m) FROM (VALUES (int4multirange(int4range(1, 5), int4range(7, 9))), ('{}'), ('{(,)}'), ('{[3,]}'), ('{(,3],[9,]}'), (NULL)) t(m);
SELECT lower(m), upper(m), isempty(m), lower_inc(m), upper_inc(m), lower_inf(m), upper_inf(m), range_merge(m) FROM (VALUES (nummultirange(numrange(1, 5), numrange(7, 9, '[]'))), ('{}'), ('{(,)}'), ('{(3,]}'), ('{(,3],[9,]}'), (NULL)) t(m);
SELECT unnest('{[1,3),[5,7)}'::int4multirange), unnest('{}'::int4multirange);
SELECT * FROM unnest('{[1,3),[5,7)}'::int4multirange) WITH ORDINALITY u(r, n), LATERAL generate_series(lower(r), upper(r)) g;
SELECT pg_typeof(multirange(int8range(1, 2))), pg_typeof(unnest(int8multirange(int8range(1, 2)))), format_type('tsmultirange'::regtype, NULL), pg_typeof(range_agg(int4range(1, 2))), pg_typeof(range_merge('{}'::datemultirange)), pg_typeof(lower('{}'::nummultirange));

-- Operators.
SELECT a, b, a = b, a <> b, a < b, a <= b, a > b, a >= b, a @> b, a <@ b, a && b, a << b, a >> b, a &< b, a &> b, a -|- b, a + b, a * b, a - b FROM (VALUES (int4multirange(int4range(1, 3), int4range(5, 8))), ('{}'), ('{[3,5)}'), ('{[2,6)}'), ('{(,1)}'), ('{[8,]}'), ('{(,)}'), ('{[1,2),[6,7),[20,30)}'), ('{[5,8)}'), (NULL)) x(a), (VALUES (int4multirange(int4range(1, 3), int4range(5, 8))), ('{}'), ('{[3,5)}'), ('{[2,6)}'), ('{(,1)}'), ('{[8,]}'), ('{(,)}'), ('{[1,2),[6,7),[20,30)}')) y(b) ORDER BY 1, 2;
SELECT a, b, a = b, a < b, a @> b, a <@ b, a && b, a << b, a >> b, a &< b, a &> b, a -|- b, a + b, a * b, a - b FROM (VALUES (nummultirange(numrange(1, 3), numrange(5, 8))), ('{}'), ('{[3,5)}'), ('{(3,5.0]}'), ('{[1.00,3],[6,6]}'), ('{(,1)}'), ('{[8,]}'), ('{(,)}')) x(a), (VALUES (nummultirange(numrange(1, 3), numrange(5, 8))), ('{}'), ('{[3,5)}'), ('{(3,5]}'), ('{[1,3.0],[6.0,6.00]}'), ('{(,1.0)}'), ('{[8,]}'), ('{[1,2),[6,7),[20,30)}')) y(b) ORDER BY 1, 2;
SELECT m, r, m @> r, m <@ r, r @> m, r <@ m, m && r, r && m, m << r, r << m, m >> r, r >> m, m &< r, r &< m, m &> r, r &> m, m -|- r, r -|- m FROM (VALUES (int4multirange(int4range(1, 3), int4range(5, 8))), ('{}'), ('{[3,5)}'), ('{(,1)}'), ('{[8,]}'), ('{(,)}')) x(m), (VALUES (int4range(1, 3)), ('empty'), ('[3,5)'), ('[2,6)'), ('(,1)'), ('[8,]'), ('(,)'), ('[1,8)'), ('[6,7)')) y(r) ORDER BY 1, 2;
SELECT m @> 3, m @> 6, m @> 8, 1 <@ m, 4 <@ m, m @> NULL::int FROM (VALUES (int4multirange(int4range(1, 3), int4range(5, 8))), ('{}'), ('{[3,5)}'), ('{(,1)}'), ('{[8,]}'), ('{(,)}')) x(m);
SELECT '{[1,3),[5,7)}'::int4multirange + '{[3,5)}', '{[1,3)}'::int4multirange @> '{[1,2)}', int4range(1, 9) && '{[1,2)}'::int4multirange;
SELECT '{[1,3)}'::int4multirange + int4range(3, 4);
SELECT '{[1,3)}'::int4multirange @> 3::bigint;
SELECT '{[1,3)}'::int4multirange && '{[1,3)}'::nummultirange;
SELECT '{[1,3)}'::int4multirange && numrange(1, 2);
SELECT '{[1,3)}'::int4multirange @> '[1,2)';
SELECT 1 <@ '{[1,3)}';
SELECT '{[1,3)}'::int4multirange IS DISTINCT FROM '{[1,2]}', '{[1,3)}'::int4multirange IN ('{}', '{[1,2]}'), greatest('{[1,3)}'::int4multirange, '{[1,9)}'), nullif('{[1,3)}'::int4multirange, '{[1,2]}');

-- Functions under operators and operator classes.
SELECT multirange_eq(m, m), multirange_cmp(m, '{}'), multirange_cmp('{[1,2)}', m), multirange_lt(m, '{[1,2)}'), multirange_union(m, '{[3,4)}'), multirange_minus(m, '{[2,6)}'), multirange_intersect(m, '{[2,6)}'), multirange_contains_elem(m, 1), elem_contained_by_multirange(1, m), multirange_contains_range(m, '[1,2)'), range_contained_by_multirange('[1,2)', m), range_before_multirange('[-2,-1)', m), multirange_adjacent_range(m, '[3,4)'), range_contains_multirange('[0,9)', m) FROM (VALUES ('{[1,3),[5,7)}'::int4multirange)) t(m);
SELECT hash_multirange(m), hash_multirange_extended(m, 0), hash_multirange_extended(m, 42) FROM (VALUES (int4multirange(int4range(1, 5), int4range(7, 9))), ('{}'), ('{(,)}'), ('{[3,]}'), ('{(,3],[9,]}')) t(m);
SELECT hash_multirange('{[1.50,2),[3,4.0]}'::nummultirange), hash_multirange('{[2020-01-01,2020-02-01)}'::tsmultirange), hash_multirange_extended('{[1,2),[30,)}'::int8multirange, 9), hash_multirange('{[2020-01-01,2020-02-01)}'::datemultirange);
SELECT pg_column_size('{}'::int4multirange), pg_column_size('{[1,2),[5,7),[9,]}'::int4multirange), pg_column_size('{[1,2),[5,7),[9,]}'::int8multirange), pg_column_size('{[1,2),[5,7.5),[9,]}'::nummultirange), pg_column_size(ARRAY['{[1,2)}'::int4multirange, '{}']), pg_column_size(row('{(,2020-01-01)}'::tsmultirange));

-- Rows of them.
CREATE TEMP TABLE shift (id int PRIMARY KEY, free int4multirange, price nummultirange, days datemultirange, many int4multirange[]);
INSERT INTO shift SELECT i, int4multirange(int4range(i, i + 2), int4range(i * 2 + 1, i * 3)), nummultirange(numrange(i / 2.0, i, '[]'), numrange(i + 1, NULL)), datemultirange(daterange('2020-01-01', '2020-01-01'::date + i), daterange('2020-02-01', '2020-02-01'::date + i)), ARRAY['{}'::int4multirange, int4multirange(int4range(i, i + 1), int4range(i + 3, i + 4)), NULL] FROM generate_series(1, 6) i ON CONFLICT DO NOTHING;
SELECT * FROM shift ORDER BY free DESC;
INSERT INTO shift (id, free) VALUES (100, '[1,2]');
INSERT INTO shift (id, free) VALUES (100, int4range(1, 2));
SELECT int4multirange(int4range(id % 3, 5)), count(*) FROM shift GROUP BY 1 ORDER BY 1 DESC;
SELECT a.id, b.id, a.free * b.free FROM shift a JOIN shift b ON a.free && b.free AND a.id < b.id ORDER BY 1, 2;
SELECT a.id, b.id FROM shift a JOIN shift b ON a.price = b.price ORDER BY 1;
SELECT DISTINCT int4multirange(int4range(id % 3, 5)) FROM shift ORDER BY 1;
SELECT range_agg(free), range_intersect_agg(free), range_intersect_agg(price), range_agg(price) FILTER (WHERE id > 4), range_agg(free) FILTER (WHERE id > 90), range_intersect_agg(free) FILTER (WHERE id > 90), count(DISTINCT free), array_agg(free ORDER BY id), json_agg(days ORDER BY id) FROM shift;
SELECT id, range_agg(free) OVER (ORDER BY id ROWS 1 PRECEDING), range_intersect_agg(price) OVER (ORDER BY id) FROM shift ORDER BY id;
SELECT range_agg(m), range_intersect_agg(m) FROM (VALUES (NULL::int4multirange), ('{}')) t(m);
SELECT range_agg(m), range_intersect_agg(m) FROM (VALUES (NULL::int4multirange)) t(m);
SELECT id, u FROM shift, unnest(free) u WHERE u @> 5 ORDER BY id;
SELECT many[2], unnest(many), many || '{[1,2)}'::int4multirange, '{"{[1,3),[5,7)}","{}"}'::int4multirange[], to_json(free), row(free, 1) FROM shift WHERE id < 3 ORDER BY id;
SELECT max(free) FROM shift;
COPY shift (id, free, days) TO STDOUT;
SET datestyle = 'SQL, DMY'; SET timezone = 'America/New_York';
SELECT days, '{[2020-01-01 10:00+00,2020-07-01 10:00+00)}'::tstzmultirange FROM shift WHERE id < 3 ORDER BY id;
RESET datestyle; RESET timezone;
-- args: {[1,5],[7,8]}
SELECT $1::int4multirange, lower($1::int4multirange);
-- args: {[2,3]} | [2,3]
SELECT int4multirange(int4range(1, 9)) + $1, int4multirange(int4range(1, 9)) @> $2::int4range;
-- args: {"{[1,5],[7,8]}",NULL}
SELECT $1::int4multirange[];
