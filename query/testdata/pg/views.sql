-- PostgreSQL's views of catalogs: their texts, and what they say of a temporary table and of
-- catalogs themselves.

SELECT schemaname, viewname, definition FROM pg_views
WHERE schemaname IN ('pg_catalog', 'information_schema') AND viewname NOT IN ('pg_backend_memory_contexts', 'pg_config', 'pg_file_settings',
  'pg_hba_file_rules', 'pg_ident_file_mappings', 'pg_locks', 'pg_shmem_allocations', 'pg_stat_activity', 'pg_stat_archiver', 'pg_stat_bgwriter',
  'pg_stat_database', 'pg_stat_database_conflicts', 'pg_stat_gssapi', 'pg_stat_recovery_prefetch', 'pg_stat_slru', 'pg_stat_ssl', 'pg_stat_wal',
  'pg_timezone_abbrevs')
ORDER BY 1, 2;

SELECT pg_get_viewdef('pg_tables'::regclass, true), pg_get_viewdef('pg_roles', true), pg_get_viewdef('pg_views'::regclass, 0), pg_get_viewdef('pg_group');

SELECT pg_get_viewdef('pg_class'::regclass), pg_get_viewdef(0);

CREATE TEMP TABLE viewed (id int PRIMARY KEY, owner varchar(30) NOT NULL DEFAULT 'me', bal numeric(10,2) CHECK (bal IS NOT NULL), at timestamptz(3) DEFAULT now(),
  tags text[], span interval day to second(2), CONSTRAINT ow UNIQUE (owner));

SELECT table_name, constraint_name FROM information_schema.constraint_table_usage WHERE table_name = 'viewed' ORDER BY 1, 2;

SELECT grantor = current_user, grantee = current_user, privilege_type, is_grantable, with_hierarchy FROM information_schema.table_privileges WHERE table_name = 'viewed' ORDER BY 3;

SELECT grantee, privilege_type, is_grantable, with_hierarchy FROM information_schema.table_privileges WHERE table_schema = 'pg_catalog' AND table_name IN ('pg_class', 'pg_authid') AND grantee = 'PUBLIC' ORDER BY 1, 2;

SELECT column_name, privilege_type, is_grantable FROM information_schema.column_privileges WHERE table_name = 'viewed' AND column_name < 'c' ORDER BY 1, 2;

SELECT privilege_type, is_grantable FROM information_schema.role_table_grants WHERE table_name = 'viewed' AND grantee = current_user ORDER BY 1;

SELECT column_name, privilege_type FROM information_schema.role_column_grants WHERE table_name = 'viewed' AND column_name = 'id' ORDER BY 1, 2;

SELECT routine_name, specific_name, routine_type, data_type, type_udt_name, routine_body, external_language, parameter_style, is_deterministic, sql_data_access,
  is_null_call, security_type, max_dynamic_result_sets, is_udt_dependent
FROM information_schema.routines WHERE specific_schema = 'pg_catalog' AND routine_name IN ('abs', 'lower', 'count', 'generate_series', 'now') ORDER BY specific_name;

SELECT specific_name, ordinal_position, parameter_mode, is_result, parameter_name, data_type, udt_name, dtd_identifier, parameter_default
FROM information_schema.parameters WHERE specific_name LIKE ANY (ARRAY['json\_each\_%', 'width\_bucket%', 'make\_interval%', 'concat\_%']) ORDER BY 1, 2;

SELECT grantee, privilege_type, is_grantable FROM information_schema.routine_privileges WHERE routine_name = 'lower' AND grantee = 'PUBLIC' ORDER BY 1, 2;

SELECT domain_name, data_type, character_maximum_length, character_octet_length, numeric_precision, numeric_precision_radix, numeric_scale, datetime_precision, domain_default, udt_name
FROM information_schema.domains WHERE domain_schema = 'information_schema' ORDER BY 1;

SELECT constraint_name, domain_name, is_deferrable FROM information_schema.domain_constraints WHERE domain_schema = 'information_schema' ORDER BY 1;

