-- information_schema.information_schema_catalog_name
SELECT current_database();

-- information_schema.schemata
SELECT current_database(), n.nspname, pg_catalog.pg_get_userbyid(n.nspowner), NULL, NULL, NULL, NULL FROM pg_catalog.pg_namespace n
WHERE pg_catalog.pg_has_role(n.nspowner, 'USAGE') OR pg_catalog.has_schema_privilege(n.oid, 'CREATE, USAGE');

-- information_schema.enabled_roles
SELECT a.rolname FROM pg_catalog.pg_authid a WHERE pg_catalog.pg_has_role(a.oid, 'USAGE');

-- information_schema.character_sets
SELECT NULL, NULL, pg_catalog.getdatabaseencoding(), 'UCS', pg_catalog.getdatabaseencoding(), NULL, NULL, NULL;

-- information_schema.tables
SELECT current_database(), n.nspname, c.relname,
       CASE WHEN c.relpersistence = 't' THEN 'LOCAL TEMPORARY' WHEN c.relkind = 'v' THEN 'VIEW' ELSE 'BASE TABLE' END,
       NULL, NULL, NULL, NULL, NULL, CASE WHEN pg_catalog.pg_relation_is_updatable(c.oid, false) & 8 = 8 THEN 'YES' ELSE 'NO' END, 'NO', NULL
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'f', 'p')
  AND (pg_catalog.pg_has_role(c.relowner, 'USAGE') OR pg_catalog.has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
       OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'));

-- information_schema.sequences
SELECT current_database(), n.nspname, c.relname, pg_catalog.format_type(q.seqtypid, NULL), CASE q.seqtypid WHEN 21 THEN 16 WHEN 23 THEN 32 ELSE 64 END, 2, 0,
       q.seqstart, q.seqmin, q.seqmax, q.seqincrement, CASE WHEN q.seqcycle THEN 'YES' ELSE 'NO' END
FROM pg_catalog.pg_sequence q
     JOIN pg_catalog.pg_class c ON c.oid = q.seqrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend p WHERE p.classid = 1259 AND p.objid = c.oid AND p.deptype = 'i')
  AND (pg_catalog.pg_has_role(c.relowner, 'USAGE') OR pg_catalog.has_sequence_privilege(c.oid, 'SELECT, UPDATE, USAGE'));

-- information_schema.columns
SELECT current_database(), n.nspname, c.relname, a.attname, a.attnum, CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END,
       CASE WHEN a.attnotnull OR t.typtype = 'd' AND t.typnotnull THEN 'NO' ELSE 'YES' END,
       CASE WHEN b.typelem <> 0 AND b.typlen = -1 THEN 'ARRAY' WHEN b.typnamespace = 11 THEN pg_catalog.format_type(b.oid, NULL) ELSE 'USER-DEFINED' END,
       CASE WHEN m.mod = -1 THEN NULL WHEN b.oid IN (1042, 1043) THEN m.mod - 4 WHEN b.oid IN (1560, 1562) THEN m.mod END,
       CASE WHEN b.oid IN (1042, 1043) AND m.mod <> -1 THEN (m.mod - 4) * 4 WHEN b.oid IN (25, 1042, 1043) THEN 1073741824 END,
       CASE b.oid WHEN 21 THEN 16 WHEN 23 THEN 32 WHEN 20 THEN 64 WHEN 700 THEN 24 WHEN 701 THEN 53
                  WHEN 1700 THEN CASE WHEN m.mod <> -1 THEN (m.mod - 4) >> 16 & 65535 END END,
       CASE WHEN b.oid IN (21, 23, 20, 700, 701) THEN 2 WHEN b.oid = 1700 THEN 10 END,
       CASE WHEN b.oid IN (21, 23, 20) THEN 0 WHEN b.oid = 1700 AND m.mod <> -1 THEN m.mod - 4 & 2047 END,
       CASE WHEN b.oid = 1082 THEN 0 WHEN b.oid IN (1083, 1114, 1184, 1266) THEN CASE WHEN m.mod < 0 THEN 6 ELSE m.mod END
            WHEN b.oid = 1186 THEN CASE WHEN m.mod < 0 OR m.mod & 65535 = 65535 THEN 6 ELSE m.mod & 65535 END END,
       information_schema._pg_interval_type(b.oid, m.mod), NULL, NULL, NULL, NULL,
       CASE WHEN co.oid IS NOT NULL THEN current_database() END, CASE WHEN co.oid IS NOT NULL THEN 'pg_catalog' END, co.collname,
       CASE WHEN t.typtype = 'd' THEN current_database() END, CASE WHEN t.typtype = 'd' THEN tn.nspname END, CASE WHEN t.typtype = 'd' THEN t.typname END,
       current_database(), bn.nspname, b.typname, NULL, NULL, NULL, NULL, a.attnum, 'NO', CASE WHEN a.attidentity <> '' THEN 'YES' ELSE 'NO' END,
       CASE a.attidentity WHEN 'a' THEN 'ALWAYS' WHEN 'd' THEN 'BY DEFAULT' END, q.seqstart, q.seqincrement, q.seqmax, q.seqmin, CASE WHEN q.seqcycle THEN 'YES' ELSE 'NO' END,
       CASE WHEN a.attgenerated <> '' THEN 'ALWAYS' ELSE 'NEVER' END, CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END,
       CASE WHEN pg_catalog.pg_relation_is_updatable(c.oid, false) & 4 = 4 THEN 'YES' ELSE 'NO' END
