-- Ends of ranges, names of objects as values, arguments that are rarely given.

SELECT '4714-11-24 00:00+00 BC'::timestamptz::timestamp;

SELECT '4714-11-24 00:00+00 BC'::timestamptz;

SELECT '4714-11-24 00:00+00 BC'::timestamptz at time zone 'UTC', '4714-11-24 00:00+00 BC'::timestamptz at time zone 'Asia/Tokyo';

SELECT '4714-11-24 00:00+00 BC'::timestamptz at time zone 'America/New_York';

SELECT '4714-11-24 00:00+00 BC'::timestamptz::date;

SELECT '4714-11-24 00:00+00 BC'::timestamptz::time;

SELECT '4714-11-24 00:00+00 BC'::timestamptz::timetz;

SELECT '4714-11-24 00:00 BC'::timestamp::timestamptz;

SELECT '4714-11-24 BC'::date::timestamptz;

SET timezone='Asia/Tokyo';

SELECT '4714-11-24 BC'::date::timestamptz;

SELECT '4714-11-24 00:00 BC'::timestamp::timestamptz;

SELECT '294276-12-31 23:00'::timestamp::timestamptz, '294276-12-31 23:00+00'::timestamptz;

SELECT '294276-12-31 23:00+00'::timestamptz::timestamp;

SELECT '294276-12-31 23:00+00'::timestamptz at time zone 'Asia/Tokyo';

SELECT '294276-12-31 23:00+00'::timestamptz at time zone interval '2 hours';

SELECT '4714-11-24 00:00 BC'::timestamp at time zone interval '2 hours';

SELECT '294276-12-31 23:00+00'::timestamptz::date;

SELECT date_trunc('day','4714-11-24 00:00+00 BC'::timestamptz);

SELECT date_trunc('week','4714-11-24 BC'::timestamp);

SELECT date_trunc('century','4714-11-24 BC'::timestamp);

SELECT to_char('294276-12-31 23:00+00'::timestamptz,'YYYY-MM-DD HH24');

SELECT extract(year from '294276-12-31 23:00+00'::timestamptz), extract(epoch from '294276-12-31 23:00+00'::timestamptz);

SELECT '294276-12-31 23:00+00'::timestamptz + interval '0', '294276-12-31 23:00+00'::timestamptz + interval '1 minute';

SELECT '294276-12-31 23:00+00'::timestamptz + interval '1 mon';

SELECT '294276-12-31 23:00+00'::timestamptz + interval '1 day -1 day';

SELECT '4714-11-24 00:00+00 BC'::timestamptz - interval '1 us';

SELECT age('-infinity'::timestamp, 'infinity');

SELECT timestamp '294276-12-31' - timestamp '4714-11-24 BC';

SELECT timestamptz '294276-12-31' - timestamptz '4000-11-24 BC';

SELECT '294276-12-31 23:59:59.9999'::timestamp(3), '294276-12-31 23:59:59.9999'::timestamp::timestamp(2);

SELECT date_bin('1 day', '294276-12-31 23:59:59.9999'::timestamp, '4714-11-24 BC');

SELECT generate_series('294276-12-31 22:00'::timestamp, 'infinity', '1 hour');

SELECT justify_hours(interval '2147483647 days 24 hours');

SELECT '5874897-12-31'::date > 'infinity'::timestamp, '5874897-12-31'::date < 'infinity'::timestamp, '5874897-12-31'::date > '294276-12-31'::timestamptz, '-infinity'::date = '-infinity'::timestamp, 'infinity'::date = 'infinity'::timestamptz, 'infinity'::date > '294276-12-31'::timestamptz;

SELECT (-1)::oid = 4294967295::oid, (-1)::oid > 1::oid, x::oid > 5::oid, x::oid, x::oid::int8, x::int2::oid::int8, x::oid::int4 = x, x::regclass::int8, (array[x])::oid[] from (values (-1)) t(x);

SELECT 4294967295::oid::int4, 2147483648::oid::int4, '4294967295'::regclass::int4, array[4294967295::oid]::int4[], '{-1}'::int4[]::oid[] = '{4294967295}'::oid[];