SELECT domain_name, count(*) FROM information_schema.column_domain_usage WHERE table_name IN ('tables', 'columns', 'routines') GROUP BY 1 ORDER BY 1;

SELECT object_name, object_type, collection_type_identifier, data_type, udt_name, dtd_identifier FROM information_schema.element_types WHERE object_name = 'viewed' ORDER BY 3;

SELECT object_type, dtd_identifier FROM information_schema.data_type_privileges WHERE object_name = 'viewed' ORDER BY 2;

SELECT udt_schema, udt_name, column_name FROM information_schema.column_udt_usage WHERE table_name = 'viewed' ORDER BY 3;

SELECT collation_name, pad_attribute FROM information_schema.collations WHERE collation_name IN ('C', 'POSIX', 'default') ORDER BY 1;

SELECT collation_name, character_set_name FROM information_schema.collation_character_set_applicability WHERE collation_name = 'C';

SELECT view_name, table_name FROM information_schema.view_table_usage WHERE view_schema = 'information_schema' ORDER BY 1, 2;

SELECT table_name, column_name FROM information_schema.view_column_usage WHERE view_name = 'administrable_role_authorizations' ORDER BY 1, 2;

SELECT * FROM information_schema.applicable_roles WHERE grantee = 'pg_monitor' ORDER BY 2;

SELECT (SELECT count(*) FROM information_schema.attributes), (SELECT count(*) FROM information_schema.check_constraint_routine_usage),
  (SELECT count(*) FROM information_schema.column_column_usage WHERE table_name = 'viewed'), (SELECT count(*) FROM information_schema.column_options),
  (SELECT count(*) FROM information_schema.domain_udt_usage), (SELECT count(*) FROM information_schema.foreign_data_wrappers),
  (SELECT count(*) FROM information_schema.foreign_data_wrapper_options), (SELECT count(*) FROM information_schema.foreign_servers),
  (SELECT count(*) FROM information_schema.foreign_server_options), (SELECT count(*) FROM information_schema.foreign_table_options),
  (SELECT count(*) FROM information_schema.routine_column_usage), (SELECT count(*) FROM information_schema.routine_sequence_usage),
  (SELECT count(*) FROM information_schema.transforms), (SELECT count(*) FROM information_schema.triggered_update_columns),
  (SELECT count(*) FROM information_schema.user_defined_types), (SELECT count(*) FROM information_schema.user_mappings),
  (SELECT count(*) FROM information_schema.user_mapping_options);

SELECT information_schema._pg_char_max_length(1043, 14), information_schema._pg_char_octet_length(25, -1), information_schema._pg_numeric_precision(1700, 655366),
  information_schema._pg_numeric_precision_radix(23, -1), information_schema._pg_numeric_scale(1700, 655366), information_schema._pg_datetime_precision(1114, 3),
  information_schema._pg_interval_type(1186, 470286338), information_schema._pg_char_max_length(NULL, 1);

SELECT information_schema._pg_nothing(1);

SELECT (aclexplode(acldefault('r', 10))).privilege_type, (aclexplode(acldefault('r', 10))).grantee, (aclexplode(acldefault('r', 10))).is_grantable;

SELECT grantor = 10, grantee, privilege_type, is_grantable FROM aclexplode(acldefault('d', 10)) ORDER BY 2, 3;

SELECT k, grantee, privilege_type FROM unnest('{c,s,f,l,L,n,p,t,F,S,T}'::"char"[]) k, aclexplode(acldefault(k, 10)) ORDER BY 1, 2, 3;

SELECT acldefault('z', 10);

SELECT * FROM pg_options_to_table(ARRAY['a=1', 'b', 'c=d=e', '']);

SELECT * FROM pg_options_to_table(ARRAY['a=1', NULL]);

SELECT nameconcatoid('abc', 42), nameconcatoid(repeat('x', 63)::name, 5), nameconcatoid(repeat('é', 31)::name, 55555);

