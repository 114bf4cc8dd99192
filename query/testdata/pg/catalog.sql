-- The rows that every database has, and functions about them.

SELECT oid, proname, pronamespace, prolang, procost, prorows, provariadic, prosupport, prokind, prosecdef, proleakproof, proisstrict, proretset,
       provolatile, proparallel, pronargs, pronargdefaults, prorettype, proargtypes, proallargtypes, proargmodes, proargnames, protrftypes,
       prosrc, probin, proconfig
FROM pg_catalog.pg_proc WHERE oid < 12000 ORDER BY oid;

SELECT oid, pg_get_function_arguments(oid), pg_get_function_identity_arguments(oid), pg_get_function_result(oid), pg_function_is_visible(oid),
       oid::regproc, oid::regprocedure::text, obj_description(oid, 'pg_proc'), pg_get_function_arg_default(oid, 2)
FROM pg_proc WHERE oid < 12000 ORDER BY oid;

SELECT oid, typname, typlen, typbyval, typtype, typcategory, typispreferred, typisdefined, typdelim, typrelid, typsubscript, typelem, typarray,
       typinput, typoutput, typreceive, typsend, typmodin, typmodout, typanalyze, typalign, typstorage, typnotnull, typbasetype, typtypmod,
       typndims, typcollation, typdefaultbin, typdefault
FROM pg_type WHERE oid < 10000 ORDER BY oid;

SELECT oid, oid::regtype, format_type(oid, NULL), format_type(oid, -1), pg_type_is_visible(oid), obj_description(oid, 'pg_type') FROM pg_type WHERE oid < 10000 ORDER BY oid;

SELECT oid, oprname, oprkind, oprcanmerge, oprcanhash, oprleft, oprright, oprresult, oprcom, oprnegate, oprcode, oprrest, oprjoin,
       oid::regoper, oid::regoperator, pg_operator_is_visible(oid), obj_description(oid, 'pg_operator')
FROM pg_operator WHERE oid < 12000 ORDER BY oid;

SELECT * FROM pg_cast ORDER BY oid;

SELECT * FROM pg_aggregate WHERE aggfnoid < 12000 ORDER BY aggfnoid;

SELECT * FROM pg_am ORDER BY oid;

SELECT * FROM pg_opclass ORDER BY oid;

SELECT * FROM pg_opfamily ORDER BY oid;

SELECT * FROM pg_amop ORDER BY oid;

SELECT * FROM pg_amproc ORDER BY oid;

SELECT * FROM pg_range ORDER BY rngtypid;

SELECT oid, collname, collprovider, collencoding, collcollate, collctype, collversion FROM pg_collation WHERE oid < 12000 ORDER BY oid;

SELECT * FROM pg_conversion WHERE oid < 12000 ORDER BY oid;

SELECT spcname, spcoptions FROM pg_tablespace ORDER BY oid;

SELECT oid, lanname, lanispl, lanpltrusted, lanplcallfoid FROM pg_language WHERE oid < 12000 ORDER BY oid;

-- What is dumped of pg_class is what a new database has.
SELECT c.oid, relname, relnamespace, reltype, reloftype, relam, relhasindex, relisshared, relpersistence, relkind, relnatts, relchecks,
       relhasrules, relhastriggers, relhassubclass, relrowsecurity, relispopulated, relreplident, relispartition
FROM pg_class c WHERE c.oid < 10000 AND relkind IN ('r', 'i') AND relnamespace = 'pg_catalog'::regnamespace ORDER BY c.oid;

SELECT attrelid, attname, atttypid, attstattarget, attlen, attnum, attndims, attcacheoff, atttypmod, attbyval, attalign, attstorage, attcompression,
       attnotnull, atthasdef, attisdropped, attislocal, attinhcount, attcollation
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE attrelid < 10000 AND relkind IN ('r', 'i') AND relnamespace = 'pg_catalog'::regnamespace ORDER BY attrelid, attnum;

SELECT indexrelid, indrelid, indnatts, indisunique, indisprimary, indimmediate, indkey, indcollation, indclass, indoption, pg_get_indexdef(indexrelid),
       pg_get_indexdef(indexrelid, 0, true), pg_get_indexdef(indexrelid, 1, true), pg_get_indexdef(indexrelid, 9, true)
FROM pg_index WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 11) ORDER BY indexrelid;

SELECT oid, conname, contype, pg_get_constraintdef(oid), pg_get_constraintdef(oid, true) FROM pg_constraint WHERE connamespace = 11 ORDER BY oid;

SELECT objoid, classoid, objsubid, description FROM pg_description WHERE objoid < 12000 ORDER BY 1, 2, 3;

