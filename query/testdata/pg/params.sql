-- args: acct:3
SELECT * FROM account WHERE entity = $1;
-- args: 10
SELECT entity FROM account WHERE balance > $1 ORDER BY 1;
-- args: 10 | 2
SELECT entity FROM account WHERE balance > $1 ORDER BY 1 LIMIT $2;
-- args: true
SELECT entity FROM account WHERE vip = $1 ORDER BY 1;
-- args: 2016-06-01 | 2016-12-31
SELECT entity FROM account WHERE opened BETWEEN $1 AND $2 ORDER BY 1;
-- args: 2017-06-01 00:00+02
SELECT entity FROM account WHERE last_at > $1 ORDER BY 1;
-- args: {a,b}
SELECT entity FROM account WHERE tags @> $1 ORDER BY 1;
-- args: {Ada,Grace}
SELECT entity FROM account WHERE owner = ANY($1) ORDER BY 1;
-- args: Ada | Grace
SELECT entity FROM account WHERE owner IN ($1, $2) ORDER BY 1;
-- args: a
SELECT entity FROM account WHERE $1 = ANY(tags) ORDER BY 1;
-- args: A%
SELECT entity FROM account WHERE owner LIKE $1 ORDER BY 1;
-- args: NULL
SELECT entity FROM account WHERE owner = $1;
-- args: NULL
SELECT entity FROM account WHERE $1::text IS NULL ORDER BY 1 LIMIT 1;
-- args: {"city": "Oslo"}
SELECT count(*) FROM events WHERE data @> $1;
-- args: city | Oslo
SELECT count(*) FROM events WHERE data->>$1 = $2;
-- args: {lines,0,sku}
SELECT data #>> $1 FROM events WHERE kind = 'OrderPlaced' ORDER BY sequence LIMIT 4;
-- args: 00000000-0000-0000-0000-000000000001
SELECT entity FROM sample WHERE u = $1;
-- args: 1
SELECT i2 + $1, i8 + $1 FROM sample WHERE entity = 's1';
-- args: 1
SELECT i2 + $1 FROM sample WHERE entity = 's1';
-- args: 1.5
SELECT n * $1, f8 FROM sample WHERE entity = 's1';
-- args: 1.5
SELECT f8 * $1 FROM sample WHERE entity = 's1';
-- args: x
SELECT $1;
-- args: 1 | 2
SELECT $1 + $2;
-- args: 1 | 2
SELECT $1::int + $2;
-- args: a | b
SELECT $1 || $2;
-- args: a
SELECT 'x' || $1;
-- args: a
SELECT upper($1), length($1);
-- args: 5
SELECT abs($1);
-- args: 2 days
SELECT now() - $1 < now();
-- args: 2 days
SELECT timestamptz '2020-01-01' - $1::interval;
-- args: month
SELECT date_trunc($1, timestamptz '2020-05-06 07:08:09');
-- args: 1 | 5
SELECT * FROM generate_series($1, $2);
-- args: 1 | 3
SELECT * FROM generate_series($1::int, $2) g;
-- args: x
SELECT coalesce(NULL, $1);
-- args: 7
SELECT coalesce($1, 5);
-- args: t
SELECT CASE WHEN $1 THEN 1 ELSE 2 END;
-- args: 1
SELECT CASE $1 WHEN 1 THEN 'one' ELSE 'other' END;
-- args: 3
SELECT array_agg(x) FROM generate_series(1, $1) x;
-- args: 1 | 2
SELECT ARRAY[$1, $2];
-- args: 1 | 2
SELECT ARRAY[$1, 5, $2];
-- args: acct:1 | 0
SELECT (entity, moves) = ($1, $2) FROM account WHERE entity = $1;
-- args: 3
SELECT entity FROM account ORDER BY entity OFFSET $1 LIMIT 2;
-- args: x
SELECT entity FROM account LIMIT $1;
-- args: abc
SELECT entity FROM account WHERE moves = $1;
-- args: 99999999999
SELECT entity FROM account WHERE moves = $1;
-- args: 1
SELECT $2;
-- args: 1 | 2
SELECT $1::int;
-- args: 1
SELECT $1::int, $1::text;
-- args: 1
SELECT $1 = 1, $1 = 'a';
-- args: 1 | x
VALUES ($1, $2);
-- args: 1 | 2
VALUES ($1), ($2::int);
-- args: 1
SELECT $1 UNION SELECT 2 ORDER BY 1;
-- args: Oslo | 1
SELECT city, count(*) FROM account WHERE city = $1 GROUP BY city HAVING count(*) > $2;
-- args: 10
SELECT entity, balance + $1 FROM account ORDER BY balance + $1, entity LIMIT 3;
-- args: 1
SELECT count(*) FILTER (WHERE moves > $1) FROM account;
-- args: paid
SELECT a.entity FROM account a WHERE EXISTS (SELECT 1 FROM orders o WHERE o.account = a.entity AND o.status = $1) ORDER BY 1;
-- args: 2
WITH x AS (SELECT $1::int AS n) SELECT n * 2 FROM x;
-- args: k
SELECT j->$1 FROM sample WHERE entity = 's1';
-- args: 1
SELECT j->'arr'->$1::int FROM sample WHERE entity = 's1';
-- args: 1
SELECT jsonb_build_object('a', $1::int);
-- args: 1
SELECT jsonb_build_object('a', $1);
-- args: a
SELECT concat($1, 'b');
-- args: a
SELECT format('%s', $1);
-- args: YYYY
SELECT to_char(timestamptz '2020-01-01', $1);
-- args: acct:3 | 2
SELECT kind FROM events WHERE entity = $1 AND version >= $2 ORDER BY version;
-- args: x
SELECT pg_typeof($1);
-- args: NULL
SELECT $1::int IS NULL, $1 IS DISTINCT FROM 1;
-- args: 1
SELECT $1 IS NULL;
-- args: {1,2,3}
SELECT unnest($1::int[]);
-- args: {1,2,3} | 2
SELECT $2 = ANY($1::int[]);
-- args: 2020-01-01
SELECT extract(year FROM $1::date), $1 + 1;
-- args: 1 2
SELECT $1::int4;
-- args:
SELECT 1;
-- args: 5
SELECT moves FROM account WHERE moves BETWEEN $1 - 3 AND $1 ORDER BY 1;
-- args: Ada
SELECT owner = $1 AS is_ada, count(*) FROM account GROUP BY 1 ORDER BY 1;
-- args: Ada
SELECT owner = $1, count(*) FROM account GROUP BY owner = $1 ORDER BY 1;
-- args: x | y
SELECT nullif($1, $2), greatest($1, $2);
-- args: 1
SELECT -$1;
-- args: t
SELECT NOT $1;
-- args: 2
SELECT power($1, 2), round($1::numeric, 1), sqrt($1);
-- args: a
SELECT * FROM (VALUES ($1, 1), ('b', 2)) v ORDER BY 2;
-- args: 2
PREPARE x AS SELECT $1;
SELECT 1 AS aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffGGGGGGGGGG;
SELECT 1 AS aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffGGGGGGGGGG;
SELECT 1 AS "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeefffffffff""GGGGGGGGGG";
SELECT 1 AS ééééééééééééééééééééééééééééééééé;
SAVEPOINT aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggg;
SELECT timestamp(7) '2024-01-01 12:00:00.5', time(8) with time zone '12:00+00', '1'::interval second(9);
SELECT timestamp(7) '2024-01-01 12:00:00.5', time(8) with time zone '12:00+00', '1'::interval second(9);
SELECT localtime(9) IS NULL, current_timestamp(7) IS NULL;
SELECT ARRAY['2024-01-01']::timestamptz(7)[];
CREATE TEMP TABLE reduced (a timestamp(9), b interval(8));
ALTER TABLE reduced ADD c time(9);
ALTER TABLE reduced ALTER c TYPE time(8);

-- A parameter of type void is what comes out of a function, for clients that name all its parameters: it is no argument.
PREPARE called (void, text) AS SELECT upper($1, $2);
EXECUTE called (NULL, 'a');
PREPARE summed (void, int) AS SELECT sum(x) FROM generate_series($1, $2, 4) x;
EXECUTE summed (NULL, 2);
PREPARE none (void) AS SELECT length($1);
PREPARE named (void, int) AS SELECT abs(n => $1, x => $2);
PREPARE within (void, float8) AS SELECT percentile_cont($1, $2) WITHIN GROUP (ORDER BY x) FROM generate_series(1, 3) x;
PREPARE counted (void) AS SELECT count($1);