FROM pg_catalog.pg_attribute a
     JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
     JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
     CROSS JOIN LATERAL (SELECT CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END AS mod, CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END AS base) m
     JOIN pg_catalog.pg_type b ON b.oid = m.base
     JOIN pg_catalog.pg_namespace bn ON bn.oid = b.typnamespace
     LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation AND co.collname <> 'default'
     LEFT JOIN (pg_catalog.pg_depend p JOIN pg_catalog.pg_sequence q ON q.seqrelid = p.objid AND p.classid = 1259 AND p.refclassid = 1259 AND p.deptype = 'i')
          ON p.refobjid = c.oid AND p.refobjsubid = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'v', 'f', 'p')
  AND (pg_catalog.pg_has_role(c.relowner, 'USAGE') OR pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT, INSERT, UPDATE, REFERENCES'));

-- information_schema.table_constraints
SELECT current_database(), k.nspname, k.conname, current_database(), k.nspname, k.relname, k.kind, 'NO', 'NO', 'YES', CASE WHEN k.kind = 'UNIQUE' THEN 'YES' END
FROM (SELECT c.oid, c.relowner, n.nspname, k.conname, c.relname, c.relkind,
             CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' WHEN 'c' THEN 'CHECK' WHEN 'f' THEN 'FOREIGN KEY' END AS kind
      FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      UNION ALL
      SELECT c.oid, c.relowner, n.nspname, n.oid::text || '_' || c.oid::text || '_' || a.attnum::text || '_not_null', c.relname, c.relkind, 'CHECK'
      FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE a.attnotnull AND a.attnum > 0) k
WHERE k.relkind IN ('r', 'p')
  AND (pg_catalog.pg_has_role(k.relowner, 'USAGE') OR pg_catalog.has_table_privilege(k.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
       OR pg_catalog.has_any_column_privilege(k.oid, 'INSERT, UPDATE, REFERENCES'));

-- information_schema.check_constraints
SELECT current_database(), n.nspname, k.conname, substring(pg_catalog.pg_get_constraintdef(k.oid), 7)
FROM pg_catalog.pg_constraint k
     LEFT JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace
     LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
     LEFT JOIN pg_catalog.pg_type t ON t.oid = k.contypid
WHERE k.contype = 'c' AND pg_catalog.pg_has_role(coalesce(c.relowner, t.typowner), 'USAGE')
UNION ALL
SELECT current_database(), n.nspname, n.oid::text || '_' || c.oid::text || '_' || a.attnum::text || '_not_null', a.attname || ' IS NOT NULL'
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE a.attnotnull AND a.attnum > 0 AND c.relkind IN ('r', 'p') AND pg_catalog.pg_has_role(c.relowner, 'USAGE');

-- information_schema.key_column_usage
SELECT current_database(), n.nspname, k.conname, current_database(), n.nspname, c.relname, a.attname, x.position, NULL
FROM pg_catalog.pg_constraint k
     JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS x(attnum, position)
     JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = x.attnum
WHERE k.contype IN ('p', 'u', 'f') AND c.relkind IN ('r', 'p')
  AND (pg_catalog.pg_has_role(c.relowner, 'USAGE') OR pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT, INSERT, UPDATE, REFERENCES'));

-- information_schema.constraint_column_usage
SELECT current_database(), n.nspname, c.relname, a.attname, current_database(), n.nspname, k.conname
FROM pg_catalog.pg_constraint k
     JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     CROSS JOIN LATERAL unnest(k.conkey) AS x(attnum)
     JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = x.attnum
WHERE k.contype IN ('p', 'u', 'c') AND c.relkind IN ('r', 'p') AND pg_catalog.pg_has_role(c.relowner, 'USAGE');

-- information_schema.views
SELECT current_database(), n.nspname, c.relname, CASE WHEN pg_catalog.pg_has_role(c.relowner, 'USAGE') THEN pg_catalog.pg_get_viewdef(c.oid) END, 'NONE', 'NO', 'NO', 'NO', 'NO', 'NO'
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'v'
  AND (pg_catalog.pg_has_role(c.relowner, 'USAGE') OR pg_catalog.has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
       OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'));