-- Functions about objects by name.
SELECT 'pg_class'::regclass, 'pg_catalog.pg_class'::regclass::oid, '"pg_class"'::regclass, 1259::regclass, 4294967295::oid::regclass, 0::regclass;
SELECT 'nosuch'::regclass;
SELECT 'no.such'::regclass;
SELECT 'pg_catalog.such'::regclass;
SELECT 'a.b.c.d'::regclass;
SELECT 'a..b'::regclass;
SELECT '"unended'::regclass;
SELECT to_regclass('nosuch'), to_regclass('pg_type'), to_regnamespace('nosuch'), to_regnamespace('pg_catalog'), to_regrole('nosuch'), to_regproc('now'), to_regproc('abs'), to_regtype('int4');
SELECT 'public'::regnamespace, 'pg_catalog'::regnamespace::oid, 2200::regnamespace;
SELECT 'nosuch'::regnamespace;
SELECT 'nosuch'::regrole;
SELECT 'now'::regproc, 'now'::regproc::oid, 1299::regproc, 'pg_catalog.now'::regproc;
SELECT 'abs'::regproc;
SELECT 'nosuch'::regproc;
SELECT pg_table_is_visible('pg_class'::regclass), pg_table_is_visible(1), pg_type_is_visible(1), pg_function_is_visible(1), pg_type_is_visible(23);
SELECT pg_encoding_to_char(6), pg_encoding_to_char(0), pg_encoding_to_char(-1), pg_encoding_to_char(41), pg_encoding_to_char(42), pg_char_to_encoding('utf8'), pg_char_to_encoding('nosuch');
SELECT pg_size_pretty(n) FROM (VALUES (0::int8), (1), (-1), (10239), (10240), (10751), (10752), (-10752), (20970495), (20971520), (21474836479), (1099511627776), (9223372036854775807), (-9223372036854775808)) AS v(n);
SELECT has_table_privilege('pg_class', 'SELECT'), has_table_privilege('pg_class', 'select, insert with grant option'), has_table_privilege(1, 'SELECT'), has_schema_privilege('public', 'USAGE'), has_database_privilege(current_database(), 'CONNECT'), has_column_privilege('pg_class', 'relname', 'SELECT'), has_any_column_privilege('pg_class', 'UPDATE');
SELECT has_table_privilege('pg_class', 'nosuch');
SELECT has_table_privilege('nosuch', 'SELECT');
SELECT has_table_privilege('nobody', 'pg_class', 'SELECT');
SELECT row_security_active('pg_class'), row_security_active('pg_catalog.pg_class'), row_security_active('pg_class'::regclass), row_security_active(1), row_security_active(NULL::text);
SELECT row_security_active('nope');
SELECT row_security_active('nosuch.pg_class');
SELECT row_security_active('');
SELECT has_schema_privilege('nosuch', 'USAGE');
SELECT pg_get_userbyid(1), pg_get_indexdef(1), pg_get_constraintdef(1), pg_get_viewdef(1), pg_get_function_result(1), pg_my_temp_schema();
SELECT obj_description(11, 'pg_namespace'), obj_description(2200, 'pg_namespace'), obj_description(1, 'nosuch'), col_description(1259, 1), shobj_description(99, 'pg_database');

-- Vectors are arrays that begin at 0.
SELECT indkey[0], indkey[1], array_length(indkey, 1), array_lower(indkey, 1), array_upper(indkey, 1), indkey::int2[], 1 = ANY (indkey) FROM pg_index WHERE indexrelid = 2663;
SELECT a.attname FROM pg_index i, pg_attribute a WHERE i.indexrelid = 2663 AND a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) ORDER BY a.attnum;
SELECT unnest(proargtypes) FROM pg_proc WHERE oid = 1299 OR proname = 'date_trunc' AND pronargs = 3;
SELECT tableoid::regclass, tableoid::text, c.xmin IS NOT NULL, ctid IS NOT NULL FROM pg_class c WHERE relname = 'pg_type';

-- What a session sees of tables.
SELECT relname, relkind, relpersistence, relhasindex, relnatts FROM pg_class WHERE relname = 'orders' AND relkind = 'r';
SELECT attname, format_type(atttypid, atttypmod), attnum, attlen, attbyval, attalign, attstorage, attcollation, attisdropped FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attnum > 1 ORDER BY attnum;
CREATE TEMP TABLE basket (id int PRIMARY KEY, name varchar(20) NOT NULL DEFAULT 'none', price numeric(8,2), tags text[], UNIQUE (name, price));
SELECT relname, relkind, relpersistence, relnatts, relchecks, relhasindex, relam FROM pg_class WHERE oid = 'basket'::regclass;
SELECT attname, atttypid::regtype, atttypmod, attnotnull, atthasdef, attndims, attlen, attbyval, attalign, attstorage, attcollation, attcompression, attidentity, attgenerated
FROM pg_attribute WHERE attrelid = 'basket'::regclass AND attnum > 0 ORDER BY attnum;
SELECT indnatts, indisunique, indisprimary, indkey, indclass, indcollation, indoption, pg_get_indexdef(indexrelid, 0, true), pg_get_indexdef(indexrelid, 1, true), indexrelid::regclass::text
FROM pg_index WHERE indrelid = 'basket'::regclass ORDER BY indisprimary;
SELECT conname, contype, conkey, pg_get_constraintdef(oid), pg_get_constraintdef(oid, true), conrelid::regclass::text, conindid::regclass::text FROM pg_constraint WHERE conrelid = 'basket'::regclass ORDER BY 1;
SELECT pg_table_is_visible('basket'::regclass), 'pg_temp.basket'::regclass::text, to_regclass('basket') IS NOT NULL;
SELECT tablename, hasindexes FROM pg_tables WHERE tablename IN ('basket', 'pg_class') ORDER BY 1;
SELECT tablename, indexname, tablespace FROM pg_indexes WHERE tablename IN ('basket', 'pg_am') ORDER BY 2;
DROP TABLE basket;
SELECT count(*) FROM pg_class WHERE relname LIKE 'basket%';

