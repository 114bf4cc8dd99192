-- What tools for dashboards, monitoring and administration ask.

-- The operand of CASE is computed once, though it is volatile.
SELECT CASE pg_is_in_recovery() WHEN 't' THEN 'standby' ELSE 'primary' END, CASE floor(random() * 3)::int WHEN 0 THEN 0 WHEN 1 THEN 0 WHEN 2 THEN 0 END;
SELECT sum(CASE floor(random() * 3)::int WHEN 0 THEN 1 WHEN 1 THEN 1 WHEN 2 THEN 1 END) FROM events;
SELECT CASE random() > 2 WHEN CASE random() > 2 WHEN true THEN true ELSE false END THEN 'as one' END, CASE lower(pg_is_in_recovery()::text) WHEN 'x' THEN 1 WHEN 'false' THEN 2 END;
SELECT kind, CASE setseed(0.5)::text WHEN kind THEN 1 WHEN '' THEN 2 END FROM events GROUP BY 1, 2 ORDER BY 1;
SELECT CASE random() WHEN 'x' THEN 1 END;
SELECT CASE generate_series(1, (random() * 0)::int + 2) WHEN 1 THEN 'a' END;
SELECT CASE pg_is_in_recovery()::text COLLATE "C" WHEN 'false' COLLATE "POSIX" THEN 1 END;
CREATE TEMP VIEW cased AS SELECT CASE pg_is_in_recovery() WHEN true THEN 1 ELSE 2 END AS c;
SELECT * FROM cased;
SELECT *, (CASE pg_is_in_recovery() WHEN 't' THEN NULL ELSE pg_current_wal_lsn() END) AS pg_current_wal_lsn,
       (CASE pg_is_in_recovery() WHEN 't' THEN NULL ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), pg_lsn('0/0'))::float END) AS pg_current_wal_lsn_bytes,
       (CASE pg_is_in_recovery() WHEN 't' THEN NULL ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::float END) AS pg_wal_lsn_diff
FROM pg_stat_replication;
SELECT slot_name, database, active, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) FROM pg_replication_slots;

-- psql's \dF+ and \dFp+.
SELECT * FROM ts_token_type('default') ORDER BY 1;
SELECT tokid, alias FROM ts_token_type(3722) ORDER BY 1 LIMIT 2;
SELECT count(*) FROM ts_token_type('pg_catalog.default');
SELECT * FROM ts_token_type('public.default');
SELECT * FROM ts_token_type('x');
SELECT * FROM ts_token_type(1::oid);
SELECT c.cfgname, (SELECT t.alias FROM pg_catalog.ts_token_type(c.cfgparser) AS t WHERE t.tokid = m.maptokentype) AS token,
       string_agg(m.mapdict::regdictionary::text, ',' ORDER BY m.mapseqno)
FROM pg_ts_config c JOIN pg_ts_config_map m ON m.mapcfg = c.oid WHERE c.cfgname IN ('simple', 'russian') GROUP BY 1, 2 ORDER BY 1, 2;

-- DataGrip's and JDBC's zones.
SELECT * FROM pg_timezone_abbrevs ORDER BY abbrev;

-- Monitors: transactions' ages, temporary files, the log.
SELECT age('0'::xid), age('1'::xid), age('2'::xid), mxid_age('0'::xid), mxid_age('1'::xid) BETWEEN 0 AND 100, age(NULL::xid), age(datfrozenxid) BETWEEN 0 AND 10000 FROM pg_database WHERE datname = current_database();
SELECT relname, age(relfrozenxid) < 10000, mxid_age(relminmxid) BETWEEN 0 AND 100 FROM pg_class WHERE relname IN ('account', 'account_pkey', 'pg_class', 'pg_class_oid_index', 'pg_tables') ORDER BY 1;
SELECT count(*) AS temp_files, coalesce(sum(size), 0) AS temp_bytes FROM pg_tablespace ts, LATERAL pg_catalog.pg_ls_tmpdir(ts.oid) tmp WHERE spcname <> 'pg_global';
SELECT count(*) FROM pg_ls_tmpdir();
SELECT * FROM pg_ls_tmpdir(5);
SELECT pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn();
SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE '0/0' END;
SELECT prefetch, hit, skip_init, skip_new, skip_fpw, skip_rep, wal_distance, block_distance, io_depth FROM pg_stat_recovery_prefetch;
SELECT count(*), count(stats_reset) FROM pg_stat_wal;
SELECT count(*) FROM pg_ident_file_mappings;
SELECT * FROM ts_token_type('nosuch.default');