SELECT string_agg(pg_encoding_to_char(g) || ':' || pg_encoding_max_length(g), ' ' ORDER BY g) FROM generate_series(0, 41) g;

SELECT pg_encoding_max_length(-1), pg_encoding_max_length(99);

SELECT relname, n_tup_hot_upd, seq_scan >= 0,last_vacuum, vacuum_count FROM pg_stat_user_tables WHERE relname = 'viewed';

SELECT relname, indexrelname, idx_scan, idx_tup_read FROM pg_stat_user_indexes WHERE relname = 'viewed' ORDER BY 2;

SELECT count(*) FROM pg_stat_all_tables WHERE relname = 'viewed';

SELECT relname, idx_blks_hit FROM pg_statio_user_tables WHERE relname = 'viewed';

SELECT (SELECT count(*) FROM pg_stat_progress_vacuum), (SELECT count(*) FROM pg_stat_progress_analyze), (SELECT count(*) FROM pg_stat_progress_copy),
  (SELECT count(*) FROM pg_stat_replication), (SELECT count(*) FROM pg_stat_subscription), (SELECT count(*) FROM pg_stat_wal_receiver),
  (SELECT count(*) FROM pg_stat_user_functions), (SELECT count(*) FROM pg_stats_ext), (SELECT count(*) FROM pg_stats WHERE tablename = 'viewed');

SELECT name, abbrev, utc_offset, is_dst FROM pg_timezone_names WHERE name IN ('UTC', 'Asia/Tokyo', 'Asia/Kolkata', 'America/Bogota', 'EST') ORDER BY 1;

SELECT has_parameter_privilege('work_mem', 'set'), has_parameter_privilege(current_user, 'work_mem', 'ALTER SYSTEM'), has_server_privilege(99, 'usage'), has_foreign_data_wrapper_privilege(99, 'usage');

SELECT has_parameter_privilege('work_mem', 'read');

SELECT has_server_privilege('nowhere', 'usage');

SELECT has_foreign_data_wrapper_privilege('nothing', 'usage');

SELECT relowner = current_user::regrole, relhasrules, reltuples FROM pg_class WHERE relname IN ('viewed', 'viewed_pkey') ORDER BY relname;

SELECT tableowner = current_user FROM pg_tables WHERE tablename = 'viewed';

SELECT cfgname, cfgparser FROM pg_ts_config ORDER BY 1;

SELECT dictname, dicttemplate::regclass IS NULL FROM pg_ts_dict ORDER BY 1;

SELECT 'english'::regconfig, 'german_stem'::regdictionary, obj_description('english'::regconfig, 'pg_ts_config');

SELECT ev_class::regclass, rulename, ev_type, ev_enabled, is_instead FROM pg_rewrite WHERE ev_class IN ('pg_roles'::regclass, 'pg_tables'::regclass) ORDER BY 1;

SELECT setting FROM pg_settings WHERE name = 'lc_ctype';

SET intervalstyle = 'bogus';

SET client_encoding = 'nonesuch';

SELECT pg_has_role('pg_monitor', 'usage'), pg_has_role('pg_monitor', 'pg_read_all_stats', 'member'), pg_has_role('pg_read_all_stats', 'pg_monitor', 'usage'),
  pg_has_role(0, 10, 'USAGE'), pg_has_role(10, 'pg_monitor', 'USAGE WITH ADMIN OPTION'), pg_has_role('pg_monitor', 'pg_monitor', 'member'),
  pg_has_role('pg_monitor', 'pg_stat_scan_tables', 'usage');

SELECT pg_has_role('nobody_such', 'usage');

SELECT pg_has_role('pg_monitor', 'nonsense');

SELECT 1 FROM pg_locks LIMIT 0;

SELECT has_table_privilege('pg_monitor', 'pg_class', 'select');