SELECT x from (values (-1),(5)) t(x) order by x::oid;

SELECT * from pg_class where oid = -1;

SELECT relname from pg_class where oid = 1259::int2;

SELECT radians('5e-324'::float8);

SET timezone = 'America/New_York';

SELECT age('infinity'::timestamptz) IS NOT NULL;

SELECT timezone('bogus', 'infinity'::timestamp), timezone('bogus','-infinity'::timestamptz), timezone(interval '1 day','infinity'::timestamp), timezone(interval '0.7 sec', timestamp '2024-01-01'), timezone(interval '-1.7 sec', timestamptz '2024-01-01');

SELECT array_fill(1,'{}','{1}');

SELECT array_fill(1,'{}','{null}');

SELECT array_fill(1,'{}','{}');

SELECT array_fill(1,'{2}','{{1}}');

SELECT array_fill(1,'{{2}}');

SELECT array_fill(1,'{1,1,1,1,1,1,1}');

SELECT array_fill(1,'{2,null}'), 1;

SELECT array_fill(1,'{2}','{null}');

SELECT array_fill(1,'{2}','{2147483647}');

SELECT array_fill(1,'{2,3}','{1}');

SELECT array_fill(1,'{0}','{1,2}');

SELECT array_fill(1,'{0}','{null}');

SELECT array_fill(1,'{-1}','{null}');

SELECT array_fill(1,'{134217728}');

SELECT array_fill(1,'{20000,20000}');

SELECT array_fill(1,'{0,-1}');

SELECT array_fill(null::int,null,'{1}');

SELECT array_fill(1,'[5:6]={2,2}'::int[],'[7:8]={2,2}'::int[]);

SELECT 'Hello World'::regtype;

SELECT    to_regtype('Hello World');

SELECT 'a,b'::regtype;

SELECT 'a)b'::regtype;

SELECT ''::regtype;

SELECT 'int4; drop'::regtype;

SELECT 'int4)'::regtype;

SELECT '1x'::regtype;

SELECT '"abc'::regtype;

SELECT 'ab''c'::regtype;

SELECT 'setof int'::regtype;

SELECT 'int4 as x'::regtype;

SELECT 'numeric(1'::regtype;

SELECT 'int4 /* c'::regtype;

SELECT to_regtype('-'), 1;

SELECT to_regtype('123');

SELECT to_regtype('nope'), to_regtype('a.b'), to_regtype('pg_catalog.int4'), to_regtype('pg_catalog.nope'), to_regtype('int4[][]'), to_regtype('int4%type');

SELECT 'a.b.c.d'::regtype;

SELECT 'nope.int4'::regtype;

SELECT '123'::text::regclass;

SELECT '-'::text::regclass;

SELECT 'a"b'::regclass;

SELECT '"a""b"'::regclass;

SELECT '"a""b".c'::regclass;

SELECT 'foo"bar'::regnamespace;

SELECT 'foo"bar'::regrole;

SELECT 'Hello World'::regproc;

SELECT ''::regproc;

SELECT ''::regclass;

SELECT ' '::regclass;

SELECT '.'::regclass;

SELECT 'a.'::regclass;

SELECT 'a b'::regclass;

SELECT 'Abs'::regproc, 'pg_catalog."abs"'::regproc;

SELECT 'PG_CATALOG.NOW'::regproc, '"now"'::regproc, '"Now"'::regproc;

SELECT 'foo.now'::regproc;

SELECT '"foo".now()'::regprocedure;

SELECT 'now ( )'::regprocedure, ' now()'::regprocedure, 'pg_catalog . now()'::regprocedure;

SELECT 'now(,)'::regprocedure;

SELECT 'abs(int4,)'::regprocedure;

SELECT 'abs(int4) '::regprocedure, 'abs( "int4" )'::regprocedure;

SELECT 'now'::regprocedure;

SELECT ''::regprocedure;

SELECT 'a"b()'::regprocedure;

SELECT ''::regoper;

SELECT 'Hello World'::regoper;

SELECT 'pg_catalog.||/'::regoper;

SELECT 'foo.||/'::regoper;

SELECT 'foo.nope'::regoper;