-- pgAdmin: databases of users, and what depends on what.
SELECT datname, datallowconn, datistemplate, has_database_privilege(oid, 'CREATE') FROM pg_database WHERE oid > 16383 ORDER BY 1;
SELECT DISTINCT d.adrelid::regclass::text, d.adnum, d.adbin = d.adbin, d.adbin < d.adbin, pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d JOIN (SELECT DISTINCT adbin FROM pg_attrdef) o USING (adbin) WHERE d.adrelid = 'sample'::regclass ORDER BY 1, 2;
SELECT count(DISTINCT conbin), count(*) FILTER (WHERE conbin IS NULL) FROM pg_constraint WHERE conrelid = 'sample'::regclass;
SELECT min(adbin) = max(adbin), array_length(array_agg(adbin::text ORDER BY adbin), 1) > 2 FROM pg_attrdef WHERE adrelid = 'sample'::regclass;
SELECT classid::regclass, pg_describe_object(classid, objid, objsubid), objsubid, refclassid::regclass, pg_describe_object(refclassid, refobjid, refobjsubid), refobjsubid, deptype
FROM pg_depend WHERE (refclassid = 'pg_class'::regclass AND refobjid IN ('sample'::regclass, 'orders'::regclass) OR classid = 'pg_class'::regclass AND objid IN ('sample'::regclass, 'sample_pkey'::regclass)
                      OR refclassid = 'pg_type'::regclass AND refobjid = 'sample'::regtype) AND pg_describe_object(classid, objid, objsubid) NOT LIKE 'toast%' ORDER BY 1, 2, 4, 5;
SELECT cls.relname, con.conname, con.contype, con.conkey, idx.indisprimary FROM pg_index idx
JOIN pg_class cls ON cls.oid = indexrelid
LEFT JOIN pg_depend dep ON (dep.classid = cls.tableoid AND dep.objid = cls.oid AND dep.refobjsubid = '0' AND dep.refclassid = (SELECT oid FROM pg_class WHERE relname = 'pg_constraint') AND dep.deptype = 'i')
LEFT OUTER JOIN pg_constraint con ON (con.tableoid = dep.refclassid AND con.oid = dep.refobjid)
WHERE indrelid = 'orders'::regclass AND contype = 'p' ORDER BY cls.relname;
SELECT pg_describe_object(t.tableoid, t.oid, 0), type, schema, name, identity, (pg_identify_object_as_address(t.tableoid, t.oid, 0)).object_names FROM pg_type t, pg_identify_object(t.tableoid, t.oid, 0) WHERE typname IN ('account', '_account') ORDER BY typname;

-- postgres_exporter and pgwatch.
SELECT pg_database_size(current_database()) > 0, pg_database_size(d.oid) > 0, pg_database_size(99999), pg_tablespace_size('pg_default') > 0, pg_tablespace_size(1663) > 0, pg_tablespace_size(5::oid) FROM pg_database d WHERE datname = current_database();
SELECT pg_tablespace_size('nosuch');
SELECT pg_stat_file('nosuch', true), (pg_stat_file('nosuch', true)).modification, pg_stat_file(NULL, true), pg_current_logfile();
SELECT size, isdir FROM pg_stat_file('nosuch', true);
SELECT pg_stat_file('nosuch');
SELECT pg_stat_file('nosuch', false);
SELECT coalesce((pg_stat_file('nosuch.pid', true)).modification, pg_postmaster_start_time()) <= now();
SELECT a.attname, information_schema._pg_truetypid(a.*, t.*)::regtype, information_schema._pg_truetypmod(a.*, t), information_schema._pg_char_max_length(information_schema._pg_truetypid(a, t), information_schema._pg_truetypmod(a, t)) FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = 'sample'::regclass AND a.attnum > 0 ORDER BY a.attnum;
SELECT a.attname, information_schema._pg_truetypid(a.*, t.*)::regtype, information_schema._pg_truetypmod(a.*, t.*) FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = 'information_schema.tables'::regclass AND a.attnum > 0 ORDER BY a.attnum;
SELECT information_schema._pg_truetypid(a, t), information_schema._pg_truetypmod(a.*, t.*) FROM pg_attribute a LEFT JOIN pg_type t ON t.oid = a.atttypid AND t.typname = 'text' WHERE a.attrelid = 'account'::regclass AND a.attnum > 0 ORDER BY a.attnum;