-- information_schema over what both have.
SELECT table_schema, table_name, table_type, self_referencing_column_name, is_typed, commit_action FROM information_schema.tables WHERE table_name IN ('orders', 'pg_class', 'pg_tables') ORDER BY 2;
SELECT table_catalog, table_schema, table_name, column_name, ordinal_position, is_nullable, data_type, character_maximum_length, character_octet_length, numeric_precision,
       domain_catalog, domain_schema, domain_name, udt_catalog, udt_schema, udt_name, dtd_identifier, is_self_referencing
FROM information_schema.columns WHERE table_name IN ('pg_index', 'sql_parts', 'pg_tables') ORDER BY table_name, ordinal_position;
CREATE TEMP TABLE shelf (id int PRIMARY KEY, a varchar(20) NOT NULL, b numeric(8,2), c text[], d timestamptz(3), e interval, f float8, g bpchar(3), h date, i time, j numeric, k "char", l interval day to second(2), UNIQUE (a, b));
SELECT column_name, ordinal_position, column_default, is_nullable, data_type, character_maximum_length, character_octet_length, numeric_precision, numeric_precision_radix,
       numeric_scale, datetime_precision, interval_precision, collation_name, udt_schema, udt_name, dtd_identifier, is_identity, identity_cycle, is_generated, is_updatable