SELECT 'a.b.c'::regoper;

SELECT '123'::regoper, '0'::regoper;

SELECT '=(int4,int4)'::regoper;

SELECT '='::regoperator;

SELECT '=(int4,nope)'::regoperator;

SELECT '!(none,int4)'::regoperator;

SELECT '-(NONE, int4)'::regoperator, 'pg_catalog.-(none,int4)'::regoperator;

SELECT ''::regnamespace;

SELECT 'a.b'::regnamespace;

SELECT ''::regrole;

SELECT 'a b'::regrole;

SELECT 'a.b'::regcollation;

SELECT 'pg_catalog.C'::regcollation;

SELECT 'pg_catalog."C"'::regcollation, '"default"'::regcollation;

SELECT 'nope'::regcollation;

SELECT 'abc'::regcollation;

SELECT 'Foo_Bar'::regcollation;

SELECT to_regcollation('nope'), to_regcollation('"C"'), to_regcollation('"POSIX"');

SELECT to_regclass(''), to_regclass('a b');

SELECT to_regproc('123'), to_regproc('abs'), to_regoper('-'), to_regrole('123'), to_regnamespace('123'), to_regclass('-'), to_regprocedure('123');

SELECT to_regprocedure('now()'), to_regprocedure('abs(nope)'), to_regoperator('=(int4,nope)'), to_regoperator('123');

SELECT to_regoperator('=(int4)');

SELECT 'english'::regconfig, 'simple'::regdictionary;

SELECT 'nope'::regconfig;

SELECT 'nope'::regdictionary;

SELECT pg_catalog.json_object_agg(k, v) FROM (VALUES (ARRAY[1], 2)) t(k, v);

SELECT json_object_agg(k, v), jsonb_object_agg(k, v) FROM (VALUES (true, 1), (false, 2)) t(k, v);

SET DateStyle = 'SQL, DMY';

SELECT json_object_agg(date '2024-02-03', 1), jsonb_object_agg(timestamp '2024-02-03 01:02:03', 1), json_object_agg('a'::char(3), 2), jsonb_object_agg(interval '1 day', 1);

SET DateStyle = 'ISO, MDY';

SELECT jsonb_object_agg(k, v) FROM (VALUES (row(1, 2), 2)) t(k, v);

SELECT jsonb_object_agg(k, v) FROM (VALUES ('[1]'::jsonb, 2)) t(k, v);

SELECT json_object_agg(k, v) FROM (VALUES ('[1]'::json, 2), (NULL, 2)) t(k, v);

SELECT percentile_cont(1.5) WITHIN GROUP (ORDER BY x) FROM (VALUES (1::float8)) t(x) WHERE false;

SELECT percentile_disc('NaN'::float8) WITHIN GROUP (ORDER BY x) FROM (VALUES (1)) t(x) WHERE false;

SELECT percentile_disc('-inf'::float8) WITHIN GROUP (ORDER BY x) FROM (VALUES (1)) t(x) WHERE false;

SELECT percentile_disc(123456789.5) WITHIN GROUP (ORDER BY x) FROM (VALUES (1)) t(x);

SELECT percentile_cont(ARRAY[1.5]) WITHIN GROUP (ORDER BY x), percentile_cont(NULL) WITHIN GROUP (ORDER BY x), mode() WITHIN GROUP (ORDER BY x) FROM (VALUES (1::float8)) t(x) WHERE false;

SELECT percentile_cont(ARRAY[0.5, 1e20]) WITHIN GROUP (ORDER BY x) FROM (VALUES (1::float8)) t(x);

SELECT regr_count(y, x) FROM (VALUES (1e308::float8, 1e308::float8), (1e308, -1e308), (NULL, 1)) t(y, x);

SELECT regr_count(y, x) OVER (ORDER BY x) FROM (VALUES (1e308::float8, 1e308::float8), (1e308, -1e308), (NULL, 1)) t(y, x) ORDER BY x;

SELECT array_agg(x) FROM (VALUES (ARRAY[1, 2]), ('{}')) t(x);

SELECT array_agg(x) FROM (VALUES ('{}'::int[]), (ARRAY[1, 2])) t(x);