SELECT information_schema._pg_expandarray(ARRAY[7, 8]), (information_schema._pg_expandarray(ARRAY['a', NULL])).x, (information_schema._pg_expandarray('3 4'::int2vector)).n;

SELECT * FROM information_schema._pg_expandarray('[5:6]={1,2}'::int[]) e(x, n);

-- What JDBC's driver asks for primary keys and indexes.
SELECT result.table_name, result.column_name, result.key_seq, result.pk_name
FROM (SELECT ct.relname AS table_name, a.attname AS column_name, (information_schema._pg_expandarray(i.indkey)).n AS key_seq, ci.relname AS pk_name,
        information_schema._pg_expandarray(i.indkey) AS keys, a.attnum AS a_attnum
      FROM pg_catalog.pg_class ct JOIN pg_catalog.pg_attribute a ON (ct.oid = a.attrelid) JOIN pg_catalog.pg_index i ON (a.attrelid = i.indrelid)
        JOIN pg_catalog.pg_class ci ON (ci.oid = i.indexrelid)
      WHERE ct.relname = 'viewed' AND i.indisprimary) result
WHERE result.a_attnum = (result.keys).x ORDER BY 1, 4, 3;

SELECT name, setting FROM pg_show_all_settings() WHERE name IN ('bytea_output', 'search_path') ORDER BY 1;

PREPARE looked AS SELECT 1;

SELECT name, statement FROM pg_prepared_statement();

DEALLOCATE looked;

SELECT name FROM pg_cursor() WHERE is_holdable;

SET default_text_search_config = 'simple';

SHOW default_text_search_config;

SELECT datname, leader_pid, usename = current_user AS mine, xact_start = now() AS now, wait_event_type, state, query, query_id, backend_type FROM pg_stat_activity WHERE pid = pg_backend_pid();

SELECT * FROM pg_stat_activity LIMIT 0;

SELECT state, query FROM pg_stat_get_activity(pg_backend_pid());

SELECT count(*) FROM pg_stat_activity WHERE pid = pg_backend_pid() AND query_start <= clock_timestamp() AND backend_start <= query_start AND state_change >= query_start;

SELECT count(*) FROM pg_stat_get_activity(-1) WHERE pid = pg_backend_pid();

SELECT * FROM pg_stat_ssl LIMIT 0;