FROM information_schema.columns WHERE table_name = 'shelf' ORDER BY ordinal_position;
SELECT table_type, is_insertable_into FROM information_schema.tables WHERE table_name = 'shelf';
SELECT constraint_name, table_name, constraint_type, is_deferrable, initially_deferred, enforced FROM information_schema.table_constraints WHERE table_name = 'shelf' AND constraint_type <> 'CHECK' ORDER BY 1;
SELECT count(*) FROM information_schema.table_constraints WHERE table_name = 'shelf';
SELECT constraint_name, table_name, column_name, ordinal_position, position_in_unique_constraint FROM information_schema.key_column_usage WHERE table_name = 'shelf' ORDER BY 1, 4;
SELECT table_name, column_name, constraint_name FROM information_schema.constraint_column_usage WHERE table_name = 'shelf' ORDER BY 3, 2;
SELECT * FROM information_schema.information_schema_catalog_name;
SELECT schema_name, sql_path FROM information_schema.schemata WHERE schema_name IN ('public', 'pg_catalog', 'information_schema') ORDER BY 1;
SELECT * FROM information_schema.sql_features ORDER BY 1, 2, 3;
SELECT * FROM information_schema.referential_constraints WHERE constraint_schema = 'public';
SELECT row_security_active('pg_class'), row_security_active('pg_catalog.pg_type'::regclass);
SELECT row_security_active('nosuch');
SELECT row_security_active('no.such');
SET search_path = pg_catalog, public;
SELECT current_schema(), current_schemas(false), regexp_replace(current_schemas(true)::text, 'pg_temp_\d+', 'pg_temp');
SET search_path = public, public, nowhere;
SELECT current_schema(), current_schemas(false), regexp_replace(current_schemas(true)::text, 'pg_temp_\d+', 'pg_temp');
SET search_path = nowhere;
SELECT current_schema(), current_schemas(false), regexp_replace(current_schemas(true)::text, 'pg_temp_\d+', 'pg_temp');
RESET search_path;
CREATE TEMP TABLE staff (id serial PRIMARY KEY, name varchar(10) UNIQUE, salary numeric(10,2), bonus int, no int GENERATED ALWAYS AS IDENTITY (START 5 INCREMENT 2), sum int GENERATED ALWAYS AS (1 + 1) STORED, CONSTRAINT sound CHECK (salary > bonus AND salary > 0), CHECK (bonus < 10));
CREATE UNIQUE INDEX staff_salary ON staff (salary, bonus);
SELECT current_schemas(true)[2:], current_schemas(true)[1] LIKE 'pg_temp_%', pg_get_indexdef('staff_salary'::regclass);
SELECT conname, contype, conkey FROM pg_constraint WHERE conrelid = 'staff'::regclass ORDER BY conname;
SELECT i.relname, x.indisunique, x.indisprimary, x.indkey FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = 'staff'::regclass ORDER BY 1;
SELECT attname, attidentity, attgenerated, atthasdef FROM pg_attribute WHERE attrelid = 'staff'::regclass AND attnum > 0 ORDER BY attnum;
SELECT column_name, is_identity, identity_generation, identity_start, identity_increment, identity_maximum, identity_minimum, identity_cycle, is_generated, column_default IS NULL FROM information_schema.columns WHERE table_name = 'staff' ORDER BY ordinal_position;
SELECT constraint_name, constraint_type FROM information_schema.table_constraints WHERE table_name = 'staff' AND constraint_name !~ 'not_null' ORDER BY 1;
SELECT column_name, constraint_name FROM information_schema.constraint_column_usage WHERE table_name = 'staff' ORDER BY 2, 1;
SELECT sequence_name, data_type, numeric_precision, numeric_scale, start_value, minimum_value, maximum_value, increment, cycle_option FROM information_schema.sequences ORDER BY 1;
SELECT sequencename, data_type, start_value, min_value, max_value, increment_by, cycle, cache_size, last_value FROM pg_sequences ORDER BY 1;
SELECT nextval('staff_id_seq'), nextval('staff_id_seq'), setval('staff_no_seq', 99, false);
SELECT sequencename, last_value FROM pg_sequences ORDER BY 1;
SELECT d.objid::regclass::text, d.refobjid::regclass::text, d.refobjsubid, d.deptype FROM pg_depend d WHERE d.refobjid = 'staff'::regclass AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.objid IN (SELECT seqrelid FROM pg_sequence) ORDER BY 3;
SELECT pg_get_serial_sequence('staff', 'id'), pg_get_serial_sequence('staff', 'no'), pg_get_serial_sequence('staff', 'name'), pg_get_serial_sequence('pg_class', 'oid');
SELECT pg_get_serial_sequence('staff', 'nosuch');
SELECT pg_get_serial_sequence('nosuch', 'id');
SELECT has_sequence_privilege('staff_id_seq', 'usage, select'), has_sequence_privilege('staff_id_seq'::regclass, 'update');
SELECT has_sequence_privilege('staff', 'usage');
SELECT has_sequence_privilege('staff_id_seq', 'delete');
DROP TABLE staff;
SET search_path = pg_temp, public;
SELECT current_schema() ~ 'pg_temp', regexp_replace(current_schemas(false)::text, 'pg_temp_\d+', 'pg_temp');
RESET search_path;
SELECT 'numeric(10,2)'::regtype, 'timestamp with time zone'::regtype, 'double precision'::regtype, '"char"'::regtype, 'pg_catalog.int4'::regtype, 'int4'::regtype::text, 'int[]'::regtype, 'varchar(5)[]'::regtype, 'int4[3][]'::regtype, 'char'::regtype, 'bit varying(3)'::regtype, 'interval year to month'::regtype, 'float(10)'::regtype, 'dec'::regtype, 'time(3) with time zone'::regtype;
SELECT 'int5'::regtype;
SELECT 'foo bar'::regtype;
SELECT 'int4 int4'::regtype;
SELECT ''::regtype;
SELECT 'setof int'::regtype;
SELECT 'int4; select 1'::regtype;
SELECT 'nosuch.int4'::regtype;
SELECT 'pg_catalog.nosuch'::regtype;
SELECT 'int4(5)'::regtype;
SELECT to_regtype('int'), to_regtype('nosuch'), to_regtype('int[]'), to_regtype('varchar(10)'), to_regtype('nosuch.x'), to_regtype('integer')::oid;
SELECT 'abs(int)'::regprocedure, 'pg_catalog.substring(text, int4)'::regprocedure, 'now()'::regprocedure, ' abs ( integer ) '::regprocedure, 'numeric(numeric,int4)'::regprocedure, 'count(*)'::text;
SELECT 'count(*)'::regprocedure;
SELECT 'abs'::regprocedure;
SELECT 'abs(int'::regprocedure;
SELECT 'abs(nosuch)'::regprocedure;
SELECT 'nosuch(int)'::regprocedure;
SELECT 'abs(int,)'::regprocedure;
SELECT 'public.abs(int)'::regprocedure;
SELECT to_regprocedure('abs(int)'), to_regprocedure('nosuch(int)'), to_regoperator('+(int,int)'), to_regoperator('-(none,int8)'), to_regoperator('+(text,text)'), to_regcollation('"C"'), to_regcollation('nosuch');
SELECT '+(int4,int4)'::regoperator, '!~~(text,text)'::regoperator, 'pg_catalog.||(anyarray,anyarray)'::regoperator, '-(NONE,integer)'::regoperator;
SELECT '+(int4)'::regoperator;
SELECT '+(int4,int4,int4)'::regoperator;
SELECT '+'::regoperator;
SELECT '+++(int4,int4)'::regoperator;
SELECT 'c'::regcollation;
SELECT 'a' collate "nosuch";
SELECT 'a' collate nosuch;
SELECT proname from pg_proc where oid = 'abs(bigint)'::regprocedure;
SELECT oprname from pg_operator where oid = '=(text,text)'::regoperator;
SELECT 'abs(int)'::regprocedure::oid, 'abs(int)'::regprocedure::text, 1242::regprocedure, 96::regoperator, 100::regcollation, 0::regprocedure, 99999::regoperator, '-'::regoperator;
SELECT 'pg_class'::regclass::oid, 'nosuch.foo'::regclass;
SELECT 'public.foo'::regclass;
SELECT 'a.b.c.d'::regclass;
SELECT has_function_privilege('abs(int)','execute'), has_function_privilege('abs(bigint)'::regprocedure,'execute');
SELECT has_function_privilege('nosuch(int)','execute');
SELECT has_type_privilege('int','usage'), has_type_privilege('numeric(3)','usage');
SELECT pg_get_function_arguments('substring(text,int,int)'::regprocedure), pg_get_function_result('abs(int)'::regprocedure), pg_function_is_visible('abs(int)'::regprocedure);
SELECT 'simple'::regconfig, 'pg_catalog.simple'::regdictionary, '"C"'::regcollation, '"POSIX"'::regcollation, 3748::regconfig, 950::regcollation;
SELECT 'english'::regconfig;
SELECT 'a' COLLATE "en-x-icu";
COPY nosuch TO STDOUT;
COPY pg_namespace (nosuch) TO STDOUT;
TRUNCATE nosuch;
CREATE TEMP TABLE staff (id serial PRIMARY KEY, name text DEFAULT 'x', code char(3) DEFAULT 'a''s', dept varchar(10) DEFAULT '', low int DEFAULT -5, n numeric(5,2) DEFAULT 1.5, at date DEFAULT '2024-01-01', j jsonb DEFAULT '{}', t timestamptz DEFAULT now(), ok bool DEFAULT true, tags text[] DEFAULT '{}', none int DEFAULT NULL);
CREATE INDEX staff_dept ON staff (dept, name);
SELECT column_name, column_default FROM information_schema.columns WHERE table_name = 'staff' ORDER BY ordinal_position;
SELECT a.attname, pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE d.adrelid = 'staff'::regclass ORDER BY a.attnum;
SELECT indexrelid::regclass::text, indisunique, indisprimary, indkey, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'staff'::regclass ORDER BY 1;
SELECT conname FROM pg_constraint WHERE conrelid = 'staff'::regclass;
INSERT INTO staff (id) VALUES (1), (2) RETURNING id, name, code, dept, low, n, at, j, ok, tags, none;
DROP INDEX staff_dept;
SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'staff'::regclass;
DROP TABLE staff;
SELECT pg_get_function_arguments('max(bpchar)'::regprocedure), pg_get_function_result('max(bpchar)'::regprocedure), 'max(bpchar)'::regprocedure, '=(bpchar,bpchar)'::regoperator;
CREATE TEMP TABLE checked (a int CHECK (a IS NOT NULL), b text NOT NULL, CONSTRAINT c CHECK (b > 'a'::text));
SELECT constraint_name, check_clause FROM information_schema.check_constraints WHERE constraint_name IN ('checked_a_check', 'c') ORDER BY 1;
SELECT check_clause FROM information_schema.check_constraints k JOIN information_schema.table_constraints USING (constraint_name) WHERE table_name = 'checked' AND k.constraint_name ~ 'not_null';
DROP TABLE checked;
SELECT 1 FROM pg_stats LIMIT 0;
SELECT 1 FROM information_schema.routines LIMIT 0;
SELECT 1 FROM pg_catalog.pg_nosuch;
SELECT 1 FROM information_schema.nosuch;

