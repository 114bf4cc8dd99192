-- Literals in definitions mean what they meant when these were made.
SET TimeZone = 'America/New_York'; SET DateStyle = 'ISO, MDY';
CREATE TEMP TABLE said (n int, a timestamptz DEFAULT '2024-01-01 00:00', b date DEFAULT '01/02/2024', c timestamp DEFAULT 'today', d interval DEFAULT '-1 2:00:00',
    e tstzrange DEFAULT '[2024-01-01, 2024-02-01)', f date[] DEFAULT '{02/03/2024, 03/04/2024}', g timestamptz DEFAULT ('2024-07-01'::timestamptz + '1 day'),
    CHECK (b < '12/01/2024'), h date GENERATED ALWAYS AS (b + ('02/01/2024'::date - '01/01/2024'::date)) STORED);
CREATE TEMP VIEW saying AS SELECT timestamptz '2024-06-01 00:00' AS x, date '02/03/2024' AS y, (SELECT max(z) FROM (VALUES ('03/04/2024'::date), ('04/03/2024')) v(z)) AS z,
    'now'::timestamptz = now() AS now WHERE '03/01/2024' < date '2024-03-02';
CREATE UNIQUE INDEX said_index ON said ((b + ('02/01/2024'::date - '01/01/2024'::date))) WHERE b > '01/03/2024';
CREATE FUNCTION pg_temp.saying(a date DEFAULT '01/02/2024', b timestamptz DEFAULT '2024-01-01 00:00') RETURNS text LANGUAGE sql AS 'SELECT a || '' '' || (b AT TIME ZONE ''UTC'')';
SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'ISO, DMY'; SET IntervalStyle = 'sql_standard';
INSERT INTO said (n) VALUES (1);
SELECT a, b, c = current_date, d, e, f, g, h FROM said;
INSERT INTO said (b) VALUES ('2024-12-02');
INSERT INTO said (b) VALUES ('2024-02-02'), ('2024-02-02');
SELECT x, y, z FROM saying;
SELECT pg_temp.saying();
SELECT column_name, column_default FROM information_schema.columns WHERE table_name = 'said' AND column_name <> 'c' ORDER BY ordinal_position;
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'said'::regclass;
ALTER TABLE said ADD COLUMN i date DEFAULT '05/06/2024', ALTER COLUMN b SET DEFAULT '07/08/2024', ADD CHECK (b < '01/10/2024');
SET DateStyle = 'ISO, MDY';
INSERT INTO said (n) VALUES (2);
SELECT n, b, i FROM said ORDER BY n;
INSERT INTO said (b) VALUES ('2024-10-02');
RESET TimeZone; RESET DateStyle; RESET IntervalStyle;
-- set_config() within the statement that it is in.
SELECT set_config('DateStyle', 'German', false), date '2024-02-03';
SELECT date '2024-02-03', set_config('DateStyle', 'ISO, MDY', false);
SELECT set_config('TimeZone', 'Asia/Tokyo', false), timestamptz '2024-01-01 00:00+00', '2024-01-01 00:00+00'::text::timestamptz;
SELECT set_config('TimeZone', z, false), timestamptz '2024-01-01 00:00+00', current_setting('TimeZone') FROM (VALUES ('UTC'), ('America/New_York'), ('Asia/Kolkata')) v(z) ORDER BY z;
SELECT set_config('bytea_output', 'escape', false), '\x00ff'::bytea;
SELECT set_config('extra_float_digits', '-5', false), 1 / 3::float8;
SELECT set_config('IntervalStyle', 'iso_8601', false), interval '1 day 2:00';
BEGIN; SELECT set_config('TimeZone', 'UTC', true), timestamptz '2024-01-01 00:00+00'; SELECT timestamptz '2024-01-01 00:00+00'; COMMIT; SELECT timestamptz '2024-01-01 00:00+00';
RESET ALL;
-- age() of infinity, by zone.
SET TimeZone = 'Asia/Tokyo';
SELECT age('infinity'::timestamptz, '2024-01-01'), age('2024-01-01', 'infinity'::timestamptz), age('infinity'::timestamptz, 'infinity');
SELECT age('-infinity'::timestamptz, '2024-01-01');
SET TimeZone = 'America/New_York';
SELECT age('infinity'::timestamptz, '2024-01-01'), age('2024-01-01', 'infinity'::timestamptz), age(timestamptz '2024-11-03 01:15-05', timestamptz '2024-11-03 01:45-04'), age(timestamptz '2024-11-03 01:45-04', timestamptz '2024-11-03 01:15-05');
SET TimeZone = 'Pacific/Chatham';
SELECT age('infinity'::timestamptz, '2024-01-01'), age('infinity'::timestamp, '2024-01-01');
RESET TimeZone;
SET TimeZone = 'Asia/Tokyo'; SELECT column_default FROM information_schema.columns WHERE table_name = 'said' AND column_name = 'a'; SET TimeZone = 'UTC'; SELECT column_default FROM information_schema.columns WHERE table_name = 'said' AND column_name = 'a';
SELECT set_config('TimeZone', 'Asia/Tokyo', false), set_config('TimeZone', NULL, false);
-- A prepared statement keeps the values of its literals.
PREPARE said AS SELECT date '01/02/2024', 'now'::timestamptz <= now(), n FROM said WHERE b > '01/02/2024' AND n = $1;
SET DateStyle = 'ISO, DMY';
EXECUTE said(2);
RESET DateStyle;
EXECUTE said(2);
DEALLOCATE said;
SET application_name = 'aé€b';
SHOW application_name;
-- Names of encodings are compared by their letters and digits, however they are quoted.
SET client_encoding = '''utf-8'''; SHOW client_encoding;
SET client_encoding = 'u.t f_8!'; SHOW client_encoding;
SET client_encoding = 'UNICODE'; SHOW client_encoding; SELECT pg_client_encoding();
SET client_encoding = 'unicode'; SHOW client_encoding;
SET client_encoding = ' sql-ascii'; SHOW client_encoding; SELECT pg_client_encoding(), 'é', length('é');
SET client_encoding = '';
SET client_encoding = 'utf88';
SET client_encoding = 'win12';
RESET client_encoding; SELECT pg_client_encoding();
-- Modes are shown in octal, reals as C shows them, texts with one backslash.
SHOW unix_socket_permissions; SHOW log_file_mode; SELECT current_setting('data_directory_mode');
SELECT name, setting, boot_val, min_val, max_val, source FROM pg_settings WHERE name IN ('unix_socket_permissions', 'log_file_mode', 'recursive_worktable_factor', 'seq_page_cost', 'backend_flush_after');
SELECT name, category, short_desc, vartype, context, unit, min_val, max_val, enumvals FROM pg_settings WHERE name !~ '^(plpgsql|projsql)';
SET recursive_worktable_factor = 10000000;
SET cursor_tuple_fraction = 1.5;
