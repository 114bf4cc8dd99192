-- Geometric types.
SELECT point '(1,2)', lseg '[(1,2),(3,4)]', box '(1,2),(3,4)', path '[(1,2),(3,4)]', path '((1,2),(3,4))', polygon '((1,2),(3,4),(5,0))', line '{1,2,3}', line '(1,2),(3,4)', circle '<(1,2),3>';
SELECT x::point FROM unnest('{"(NaN,Infinity)","-0,1e-320","(1e300,0.1)"}'::text[]) x;
SELECT '(1e400,2)'::point;
SELECT '(1,2'::point;
SELECT '{0,0,1}'::line;
SELECT '(1,2),(1,2)'::line;
SELECT '<(1,2),-3>'::circle;
SELECT '(1,2,3)'::polygon;
SELECT '1e300,0,-1e300,1e-300'::line;
SELECT '(1,2)'::point(2);
-- binary: 3ff00000000000004000000000000000
SELECT $1::point, ($1::point)[0], ($1::point)[1], ($1::point)[2];
-- binary: 3ff0000000000000400000000000000000
SELECT $1::point;
-- binary: 3ff00000000000004000000000
SELECT $1::point;
-- binary: 3ff00000000000004000000000000000bff0000000000000c000000000000000
SELECT $1::box, $1::lseg;
-- binary: bff0000000000000c0000000000000003ff00000000000004000000000000000
SELECT $1::box, $1::lseg;
-- binary: 000000000000000000000000000000003ff0000000000000
SELECT $1::line;
-- binary: 00000000000000003ff0000000000000bff0000000000000
SELECT $1::circle;
-- binary: 00000000000000003ff00000000000007ff8000000000000
SELECT $1::circle;
-- binary: 01000000023ff000000000000040000000000000003ff00000000000004000000000000000
SELECT $1::path;
-- binary: 07000000013ff00000000000004000000000000000
SELECT $1::path;
-- binary: 0100000000
SELECT $1::path;
-- binary: ffffffff
SELECT $1::polygon;
-- binary: 000000023ff00000000000004000000000000000
SELECT $1::polygon;
-- binary:
SELECT $1::path;
SELECT p[0], p[1], p[2], p[-1], p[NULL], (b[0])[1], b[1], b[0][1], l[0], s[1] FROM (VALUES (point '(1,2)', box '(1,2),(3,4)', line '{1,2,3}', lseg '(1,2),(3,4)')) v(p, b, l, s);
SELECT (point '(1,2)')[0:1];
SELECT (circle '<(1,2),3>')[0];
SELECT (path '(1,2)')[0];
SELECT a <-> b, a << b, a >> b, a <<| b, a |>> b, a ?| b, a ?- b, a ~= b, a <> b, slope(a, b), a + b, a - b, a * b, line(a, b), lseg(a, b), box(a, b) FROM (VALUES (point '(1,2)'), ('(0,0)'), ('(-3.5,1e-7)')) v(a), (VALUES (point '(1.0000001,2)'), ('(5,-2)')) w(b) ORDER BY a[0], b[0];
SELECT a / b FROM (VALUES (point '(1,2)'), ('(-3.5,1e-7)')) v(a), (VALUES (point '(1,2)'), ('(5,-2)')) w(b) ORDER BY a[0], b[0];
SELECT point '(1,2)' / point '(0,0)';
SELECT point '(1e200,1)' * point '(1e200,1)';
SELECT line(point '(1,2)', point '(1,2)');
SELECT polygon(path '[(1,2),(3,4)]');
SELECT polygon(0, circle '<(1,2),3>');
SELECT polygon(5, circle '<(1,2),0>');
SELECT area(b), width(b), height(b), diagonal(b), center(b), @@ b, b::point, b::lseg, b::circle, b::polygon, polygon(b), b = box '(0,0),(2,2)', b < '(0,0),(3,3)', b && '(1,1),(9,9)', b # '(1,1),(9,9)', b @> point '(1,1)', b @> '(1,1),(1.5,2)', bound_box(b, '(7,7),(8,8)'), b + point '(1,1)', b * point '(0,1)', b / point '(2,0)', b ## lseg '(5,5),(6,7)' IS NULL FROM (VALUES (box '(0,0),(2,2)'), ('(1,0),(-3,4)')) v(b) ORDER BY area(b);
SELECT point '(9,9)' ## b, lseg '(5,5),(6,7)' ## b, point '(9,9)' <-> b, lseg '(5,5),(6,7)' <-> b, b <-> '(1,1),(9,9)' FROM (VALUES (box '(0,0),(2,2)'), ('(1,0),(-3,4)')) v(b) ORDER BY area(b);
SELECT @-@ p, # p, area(p), isclosed(p), isopen(p), pclose(p), popen(p), p + point '(1,2)', p * point '(0,2)', p ?# path '[(0,3),(4,3)]', p <-> path '[(9,9),(10,10)]', p = path '[(5,5),(6,6)]', p + path '[(7,7)]', point '(2,3)' <@ p, npoints(p), path_contain_pt(p, point '(2,3)') FROM (VALUES (path '[(1,2),(3,4)]'), ('((0,0),(4,0),(4,4))')) v(p) ORDER BY area(p);
SELECT # p, @@ p, p::circle, p::path, p::box, box(p), p <-> polygon '((9,9),(10,9),(9,10))', p ~= '((4,4),(0,0),(4,0))', p && '((1,0),(5,5),(2,9))', p @> '((1,0.5),(2,1),(2,0.5))', p @> point '(3,1)', p <-> point '(9,9)', p <-> circle '<(9,9),1>', circle '<(9,9),1>' <-> p FROM (VALUES (polygon '((0,0),(4,0),(4,4))')) v(p);
SELECT area(c), radius(c), diameter(c), center(c), @@ c, c::box, c::point, c::polygon, polygon(3, c), c = '<(9,9),3>', c <-> '<(9,9),3>', c @> point '(1,4)', c ~= '<(1,2.0000001),3>', c * point '(0,2)', c && '<(4,4),1>', c <@ '<(1,2),30>' FROM (VALUES (circle '<(1,2),3>')) v(c);
SELECT l ?# line '{1,1,0}', l # line '{1,1,0}', l ?|| line '{2,4,7}', l ?-| line '{-2,1,0}', l <-> line '{2,4,7}', l = line '{2,4,6}', ?| l, ?- l, point '(1,-2)' <@ l, point '(5,5)' ## l, l ## lseg '(5,5),(6,9)', lseg '(5,5),(6,9)' ?# l, l ?# box '(0,0),(-9,-9)' FROM (VALUES (line '{1,2,3}'), ('{0,1,2}'), ('{1,0,2}')) v(l) ORDER BY l <-> point '(0,0)';
SELECT a = b, a <> b, a < b, a ?# b, a # b, a ## b, a <-> b, a ?|| b, a ?-| b, @-@ a, @@ a, ?| a, ?- a FROM (VALUES (lseg '(0,0),(4,4)'), ('(1,1),(1,5)')) v(a), (VALUES (lseg '(0,4),(4,0)'), ('(9,9),(10,8)')) w(b) ORDER BY length(a), length(b);
SELECT '{(1,2);(3,4)}'::box[];
SELECT '{(1,2),(3,4);(5,6),(7,8)}'::box[], '{"(1,2)",NULL}'::point[], ARRAY[circle '<(1,2),3>'], ARRAY[box '1,2,3,4'], array_agg(p) FROM (VALUES (point '(1,2)'), ('(3,4)')) v(p);
SELECT p FROM (VALUES (point '(1,2)')) v(p) ORDER BY p;
SELECT DISTINCT p FROM (VALUES (point '(1,2)')) v(p);
SELECT count(*) FROM (VALUES (box '1,2,3,4')) v(p) GROUP BY p;
SELECT max(p) FROM (VALUES (point '(1,2)')) v(p);
SELECT point '(1,2)' = point '(1,2)';
SELECT point '(1,2)' IN ('(1,2)');
SELECT box '1,2,3,4' IN ('0,0,2,2', '5,5,6,6'), circle '<(1,2),3>' IS DISTINCT FROM '<(5,5),3>', nullif(box '0,0,2,2', '5,5,3,3'), lseg '1,2,3,4' = ANY ('{"1,2,3,4"}'::lseg[]);
SELECT point '(1,2)' IS DISTINCT FROM point '(1,2)';
SELECT '{"(1,2)"}'::point[] = '{"(1,2)"}'::point[];
SELECT ROW(point '(1,2)') = ROW(point '(1,2)');
SELECT ROW(point '(1,2)') *= ROW(point '(1,2)'), ROW(point '(1,2)') *< ROW(point '(1,-2)'), ROW(circle '<(1,2),3>') *> ROW(circle '<(1,2),1e10>');
SELECT hash_array('{"(1,2)"}'::point[]);
SELECT to_json(point '(1,2)'), to_jsonb(box '1,2,3,4'), row_to_json(ROW(path '[(1,2)]')), point '(1,2)'::text, format('%s %L', circle '<(1,2),3>', line '{1,2,3}'), 'p' || point '(1,2)', pg_typeof(polygon '(1,2)');
SELECT pg_column_size(point '(1,2)'), pg_column_size(box '1,2,3,4'), pg_column_size(line '{1,2,3}'), pg_column_size(path '[(1,2),(3,4)]'), pg_column_size(polygon '((1,2),(3,4))'), pg_column_size(circle '<(1,2),3>'), point_send('(1,2)'), path_send('[(1,2)]'), poly_send('(1,2)'), circle_send('<(1,2),3>'), line_send('{1,2,3}'), lseg_send('1,2,3,4'), box_send('1,2,3,4');
SELECT '(1,2)'::point::box, '(1,2)'::point::circle;
SELECT '1,2,3,4'::lseg::point, '1,2,3,4'::box::circle::box, '((1,2),(3,4),(5,0))'::polygon::path::polygon, '((1,2),(3,4),(5,0))'::polygon::point;
SELECT '1,2,3,4'::lseg::box;
SET extra_float_digits = 0;
SELECT point '(0.1,0.30000000000000004)', circle '<(1e15,1e-5),123456789.123456789>', path '[(3.141592653589793,1e23)]';
SET extra_float_digits = -5;
SELECT point '(0.1,0.30000000000000004)', line '{1.23456789012345,2,3}';
RESET extra_float_digits;
CREATE TEMP TABLE spot (n int, p point DEFAULT '(0,0)', b box, l line, s lseg, h path, y polygon, c circle, ps point[]);
INSERT INTO spot VALUES (1, '(1,2)', '1,2,3,4', '{1,2,3}', '1,2,3,4', '[(1,2),(3,4)]', '((1,2),(3,4),(5,0))', '<(1,2),3>', '{"(1,2)"}'), (2, DEFAULT, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (3, point(7, 8), box(point(0, 0), point(1, 1)), NULL, NULL, '(1,2)', NULL, circle(point(1, 1), 2), '{}');
SELECT * FROM spot ORDER BY p <-> '(1,1)', n;
UPDATE spot SET p[0] = 9, b[0] = '(70,70)', ps[3] = '(5,5)' WHERE n > 1 RETURNING *;
UPDATE spot SET p[2] = 9;
UPDATE spot SET p[0][1] = 9;
UPDATE spot SET p[0:1] = '(1,2)';
UPDATE spot SET p[0] = NULL RETURNING p;
UPDATE spot SET h[0] = '(1,2)';
SELECT n, p FROM spot WHERE p <@ box '(0,0),(8,9)' OR c @> p ORDER BY n;
CREATE INDEX ON spot (p);
CREATE TEMP TABLE keyed (p point PRIMARY KEY);
CREATE TEMP TABLE keyed (c circle UNIQUE);
ALTER TABLE spot ALTER COLUMN p TYPE text;
ALTER TABLE spot ALTER COLUMN b TYPE circle;
SELECT n, p, b FROM spot ORDER BY n;
-- stdout
COPY (SELECT * FROM spot ORDER BY n) TO STDOUT;
-- stdout
COPY (SELECT b, l, s, h, y, c, ps FROM spot ORDER BY n) TO STDOUT (FORMAT binary);
CREATE TEMP TABLE copied (p point, h path);
-- stdin: (1,2)\t[(1,2)]\n3,4\t\\N\n
COPY copied FROM STDIN;
-- stdin: (1,2\t[(1,2)]\n
COPY copied FROM STDIN;
SELECT p, h FROM copied ORDER BY p[0];
-- args: (1,2) | <(1,2),3> | [(1,2)]
SELECT $1::point <@ $2::circle, $3::path, $1 <-> point '(5,5)';
CREATE DOMAIN pg_temp.place AS point CHECK (VALUE[0] >= 0);
SELECT '(1,2)'::place, ('(1,2)'::place)[1], '(1,2)'::place <-> '(4,6)';
SELECT '(-1,2)'::place;
SELECT count(*), min(point(moves, 0) <-> point(0, 0)) FROM account WHERE point(moves, moves) <@ box '(0,0),(5,5)';
SELECT typname, typlen, typelem::regtype, typarray::regtype, typalign, typstorage, typdelim, typcategory FROM pg_type WHERE typname IN ('point', 'lseg', 'box', 'path', 'polygon', 'line', 'circle') ORDER BY 1;
CREATE TEMP TABLE nothing (l lseg, c circle, b box, p path);
INSERT INTO nothing VALUES ('(0,NaN),(1,2)', '<(0,0),NaN>', '(NaN,1),(0,2)', '((NaN,0),(1,1))'), ('(0,0),(1,2)', '<(0,0),1>', '(1,1),(0,2)', '((2,0),(1,1))');
SELECT NOT l < '(0,0),(1,1)', NOT l = l, NOT l <> l, NOT c <= '<(1,1),1>', NOT c = c, NOT c <> c, NOT b > '(0,0),(1,1)', NOT b = b, NOT p < p FROM nothing;
SELECT count(*), count(*) FILTER (WHERE NOT c <= '<(1,1),1>') FROM nothing WHERE NOT (c <= '<(1,1),1>' AND l < '(0,0),(1,1)');
SELECT NOT circle '<(0,0),NaN>' <= circle '<(1,1),1>', NOT NOT circle '<(0,0),NaN>' <= circle '<(1,1),1>';
SELECT (b, 1) = (b, 1) FROM nothing;
SELECT (b, 1) < (b, 1) FROM nothing;
SELECT (c, 1) <> (c, 1) FROM nothing;
SELECT (b, 1) IN (SELECT b, 1 FROM nothing) FROM nothing;
SELECT (b, 1) IN ((b, 1)) FROM nothing;
SELECT ROW(b) = ROW(b), (b, 1) IS NOT DISTINCT FROM (b, 1), (ARRAY[b], 1) = (ARRAY[b], 1) FROM nothing;
SELECT DISTINCT ON (c) * FROM nothing;
SELECT DISTINCT ON (1) c FROM nothing;
SELECT DISTINCT ON (b, c) b, p FROM nothing;
DROP TABLE spot, copied, nothing;