SELECT p.oid, pg_get_functiondef(p.oid) FROM pg_proc p WHERE p.oid < 12000 AND prokind <> 'a' ORDER BY 1;

SELECT pg_get_functiondef('sum(int)'::regprocedure);

SELECT pg_get_functiondef(0);

SELECT oid, pg_get_ruledef(oid), pg_get_ruledef(oid, true) FROM pg_rewrite WHERE ev_class IN (SELECT oid FROM pg_class WHERE relname IN ('pg_tables', 'pg_settings', 'tables')) ORDER BY 1;

SELECT * FROM pg_rules ORDER BY 1, 2, 3;

SELECT objoid, classoid::regclass, objsubid, privtype FROM pg_init_privs WHERE objoid < 10000 ORDER BY 1, 2, 3;

SELECT * FROM pg_get_keywords();

SELECT string_agg(quote_ident(word), ' ' ORDER BY word) FROM pg_get_keywords();

SELECT quote_ident(w) FROM unnest(ARRAY['json', 'json_array', 'json_arrayagg', 'json_exists', 'json_object', 'json_objectagg', 'json_query', 'json_scalar', 'json_serialize', 'json_table', 'json_value', 'merge_action', 'system_user', 'absent', 'keys']) w;

EXPLAIN (costs maybe) SELECT 1;

EXPLAIN (wal) SELECT 1;

EXPLAIN (timing) SELECT 1;