SELECT array_agg(x) FROM (VALUES ('{{{{{{1}}}}}}'::int[])) t(x);

SELECT 1 OPERATOR(nosuch.+) 2;

SELECT 1::a.b.c.d;
SELECT min(x), max(x) from (values ('-0'::float8),('0')) t(x);

SELECT min(x), max(x) from (values ('0'::float8),('-0')) t(x);

SELECT min(x), max(x) from (values ('0'::float4),('-0')) t(x);

SELECT min(x), max(x) from (values (1.0),(1.00),(1.000)) t(x);

SELECT min(x), max(x) from (values (1.000),(1.0)) t(x);

SELECT min(x), max(x) from (values (interval '1 mon'),('30 days'),('720 hours')) t(x);

SELECT min(x), max(x) from (values ('a '::char(3)),('a')) t(x);

SELECT min(x), max(x) from (values ('a '::bpchar),('a'),('a  '::bpchar)) t(x);

SELECT min(x), max(x) from (values ('[0:1]={1,2}'::int[]),('{1,2}')) t(x);

SELECT min(x), max(x) from (values ('{1.0}'::numeric[]),('{1.00}')) t(x);

SELECT numeric_larger(1.0,1.00), numeric_smaller(1.0,1.00), float8larger('0','-0'), float8smaller('0','-0'), interval_larger('1 mon','30 days'), interval_smaller('1 mon','30 days'), bpchar_larger('a ','a'), bpchar_smaller('a','a '), array_larger('{1.0}'::numeric[],'{1.00}'), array_smaller('{1.0}'::numeric[],'{1.00}'), text_larger('a','b'), timetz_larger('10:00+00','11:00+01'), float4larger('0','-0');

SELECT min(x) over (order by i rows 1 preceding), max(x) over (order by i rows 1 preceding) from (values (1,1.0),(2,1.00),(3,1.000)) t(i,x);

SELECT min(x) over (order by i), max(x) over (order by i) from (values (1,1.0),(2,1.00),(3,1.000)) t(i,x);

SELECT distinct x from (values (1.0),(1.00)) t(x);

SELECT x from (values (1.0),(1.00)) t(x) group by x;

SELECT x, count(*) from (values (interval '1 mon'),('30 days')) t(x) group by x;

SELECT count(distinct x) from (values (1.0),(1.00)) t(x);

SELECT array_agg(distinct x) from (values (1.0),(1.00),(2)) t(x);

SELECT mode() within group (order by x) from (values (1.0),(1.00),(2)) t(x);

SELECT 1.0 union select 1.00;

SELECT 1.0 except select 1.00;

SELECT percentile_disc(0.5) within group (order by x) from (values (1.00),(1.0)) t(x);

SELECT stddev_pop(x), stddev(x), variance(x) from (values (7),(1e30)) t(x);

SELECT stddev(x), stddev_pop(x) from (values (1.00000000000000000000000000001),(1)) t(x);

SELECT sqrt(24999999999999999999999999999649999999999999999999999999999.0), sqrt(2e-50), sqrt(123456789012345678901234567890123456789.5);

SELECT array_agg(x) from (values ('[0:1]={1,2}'::int[]),('{3,4}')) t(x);

SELECT array_agg(x) from (values ('[0:1]={1,2}'::int[]),('[0:1]={3,4}')) t(x);

SELECT array(select x from (values ('[0:1]={1,2}'::int[]),('{3,4}')) t(x));

SELECT make_time(25,0,1234567.891), 1;

SELECT make_time(13,2147483647,5e-324);

SELECT to_timestamp(1e300);

SELECT to_timestamp(123456789012345.678);

SELECT to_timestamp('-1.5e20'::float8);

SELECT setseed(1.23456789);

SELECT setseed(-1e10);

SELECT setseed('NaN');

SELECT make_timestamp(2024,1,1,25,0,1.23456789);


-- Odd texts of dates, times, intervals, arrays; formats.

SELECT '12:59 2024-01-31'::timestamp;

SELECT '12:59 PM 2024-01-31'::timestamp;

SELECT '12:59 UTC 2024-01-31'::timestamp;