SELECT * FROM pg_stat_gssapi LIMIT 0;
-- How a session's views are written.
CREATE TEMP TABLE shown_a (x int, y text, z numeric(8, 2), d timestamptz, "Q" int);
CREATE TEMP TABLE shown_b (x int, t text);
BEGIN; CREATE TEMP VIEW shown AS SELECT * FROM shown_a; SELECT pg_get_viewdef('shown'::regclass), pg_get_viewdef('shown'::regclass, true);
ROLLBACK;
BEGIN; CREATE TEMP VIEW shown AS SELECT x, y AS why, z * 2 AS zz, 'k' AS k, 1 FROM shown_a WHERE x > 0 AND y = 'q' OR z IS NULL ORDER BY x DESC, y NULLS FIRST LIMIT 5 OFFSET 2; SELECT pg_get_viewdef('shown'::regclass), pg_get_viewdef('shown'::regclass, true);
ROLLBACK;
BEGIN; CREATE TEMP VIEW shown AS SELECT a.x, b.t, count(*), sum(a.z) FILTER (WHERE a.x > 1) s FROM shown_a a JOIN shown_b b ON a.x = b.x AND b.t <> '' LEFT JOIN shown_b c ON c.x = a.x WHERE a.x IN (1, 2, 3) GROUP BY a.x, b.t HAVING count(*) > 1 AND max(a.z) < 10 ORDER BY 3 DESC, a.x; SELECT pg_get_viewdef('shown'::regclass), pg_get_viewdef('shown'::regclass, true);
ROLLBACK;
BEGIN; CREATE TEMP VIEW shown AS SELECT DISTINCT upper(y) u, x + 1 AS p, CASE WHEN x > 1 THEN 'a' ELSE y END AS c, d::date, date_trunc('day', d) AS dd FROM shown_a AS q WHERE y LIKE 'a%' AND d > '2024-01-01 00:00+00' GROUP BY x, y, d, x + 1, upper(y) ORDER BY upper(y); SELECT pg_get_viewdef('shown'::regclass), pg_get_viewdef('shown'::regclass, true);
ROLLBACK;
BEGIN; CREATE TEMP VIEW shown AS SELECT q."Q", r.* FROM shown_a q, shown_b r WHERE q.x = r.x; SELECT pg_get_viewdef('shown'::regclass), definition FROM pg_views WHERE viewname = 'shown';
ROLLBACK;
BEGIN; CREATE TEMP VIEW shown (n, m) AS SELECT x, coalesce(y, 'none') FROM shown_a; SELECT pg_get_viewdef('shown'::regclass, true);
ROLLBACK;
BEGIN; CREATE TEMP VIEW shown AS SELECT CASE WHEN x > 1 THEN 'a' END, count(DISTINCT x), string_agg(y, ',' ORDER BY x DESC, y || 'x'), array_agg(x), max(z)::int, extract(year FROM max(d)), now() AS n FROM shown_a GROUP BY x HAVING CASE WHEN x > 1 THEN true END; SELECT pg_get_viewdef('shown'::regclass), pg_get_viewdef('shown'::regclass, true);
ROLLBACK;
BEGIN; CREATE TEMP VIEW shown AS SELECT 1 AS one, NULL AS n, true AS t, 1.5 AS f, ARRAY[1, 2] AS ar, '{"a":1}'::jsonb AS j, interval '1 day' AS i, date '2024-01-01' AS d, -1 AS neg; SELECT pg_get_viewdef('shown'::regclass), pg_get_viewdef('shown'::regclass, true);
ROLLBACK;
BEGIN; CREATE TEMP VIEW shown AS SELECT entity, owner AS "Owner" FROM account WHERE balance > 100 ORDER BY owner, 1; SELECT pg_get_viewdef('shown'::regclass), pg_get_viewdef('shown'::regclass, true);
ROLLBACK;
DROP TABLE shown_a, shown_b;
CREATE TEMP TABLE spans (a interval day to second, b interval(3), c interval year to month, d interval day to second(2), e interval, f timestamp(2));
SELECT column_name, interval_type, interval_precision, datetime_precision FROM information_schema.columns WHERE table_name = 'spans' ORDER BY ordinal_position;
-- What monitors ask of the server as a whole: what it knows, and what does not happen.
SELECT datname, numbackends > 0, conflicts, deadlocks, checksum_last_failure, blk_read_time, blk_write_time FROM pg_stat_database WHERE datname = current_database();
SELECT datid, datname, numbackends FROM pg_stat_database WHERE datid = 0;
SELECT datname, confl_tablespace, confl_lock, confl_snapshot, confl_bufferpin, confl_deadlock FROM pg_stat_database_conflicts WHERE datname = current_database();
SELECT archived_count, last_archived_wal, last_archived_time, failed_count, last_failed_wal, last_failed_time, stats_reset IS NULL FROM pg_stat_archiver;
SELECT checkpoints_req >= 0, maxwritten_clean, stats_reset > now() FROM pg_stat_bgwriter;
SELECT CASE WHEN NOT pg_is_in_recovery() THEN 0 ELSE GREATEST (0, EXTRACT(EPOCH FROM (now() - pg_last_xact_replay_timestamp()))) END AS lag;
SELECT pg_is_wal_replay_paused();
SELECT pg_get_wal_replay_pause_state();
SELECT pg_wal_replay_resume();
SELECT txid_current_if_assigned(), pg_current_xact_id_if_assigned(), pg_stat_clear_snapshot();
SELECT count(*) FROM pg_stat_get_wal_senders();
SELECT count(*) FROM pg_stat_get_progress_info('VACUUM');
SELECT count(*) FROM pg_get_replication_slots();