EXPLAIN (nothing) SELECT 1;
-- Types of catalogs' rows by name, single letters of names, and privileges as values.
SELECT 'pg_class'::regtype, 'pg_catalog._pg_statistic'::regtype, '"pg_catalog"."pg_attribute"[]'::regtype, to_regtype('_pg_type')::oid, to_regtype('public.pg_class'), to_regtype('information_schema.columns')::text;
SELECT ('pg_catalog.' || quote_ident(typname))::regtype::oid = oid AS found FROM pg_type WHERE oid < 16384 AND typnamespace = 'pg_catalog'::regnamespace GROUP BY 1;
SELECT typname[0], typname[3], typname[63], typname[64], typname[-1], pg_typeof(typname[0]), typname[63] = '', typname[NULL], typname[0][0], typname[0] = 'b' FROM pg_type WHERE oid = 16;
SELECT typname[0:1] FROM pg_type WHERE oid = 16;
SELECT typname['x'] FROM pg_type WHERE oid = 16;
SELECT nspacl[1] = nspacl[1], nspacl = nspacl, nspacl IS DISTINCT FROM '{}', nspacl <> '{}'::aclitem[], '{}'::aclitem[]::text FROM pg_namespace WHERE nspname = 'information_schema';
SELECT '=Ur*/ada'::aclitem::text, '"ada"=r/ada'::aclitem = 'ada=r/"ada"', aclitem '=r/ada' = '=w/ada', '{=UC/ada,ada=w*/ada,user ada=r/ada}'::aclitem[]::text;
SELECT '=r/nope'::aclitem;
SELECT 'ada'::aclitem;
SELECT 'group ada'::aclitem;
SELECT 'user =r/ada'::aclitem;
SELECT '=q/ada'::aclitem;
SELECT '=r/'::aclitem;
SELECT '=r/ada x'::aclitem;
SELECT DISTINCT typacl FROM pg_type WHERE oid < 16384;
SELECT count(*) FROM pg_proc p LEFT JOIN pg_init_privs i ON i.objoid = p.oid AND i.classoid = 'pg_proc'::regclass WHERE p.proacl IS DISTINCT FROM i.initprivs AND p.oid < 16384;
-- Nothing in catalogs hangs on a relation that is not there.
SELECT (SELECT count(*) FROM pg_rewrite WHERE ev_class NOT IN (SELECT oid FROM pg_class)), (SELECT count(*) FROM pg_depend WHERE classid = 'pg_rewrite'::regclass AND objid NOT IN (SELECT oid FROM pg_rewrite)),
    (SELECT count(*) FROM pg_depend WHERE refclassid = 'pg_class'::regclass AND refobjid NOT IN (SELECT oid FROM pg_class)), (SELECT count(*) FROM pg_init_privs WHERE classoid = 'pg_class'::regclass AND objoid NOT IN (SELECT oid FROM pg_class));