SELECT '12:59:30 31-Jan-2024'::timestamp;

SELECT '12:59 2024-1-31'::timestamp;

SELECT '12:59 1/31/2024'::timestamp;

SELECT '12:59 12/31/1999'::timestamp;

SELECT 'allballs 12/31/1999'::timestamp;

SELECT '12:59 05.7.2024'::timestamp;

SELECT '12:59 5-Jul-2024'::timestamp;

SELECT '12:59:30 2024-1-1'::timestamp;

SELECT '12:59:30.5 24-Oct-1'::timestamp;

SELECT '12:59:30.5 Oct 24 2024'::timestamp;

SELECT '12:59 20240131'::timestamp;

SELECT '12:59 2024.031'::timestamp;

SELECT '04:05:06 2024-01-31 PST'::timestamptz;

SELECT '04:05:06 PST 2024-01-31'::timestamptz;

SELECT '04:05:06+02 2024-01-31'::timestamptz;

SELECT '04:05:06 America/New_York 2024-01-31'::timestamptz;

SELECT '040506 2024-01-31'::timestamptz;

SELECT 'T040506 2024-01-31'::timestamptz;

SELECT '12:59 today'::timestamp = 'today 12:59'::timestamp;

SELECT 'infinity UTC'::timestamptz;

SELECT '+infinity'::date;

SELECT '+infinity'::timestamp;

SELECT 'infinity BC'::timestamp;

SELECT 'epoch UTC'::timestamptz;

SELECT 'epoch 12:00'::timestamp;

SELECT '2024-01-01 2460'::timestamp;

SELECT '2024-01-01 1260'::timestamp;

SELECT '2024-01-01 126060'::timestamp;

SELECT '2024-01-01 2359'::timestamp, '2024-01-01 235960'::timestamp;

SELECT '1260'::time;

SELECT '2460'::time;

SELECT '12:'::time;

SELECT '7:30 PM EST-5'::timetz;

SELECT '12:00 EST+05'::timestamptz is null;

SELECT '2024-01-01 12:00 UTC-3'::timestamptz, '2024-01-01 12:00 UTC+3'::timestamptz, '2024-01-01 12:00 EST+5'::timestamptz, '2024-01-01 12:00 GMT-01:30'::timestamptz, '2024-01-01 12:00 FOO+3'::timestamptz;

SELECT '12:00 UTC-3'::timetz;

SELECT '2024-01-01 PM'::timestamp;

SELECT '2024-01-01 12 PM'::timestamp, '2024-01-01 4 AM'::timestamp;

SELECT '1-2 3 ago'::interval;

SELECT '1-'::interval;

SELECT '1-2 ago'::interval, '3 4:05 ago'::interval;

SELECT '2024-apr-05Z'::date;

SELECT '2024-04-05Z'::date, '2024-04-05 +02'::date, '2024-04-05+02'::date;

SELECT '1:'::interval, '1::5'::interval, '4:05:'::interval, '1:.5'::interval;

SELECT '3 ago'::interval;

SELECT '1 day 3 ago'::interval;

SELECT '3 1-2 ago'::interval;

SELECT '-1-'::interval;

SELECT 'Sat 2024-02-10'::date;

SELECT 'BC 2024-02-10'::date;

SELECT 'Sat Feb 10 2024'::date, '2024-02-10 Sat'::date, '2024-02-10 BC'::date;

SELECT '2024-02-10-'::date;

SELECT '2024-02-10--'::date;

SELECT '2024-at-10'::date;

SELECT '2024-feb10'::date, '10feb2024'::date, '2024feb10'::date;

SELECT 'PST 2024-02-10'::timestamptz;

SELECT '+02 2024-02-10'::timestamptz;

SELECT '12:00 Etc/GMT+5'::timetz, '12:00 UTC+2'::timetz;

SELECT '12:00 America/Phoenix'::timetz;

SELECT '12:00 2024-07-01 America/New_York'::timetz;

SELECT '2024-07-01 12:00 America/New_York'::timetz;

SELECT 'infinity infinity'::timestamp;

SELECT 'infinity'::time;

SELECT 'epoch 12:00'::time;

SELECT 'infinity 2024-01-01'::date;

