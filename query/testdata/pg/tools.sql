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
SELECT age('0'::xid), age('1'::xid), age('2'::xid), mxid_age('0'::xid), mxid_age('1'::xid), age(NULL::xid), age(datfrozenxid) BETWEEN 0 AND 10000 FROM pg_database WHERE datname = current_database();
SELECT relname, age(relfrozenxid) < 10000, mxid_age(relminmxid) FROM pg_class WHERE relname IN ('account', 'account_pkey', 'pg_class', 'pg_class_oid_index', 'pg_tables') ORDER BY 1;
SELECT count(*) AS temp_files, coalesce(sum(size), 0) AS temp_bytes FROM pg_tablespace ts, LATERAL pg_catalog.pg_ls_tmpdir(ts.oid) tmp WHERE spcname <> 'pg_global';
SELECT count(*) FROM pg_ls_tmpdir();
SELECT * FROM pg_ls_tmpdir(5);
SELECT pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn();
SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE '0/0' END;
SELECT prefetch, hit, skip_init, skip_new, skip_fpw, skip_rep, wal_distance, block_distance, io_depth FROM pg_stat_recovery_prefetch;
SELECT count(*), count(stats_reset) FROM pg_stat_wal;
SELECT count(*) FROM pg_ident_file_mappings;
SELECT * FROM ts_token_type('nosuch.default');