-- Privileges have equality and hashes, but no order and no binary form.
SELECT nspacl FROM pg_namespace ORDER BY nspacl;
SELECT count(DISTINCT nspacl) FROM pg_namespace;
SELECT count(*) FROM (SELECT DISTINCT typacl FROM pg_type WHERE oid < 16384) t;
SELECT typacl, count(*) > 9 FROM pg_type WHERE oid < 16384 AND typtype = 'b' GROUP BY 1;
SELECT row_number() OVER (ORDER BY nspacl) FROM pg_namespace;
SELECT row_number() OVER (PARTITION BY nspacl) FROM pg_namespace;
SELECT array_agg(nspacl ORDER BY nspacl) FROM pg_namespace;
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY nspacl) FROM pg_namespace;
SELECT max(nspacl) FROM pg_namespace WHERE nspname IN ('pg_catalog', 'information_schema');
SELECT max(NULLIF(nspacl, nspacl)) FROM pg_namespace;
SELECT max(a) FROM (VALUES (ARRAY['1'::json]), (ARRAY['2'::json])) v(a);
SELECT max(a)::text FROM (VALUES (ARRAY['1'::json]), (NULL)) v(a);
SELECT min(a) OVER () FROM (VALUES (ARRAY['1'::json]), (ARRAY['2'::json])) v(a);
SELECT array_send(nspacl) FROM pg_namespace WHERE nspname = 'pg_catalog';
COPY (SELECT nspacl FROM pg_namespace WHERE nspname = 'nope') TO STDOUT (FORMAT binary);
COPY (SELECT nspacl[1] FROM pg_namespace WHERE nspname = 'pg_catalog') TO STDOUT (FORMAT binary);
SELECT a.nspname FROM pg_namespace a JOIN pg_namespace b ON a.nspacl = b.nspacl WHERE b.nspname = 'public';
-- Objects by their names for people, and their addresses.
CREATE TEMP TABLE t (a int PRIMARY KEY DEFAULT 1, b text CHECK (b > ''));
CREATE TEMP SEQUENCE q; CREATE TEMP VIEW v AS SELECT 1 AS x; CREATE INDEX ix ON t (b); CREATE TYPE pg_temp.ct AS (x int); CREATE DOMAIN pg_temp.dm AS int CHECK (VALUE > 0);
SELECT pg_describe_object('pg_class'::regclass, c.oid, s), i.type, regexp_replace(i.schema, '_\d+$', ''), i.name, i.identity, a.type, a.object_names, a.object_args FROM (VALUES ('pg_class'::regclass, 0), ('pg_class', 1), ('information_schema.tables', 0), ('information_schema.tables', 2), ('pg_class_oid_index', 0), ('events', 0), ('events', 2), ('account_pkey', 0), ('t', 0), ('t', 2), ('q', 0), ('v', 0), ('v', 1), ('ix', 0), ('ct', 0), ('ct', 1), ('events', 99), ('events', -1), ('"Account"', 0)) c(oid, s), pg_identify_object('pg_class'::regclass, c.oid, s) i, pg_identify_object_as_address('pg_class'::regclass, c.oid, s) a ORDER BY 1, 2, 5;
SELECT pg_describe_object('pg_class'::regclass, 1, 0), pg_describe_object('pg_class'::regclass, 1, 1), pg_describe_object(NULL, 1, 1), pg_describe_object('pg_type'::regclass, 1, 0);
SELECT * FROM pg_identify_object('pg_class'::regclass, 1, 0);
SELECT * FROM pg_identify_object_as_address('pg_class'::regclass, 1, 0);
SELECT pg_describe_object(0, 1, 0);
SELECT pg_describe_object(999999, 1, 0);
SELECT pg_describe_object('pg_type'::regclass, c.oid, 0), i.type, regexp_replace(i.schema, '_\d+$', ''), i.name, i.identity, a.type, a.object_names, a.object_args FROM (VALUES ('int4'::regtype), ('int4[]'), ('information_schema.sql_identifier'), ('ct'), ('dm'), ('t'), ('pg_class'), ('timestamptz'), ('char'), ('"char"')) c(oid), pg_identify_object('pg_type'::regclass, c.oid, 0) i, pg_identify_object_as_address('pg_type'::regclass, c.oid, 0) a ORDER BY 1, 2, 5;
SELECT pg_describe_object('pg_proc'::regclass, c.oid, 0), i.type, regexp_replace(i.schema, '_\d+$', ''), i.name, i.identity, a.type, a.object_names, a.object_args FROM (VALUES ('upper(text)'::regprocedure), ('now()'), ('sum(int4)'), ('rank()'), ('format(text,"any")'), ('pg_identify_object(oid,oid,int)'), ('"position"(text,text)')) c(oid), pg_identify_object('pg_proc'::regclass, c.oid, 0) i, pg_identify_object_as_address('pg_proc'::regclass, c.oid, 0) a ORDER BY 1, 2, 5;
SELECT pg_describe_object('pg_namespace'::regclass, c.oid, 0), i.type, regexp_replace(i.schema, '_\d+$', ''), i.name, i.identity, a.type, a.object_names, a.object_args FROM (VALUES ('pg_catalog'::regnamespace), ('public')) c(oid), pg_identify_object('pg_namespace'::regclass, c.oid, 0) i, pg_identify_object_as_address('pg_namespace'::regclass, c.oid, 0) a ORDER BY 1, 2, 5;
SELECT pg_describe_object('pg_constraint'::regclass, c.oid, 0), i.type, regexp_replace(i.schema, '_\d+$', ''), i.name, i.identity, a.type, a.object_names, a.object_args FROM (SELECT oid FROM pg_constraint WHERE conname IN ('t_pkey', 't_b_check', 'dm_check', 'events_pkey', 'pg_class_oid_index', 'cardinal_number_domain_check')) c, pg_identify_object('pg_constraint'::regclass, c.oid, 0) i, pg_identify_object_as_address('pg_constraint'::regclass, c.oid, 0) a ORDER BY 1, 2, 5;
SELECT pg_describe_object('pg_attrdef'::regclass, c.oid, 0), i.type, regexp_replace(i.schema, '_\d+$', ''), i.name, i.identity, a.type, a.object_names, a.object_args FROM (SELECT oid FROM pg_attrdef WHERE adrelid = 't'::regclass) c, pg_identify_object('pg_attrdef'::regclass, c.oid, 0) i, pg_identify_object_as_address('pg_attrdef'::regclass, c.oid, 0) a ORDER BY 1, 2, 5;
SELECT x.c, pg_describe_object(x.c::regclass, x.oid, 0), i.type, regexp_replace(i.schema, '_\d+$', ''), i.name, i.identity, a.type, a.object_names, a.object_args FROM (SELECT 'pg_language' c, oid FROM pg_language WHERE lanname = 'sql' UNION ALL SELECT 'pg_authid', oid FROM pg_authid WHERE rolname = 'pg_monitor' UNION ALL SELECT 'pg_database', oid FROM pg_database WHERE datname = 'projsql' UNION ALL SELECT 'pg_tablespace', oid FROM pg_tablespace WHERE spcname = 'pg_default' UNION ALL SELECT 'pg_am', oid FROM pg_am WHERE amname = 'btree' UNION ALL SELECT 'pg_collation', oid FROM pg_collation WHERE collname = 'C' UNION ALL SELECT 'pg_operator', '=(int,int)'::regoperator::oid UNION ALL SELECT 'pg_operator', '-(none,int)'::regoperator::oid UNION ALL SELECT 'pg_opclass', min(oid) FROM pg_opclass WHERE opcname = 'int4_ops' UNION ALL SELECT 'pg_opfamily', 1976 UNION ALL SELECT 'pg_cast', oid FROM pg_cast WHERE castsource = 'int4'::regtype AND casttarget = 'int8'::regtype UNION ALL SELECT 'pg_rewrite', oid FROM pg_rewrite WHERE ev_class = 'pg_user'::regclass UNION ALL SELECT 'pg_conversion', oid FROM pg_conversion WHERE conname = 'utf8_to_iso_8859_1' UNION ALL SELECT 'pg_ts_config', oid FROM pg_ts_config WHERE cfgname = 'simple' UNION ALL SELECT 'pg_ts_dict', oid FROM pg_ts_dict WHERE dictname = 'simple' UNION ALL SELECT 'pg_ts_parser', oid FROM pg_ts_parser UNION ALL SELECT 'pg_ts_template', oid FROM pg_ts_template WHERE tmplname = 'simple') x, pg_identify_object(x.c::regclass, x.oid, 0) i, pg_identify_object_as_address(x.c::regclass, x.oid, 0) a ORDER BY 1, 2, 5;
SELECT pg_describe_object(0, 0, 0), pg_describe_object('pg_proc'::regclass, 1, 0), pg_describe_object('pg_constraint'::regclass, 1, 0), pg_describe_object('pg_namespace'::regclass, 1, 0);
SELECT c, i.type, i.identity, a.type, a.object_names FROM unnest('{pg_proc,pg_constraint,pg_namespace,pg_type,pg_attrdef,pg_rewrite,pg_operator,pg_cast,pg_authid,pg_opclass}'::regclass[]) c, pg_identify_object(c, 1, 0) i, pg_identify_object_as_address(c, 1, 0) a ORDER BY 1;
SELECT count(*), count(pg_describe_object(classid, objid, objsubid)) = count(*) FROM pg_depend WHERE classid = 'pg_rewrite'::regclass AND deptype = 'i' AND objid IN (SELECT oid FROM pg_rewrite WHERE ev_class IN ('pg_user'::regclass, 'pg_tables'::regclass));
BEGIN; DECLARE c BINARY CURSOR FOR SELECT nspacl FROM pg_namespace WHERE nspname = 'pg_catalog'; FETCH c;
ROLLBACK;
-- What columns begin with.
SELECT column_name, column_default FROM information_schema.columns WHERE table_name = 'sample' ORDER BY ordinal_position;
SELECT adnum, pg_get_expr(adbin, adrelid, true) FROM pg_attrdef WHERE adrelid = 'sample'::regclass ORDER BY 1;
BEGIN; CREATE TEMP TABLE bare (a int DEFAULT NULL, b text DEFAULT NULL::text, c varchar(3) DEFAULT NULL, d numeric(4,1) DEFAULT NULL, e numeric DEFAULT NULL); SELECT attname, atthasdef, pg_get_expr(adbin, adrelid) FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid = 'bare'::regclass AND attnum > 0 ORDER BY attnum; ROLLBACK;
-- The types of relations' rows.
SELECT typname, typlen, typbyval, typtype, typcategory, typispreferred, typisdefined, typdelim, typrelid::regclass::text, typsubscript, typelem::regtype::text, typarray::regtype::text, typinput, typoutput, typreceive, typsend, typmodin, typanalyze, typalign, typstorage, typnotnull, typbasetype, typtypmod, typndims, typcollation, typdefault FROM pg_type WHERE typname IN ('account', '_account', 'events', '_events') ORDER BY 1;
SELECT relname, relkind, reltype::regtype::text FROM pg_class WHERE relname IN ('account', 'account_pkey', 'events', 'orders') ORDER BY 1;
SELECT 'account'::regtype::text, 'account[]'::regtype::text, '_account'::regtype::text, 'public.events'::regtype::text, to_regtype('nosuch'), to_regtype('account_pkey'), format_type((SELECT reltype FROM pg_class WHERE relname = 'orders'), -1), pg_type_is_visible('account'::regtype), has_type_privilege('account', 'usage'), 'account'::regtype::oid = (SELECT oid FROM pg_type WHERE typname = 'account');
SET search_path = pg_catalog; SELECT 'public.account'::regtype::text, 'public.account[]'::regtype::text, pg_type_is_visible('public.account'::regtype); SELECT 'account'::regtype; RESET search_path;
BEGIN; CREATE TYPE pg_temp.mood AS ENUM ('a'); CREATE DOMAIN pg_temp.whole AS int; CREATE DOMAIN pg_temp.moody AS pg_temp.mood; CREATE DOMAIN pg_temp.list AS text[]; CREATE DOMAIN pg_temp.span AS int4range; CREATE TYPE pg_temp.pair AS (a int); SELECT typname, typinput, typoutput, typreceive, typsend, typsubscript, typanalyze FROM pg_type WHERE typname ~ '^_?(mood|moody|whole|list|span|pair)$' ORDER BY 1; ROLLBACK;