SELECT '2024-01-01 infinity'::date;

SELECT '2024-01-01 AM'::timestamp, '1/8/1999 PM'::date;

SELECT 'PM 2024-01-01'::timestamp;

SELECT '2024-01-01 9999'::timestamp, '2024-01-01 999999.5'::timestamptz;

SELECT '9999'::time;

SELECT '2024-01-01T2460'::timestamp;

SELECT 'Jan 8 04:05:06 1999 PST'::timestamptz, 'Jan 8 04:05:06.789 PST 1999'::timestamptz, '1999-01-08 04:05:06 -8:00'::timestamptz, 'January 8 04:05:06 1999 PST'::timestamptz, '20240108 040506 PST'::timestamptz;

SELECT '04:05:06 Jan 8 1999'::timestamp, '040506 Jan 8 1999'::timestamp, '04:05 1999 Jan 8'::timestamp;

SELECT to_char('NaN'::numeric,'999th');

SELECT to_char(5,'th');

SELECT to_char(5,'"x"TH');

SELECT to_char('Infinity'::float8,'99TH');

SELECT to_char(5,'9th'), to_char(-5,'9th'), to_char(123,'9th'), to_char(1.5,'9.9th'), to_char('NaN'::numeric,'9.9th'), to_char(0,'FM9th');

SELECT to_number('12','.9');

SELECT to_number('.5','.9'), to_number('0','D'), to_number('','9');

SELECT to_number('7','.');

SELECT to_char(timestamp '2024-12-30','TMrmIY|TMRM|FMRM|TMFMRM|rm|');

SELECT '[2:2]={{}{},{}}'::int[];

SELECT '  [2:2]= {1,{2}}'::int[];

SELECT '  {1,{2}}'::int[];

SELECT '[1:1]={1} x'::int[];

SELECT '[1:2]={1}'::int[];

SELECT '[1:2]=1'::int[];

SELECT '2024-01-01 12:00 b999'::timestamptz;

SELECT 'may 31, 1b999'::date;

SELECT '2024-01-01 12:00 tt0:60msk'::timestamptz;

SELECT '12:00 b999'::time;


SELECT '[[1,2],[3]]'::json #> '{1,-1}', '{"a":[1,2],"b":[3]}'::json #>> '{b,-1}', '{"a":[1],"b":[3,4]}'::json #>> '{b,-1}', '{"a":[1],"b":[3,4]}'::json #>> '{b,-2}', '[1,2,3]'::json #> '{-1}', '[[1],[2]]'::json #> '{-1,-1}';

SELECT json_extract_path('{"b":[3],"a":[1,2]}','a','-1'), json_extract_path_text('[[[1]],[[2,3]]]','1','0','-1'), '{"a":[1,2],"b":[3]}'::jsonb #>> '{b,-1}', '{"a":{"x":[1,2]},"b":[3]}'::json #>> '{b,-1}';

SELECT date_part('epoch',timetz '04:07:18.589902+3:20'), date_part('epoch',timestamp '3730-09-25 16:30:19.879860'), date_part('epoch',interval '227 mon -953 days 7636.785791 sec'), date_part('milliseconds',timetz '00:34:03.515769+2:41'), date_part('julian',timestamp '2024-01-01 12:34:56.789'), date_part('second',interval '-1.000001 sec'), date_part('epoch', date '2024-01-01'), date_part('epoch', timestamp 'infinity'), date_part('epoch', timestamptz '294276-12-31 23:59:59.999999+00');

SELECT decode('AA=A','base64');

SELECT decode('AA==','base64'), decode('AAA=','base64'), decode('AA =  =','base64');

SELECT decode('A===','base64');

SELECT decode('=AAA','base64');

SELECT decode('AA==AAAA','base64');

SELECT decode('AA=AAAAA','base64');

SELECT decode('AAA=AAA=','base64');

SELECT decode('AA=','base64');

SELECT decode('AA','base64');

SELECT decode('AAAA=','base64');

SELECT decode('AA===','base64');

SELECT decode('AAA==','base64');

SELECT decode('AA*A','base64');

SELECT decode('AAA=A','base64');

