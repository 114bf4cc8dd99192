-- Parameters in the binary format that are too short, too long, or no value.
-- binary: 
SELECT $1::bool;
-- binary: 00
SELECT $1::bool;
-- binary: 0001
SELECT $1::bool;
-- binary: 0000000000000000000000000000000000
SELECT $1::bool;
-- binary: 01000000000000000000
SELECT $1::bool;
-- binary: 
SELECT $1::"char";
-- binary: 00
SELECT $1::"char";
-- binary: 0001
SELECT $1::"char";
-- binary: 0000000000000000000000000000000000
SELECT $1::"char";
-- binary: 01000000000000000000
SELECT $1::"char";
-- binary: 
SELECT $1::int2;
-- binary: 00
SELECT $1::int2;
-- binary: 0001
SELECT $1::int2;
-- binary: 0000000000000000000000000000000000
SELECT $1::int2;
-- binary: 01000000000000000000
SELECT $1::int2;
-- binary: 
SELECT $1::int4;
-- binary: 00
SELECT $1::int4;
-- binary: 0001
SELECT $1::int4;
-- binary: 0000000000000000000000000000000000
SELECT $1::int4;
-- binary: 01000000000000000000
SELECT $1::int4;
-- binary: 
SELECT $1::int8;
-- binary: 00
SELECT $1::int8;
-- binary: 0001
SELECT $1::int8;
-- binary: 0000000000000000000000000000000000
SELECT $1::int8;
-- binary: 01000000000000000000
SELECT $1::int8;
-- binary: 
SELECT $1::float4;
-- binary: 00
SELECT $1::float4;
-- binary: 0001
SELECT $1::float4;
-- binary: 0000000000000000000000000000000000
SELECT $1::float4;
-- binary: 01000000000000000000
SELECT $1::float4;
-- binary: 
SELECT $1::float8;
-- binary: 00
SELECT $1::float8;
-- binary: 0001
SELECT $1::float8;
-- binary: 0000000000000000000000000000000000
SELECT $1::float8;
-- binary: 01000000000000000000
SELECT $1::float8;
-- binary: 
SELECT $1::oid;
-- binary: 00
SELECT $1::oid;
-- binary: 0001
SELECT $1::oid;
-- binary: 0000000000000000000000000000000000
SELECT $1::oid;
-- binary: 01000000000000000000
SELECT $1::oid;
-- binary: 
SELECT $1::xid;
-- binary: 00
SELECT $1::xid;
-- binary: 0001
SELECT $1::xid;
-- binary: 0000000000000000000000000000000000
SELECT $1::xid;
-- binary: 01000000000000000000
SELECT $1::xid;
-- binary: 
SELECT $1::xid8;
-- binary: 00
SELECT $1::xid8;
-- binary: 0001
SELECT $1::xid8;
-- binary: 0000000000000000000000000000000000
SELECT $1::xid8;
-- binary: 01000000000000000000
SELECT $1::xid8;
-- binary: 
SELECT $1::tid;
-- binary: 00
SELECT $1::tid;
-- binary: 0001
SELECT $1::tid;
-- binary: 0000000000000000000000000000000000
SELECT $1::tid;
-- binary: 01000000000000000000
SELECT $1::tid;
-- binary: 
SELECT $1::numeric;
-- binary: 00
SELECT $1::numeric;
-- binary: 0001
SELECT $1::numeric;
-- binary: 0000000000000000000000000000000000
SELECT $1::numeric;
-- binary: 01000000000000000000
SELECT $1::numeric;
-- binary: 
SELECT $1::text;
-- binary: 00
SELECT $1::text;
-- binary: 0001
SELECT $1::text;
-- binary: 0000000000000000000000000000000000
SELECT $1::text;
-- binary: 01000000000000000000
SELECT $1::text;
-- binary: 
SELECT $1::varchar(3);
-- binary: 00
SELECT $1::varchar(3);
-- binary: 0001
SELECT $1::varchar(3);
-- binary: 0000000000000000000000000000000000
SELECT $1::varchar(3);
-- binary: 01000000000000000000
SELECT $1::varchar(3);
-- binary: 
SELECT $1::char(2);
-- binary: 00
SELECT $1::char(2);
-- binary: 0001
SELECT $1::char(2);
-- binary: 0000000000000000000000000000000000
SELECT $1::char(2);
-- binary: 01000000000000000000
SELECT $1::char(2);
-- binary: 
SELECT $1::name;
-- binary: 00
SELECT $1::name;
-- binary: 0001
SELECT $1::name;
-- binary: 0000000000000000000000000000000000
SELECT $1::name;
-- binary: 01000000000000000000
SELECT $1::name;
-- binary: 
SELECT $1::bytea;
-- binary: 00
SELECT $1::bytea;
-- binary: 0001
SELECT $1::bytea;
-- binary: 0000000000000000000000000000000000
SELECT $1::bytea;
-- binary: 01000000000000000000
SELECT $1::bytea;
-- binary: 
SELECT $1::uuid;
-- binary: 00
SELECT $1::uuid;
-- binary: 0001
SELECT $1::uuid;
-- binary: 0000000000000000000000000000000000
SELECT $1::uuid;
-- binary: 01000000000000000000
SELECT $1::uuid;
-- binary: 
SELECT $1::date;
-- binary: 00
SELECT $1::date;
-- binary: 0001
SELECT $1::date;
-- binary: 0000000000000000000000000000000000
SELECT $1::date;
-- binary: 01000000000000000000
SELECT $1::date;
-- binary: 
SELECT $1::time;
-- binary: 00
SELECT $1::time;
-- binary: 0001
SELECT $1::time;
-- binary: 0000000000000000000000000000000000
SELECT $1::time;
-- binary: 01000000000000000000
SELECT $1::time;
-- binary: 
SELECT $1::timetz;
-- binary: 00
SELECT $1::timetz;
-- binary: 0001
SELECT $1::timetz;
-- binary: 0000000000000000000000000000000000
SELECT $1::timetz;
-- binary: 01000000000000000000
SELECT $1::timetz;
-- binary: 
SELECT $1::timestamp;
-- binary: 00
SELECT $1::timestamp;
-- binary: 0001
SELECT $1::timestamp;
-- binary: 0000000000000000000000000000000000
SELECT $1::timestamp;
-- binary: 01000000000000000000
SELECT $1::timestamp;
-- binary: 
SELECT $1::timestamptz;
-- binary: 00
SELECT $1::timestamptz;
-- binary: 0001
SELECT $1::timestamptz;
-- binary: 0000000000000000000000000000000000
SELECT $1::timestamptz;
-- binary: 01000000000000000000
SELECT $1::timestamptz;
-- binary: 
SELECT $1::interval;
-- binary: 00
SELECT $1::interval;
-- binary: 0001
SELECT $1::interval;
-- binary: 0000000000000000000000000000000000
SELECT $1::interval;
-- binary: 01000000000000000000
SELECT $1::interval;
-- binary: 
SELECT $1::json;
-- binary: 00
SELECT $1::json;
-- binary: 0001
SELECT $1::json;
-- binary: 0000000000000000000000000000000000
SELECT $1::json;
-- binary: 01000000000000000000
SELECT $1::json;
-- binary: 
SELECT $1::jsonb;
-- binary: 00
SELECT $1::jsonb;
-- binary: 0001
SELECT $1::jsonb;
-- binary: 0000000000000000000000000000000000
SELECT $1::jsonb;
-- binary: 01000000000000000000
SELECT $1::jsonb;
-- binary: 
SELECT $1::jsonpath;
-- binary: 00
SELECT $1::jsonpath;
-- binary: 0001
SELECT $1::jsonpath;
-- binary: 0000000000000000000000000000000000
SELECT $1::jsonpath;
-- binary: 01000000000000000000
SELECT $1::jsonpath;
-- binary: 
SELECT $1::inet;
-- binary: 00
SELECT $1::inet;
-- binary: 0001
SELECT $1::inet;
-- binary: 0000000000000000000000000000000000
SELECT $1::inet;
-- binary: 01000000000000000000
SELECT $1::inet;
-- binary: 
SELECT $1::cidr;
-- binary: 00
SELECT $1::cidr;
-- binary: 0001
SELECT $1::cidr;
-- binary: 0000000000000000000000000000000000
SELECT $1::cidr;
-- binary: 01000000000000000000
SELECT $1::cidr;
-- binary: 
SELECT $1::macaddr;
-- binary: 00
SELECT $1::macaddr;
-- binary: 0001
SELECT $1::macaddr;
-- binary: 0000000000000000000000000000000000
SELECT $1::macaddr;
-- binary: 01000000000000000000
SELECT $1::macaddr;
-- binary: 
SELECT $1::macaddr8;
-- binary: 00
SELECT $1::macaddr8;
-- binary: 0001
SELECT $1::macaddr8;
-- binary: 0000000000000000000000000000000000
SELECT $1::macaddr8;
-- binary: 01000000000000000000
SELECT $1::macaddr8;
-- binary: 
SELECT $1::bit(3);
-- binary: 00
SELECT $1::bit(3);
-- binary: 0001
SELECT $1::bit(3);
-- binary: 0000000000000000000000000000000000
SELECT $1::bit(3);
-- binary: 01000000000000000000
SELECT $1::bit(3);
-- binary: 
SELECT $1::varbit(3);
-- binary: 00
SELECT $1::varbit(3);
-- binary: 0001
SELECT $1::varbit(3);
-- binary: 0000000000000000000000000000000000
SELECT $1::varbit(3);
-- binary: 01000000000000000000
SELECT $1::varbit(3);
-- binary: 
SELECT $1::pg_lsn;
-- binary: 00
SELECT $1::pg_lsn;
-- binary: 0001
SELECT $1::pg_lsn;
-- binary: 0000000000000000000000000000000000
SELECT $1::pg_lsn;
-- binary: 01000000000000000000
SELECT $1::pg_lsn;
-- binary: 
SELECT $1::int4[];
-- binary: 00
SELECT $1::int4[];
-- binary: 0001
SELECT $1::int4[];
-- binary: 0000000000000000000000000000000000
SELECT $1::int4[];
-- binary: 01000000000000000000
SELECT $1::int4[];
-- binary: 
SELECT $1::int4range;
-- binary: 00
SELECT $1::int4range;
-- binary: 0001
SELECT $1::int4range;
-- binary: 0000000000000000000000000000000000
SELECT $1::int4range;
-- binary: 01000000000000000000
SELECT $1::int4range;
-- binary: 
SELECT $1::int4multirange;
-- binary: 00
SELECT $1::int4multirange;
-- binary: 0001
SELECT $1::int4multirange;
-- binary: 0000000000000000000000000000000000
SELECT $1::int4multirange;
-- binary: 01000000000000000000
SELECT $1::int4multirange;
-- binary: 
SELECT $1::regclass;
-- binary: 00
SELECT $1::regclass;
-- binary: 0001
SELECT $1::regclass;
-- binary: 0000000000000000000000000000000000
SELECT $1::regclass;
-- binary: 01000000000000000000
SELECT $1::regclass;
-- binary: 
SELECT $1::int2vector;
-- binary: 00
SELECT $1::int2vector;
-- binary: 0001
SELECT $1::int2vector;
-- binary: 0000000000000000000000000000000000
SELECT $1::int2vector;
-- binary: 01000000000000000000
SELECT $1::int2vector;
-- binary: 
SELECT $1::oidvector;
-- binary: 00
SELECT $1::oidvector;
-- binary: 0001
SELECT $1::oidvector;
-- binary: 0000000000000000000000000000000000
SELECT $1::oidvector;
-- binary: 01000000000000000000
SELECT $1::oidvector;
-- binary: 
SELECT $1::record;
-- binary: 00
SELECT $1::record;
-- binary: 0001
SELECT $1::record;
-- binary: 0000000000000000000000000000000000
SELECT $1::record;
-- binary: 01000000000000000000
SELECT $1::record;
CREATE TYPE pg_temp.pair AS (a bool);
CREATE DOMAIN pg_temp.small AS int2 CHECK (VALUE < 5);
-- binary: 00000001
SELECT $1::bool[];
-- binary: 0000000100000000
SELECT $1::bool[];
-- binary: 00000001000000000000001000000001000000010000000000
SELECT $1::bool[];
-- binary: 00000001000000000000001000000001000000010000000101
SELECT $1::bool[];
-- binary: 0000000100000000000000100000000100000001000000020101
SELECT $1::bool[];
-- binary: 00000001000000100000000101
SELECT $1::bool[];
-- binary: 0000000100000010ffffffff
SELECT $1::bool[];
-- binary: 000000010000001700000000
SELECT $1::bool[];
-- binary: 0000000700000000
SELECT $1::bool[];
-- binary: 0007
SELECT $1::bool[];
-- binary: 00000001
SELECT $1::pg_temp.pair;
-- binary: 0000000100000000
SELECT $1::pg_temp.pair;
-- binary: 00000001000000000000001000000001000000010000000000
SELECT $1::pg_temp.pair;
-- binary: 00000001000000000000001000000001000000010000000101
SELECT $1::pg_temp.pair;
-- binary: 0000000100000000000000100000000100000001000000020101
SELECT $1::pg_temp.pair;
-- binary: 00000001000000100000000101
SELECT $1::pg_temp.pair;
-- binary: 0000000100000010ffffffff
SELECT $1::pg_temp.pair;
-- binary: 000000010000001700000000
SELECT $1::pg_temp.pair;
-- binary: 0000000700000000
SELECT $1::pg_temp.pair;
-- binary: 0007
SELECT $1::pg_temp.pair;
-- binary: 00000001
SELECT $1::pg_temp.pair[];
-- binary: 0000000100000000
SELECT $1::pg_temp.pair[];
-- binary: 00000001000000000000001000000001000000010000000000
SELECT $1::pg_temp.pair[];
-- binary: 00000001000000000000001000000001000000010000000101
SELECT $1::pg_temp.pair[];
-- binary: 0000000100000000000000100000000100000001000000020101
SELECT $1::pg_temp.pair[];
-- binary: 00000001000000100000000101
SELECT $1::pg_temp.pair[];
-- binary: 0000000100000010ffffffff
SELECT $1::pg_temp.pair[];
-- binary: 000000010000001700000000
SELECT $1::pg_temp.pair[];
-- binary: 0000000700000000
SELECT $1::pg_temp.pair[];
-- binary: 0007
SELECT $1::pg_temp.pair[];
-- binary: 00000001
SELECT $1::account;
-- binary: 0000000100000000
SELECT $1::account;
-- binary: 00000001000000000000001000000001000000010000000000
SELECT $1::account;
-- binary: 00000001000000000000001000000001000000010000000101
SELECT $1::account;
-- binary: 0000000100000000000000100000000100000001000000020101
SELECT $1::account;
-- binary: 00000001000000100000000101
SELECT $1::account;
-- binary: 0000000100000010ffffffff
SELECT $1::account;
-- binary: 000000010000001700000000
SELECT $1::account;
-- binary: 0000000700000000
SELECT $1::account;
-- binary: 0007
SELECT $1::account;
-- binary: 00000001
SELECT $1::pg_temp.small;
-- binary: 0000000100000000
SELECT $1::pg_temp.small;
-- binary: 00000001000000000000001000000001000000010000000000
SELECT $1::pg_temp.small;
-- binary: 00000001000000000000001000000001000000010000000101
SELECT $1::pg_temp.small;
-- binary: 0000000100000000000000100000000100000001000000020101
SELECT $1::pg_temp.small;
-- binary: 00000001000000100000000101
SELECT $1::pg_temp.small;
-- binary: 0000000100000010ffffffff
SELECT $1::pg_temp.small;
-- binary: 000000010000001700000000
SELECT $1::pg_temp.small;
-- binary: 0000000700000000
SELECT $1::pg_temp.small;
-- binary: 0007
SELECT $1::pg_temp.small;
-- binary: 00000001
SELECT $1::pg_temp.small[];
-- binary: 0000000100000000
SELECT $1::pg_temp.small[];
-- binary: 00000001000000000000001000000001000000010000000000
SELECT $1::pg_temp.small[];
-- binary: 00000001000000000000001000000001000000010000000101
SELECT $1::pg_temp.small[];
-- binary: 0000000100000000000000100000000100000001000000020101
SELECT $1::pg_temp.small[];
-- binary: 00000001000000100000000101
SELECT $1::pg_temp.small[];
-- binary: 0000000100000010ffffffff
SELECT $1::pg_temp.small[];
-- binary: 000000010000001700000000
SELECT $1::pg_temp.small[];
-- binary: 0000000700000000
SELECT $1::pg_temp.small[];
-- binary: 0007
SELECT $1::pg_temp.small[];
-- binary: 00000001
SELECT $1::int4multirange;
-- binary: 0000000100000000
SELECT $1::int4multirange;
-- binary: 00000001000000000000001000000001000000010000000000
SELECT $1::int4multirange;
-- binary: 00000001000000000000001000000001000000010000000101
SELECT $1::int4multirange;
-- binary: 0000000100000000000000100000000100000001000000020101
SELECT $1::int4multirange;
-- binary: 00000001000000100000000101
SELECT $1::int4multirange;
-- binary: 0000000100000010ffffffff
SELECT $1::int4multirange;
-- binary: 000000010000001700000000
SELECT $1::int4multirange;
-- binary: 0000000700000000
SELECT $1::int4multirange;
-- binary: 0007
SELECT $1::int4multirange;
-- Parameters of domains.
CREATE DOMAIN pg_temp.few AS varchar(3);
CREATE DOMAIN pg_temp.smaller AS pg_temp.small CHECK (VALUE < 3);
CREATE TEMP TABLE t (s pg_temp.small, f pg_temp.few);
-- args: 3
SELECT $1::pg_temp.small;
-- binary: 0003
SELECT $1::pg_temp.small;
-- args: 7
SELECT $1::pg_temp.small;
-- args: x
SELECT $1::pg_temp.small;
-- args: 2
SELECT $1::pg_temp.smaller, $1 + 1;
-- args: abcd
SELECT $1::pg_temp.few;
-- binary: 61626364
SELECT $1::pg_temp.few;
-- args: 3
SELECT $1::pg_temp.small + 1, pg_typeof($1)::text;
-- args: {1,2}
SELECT ($1::pg_temp.small[])::text;
-- args: {1,9}
SELECT $1::pg_temp.small[];
-- args: NULL
SELECT $1::pg_temp.small;
-- args: 3 | abc
INSERT INTO t VALUES ($1, $2);
-- args: 9 | abc
INSERT INTO t VALUES ($1, $2);
-- args: 3
SELECT * FROM t WHERE s = $1;
-- args: 3
UPDATE t SET s = $1;
-- args: 3
SELECT CAST($1 AS pg_temp.small) IN (1, $1);
-- args: 3
SELECT coalesce($1::pg_temp.small, 1);
PREPARE d AS SELECT $1::pg_temp.small;
EXECUTE d(3);
EXECUTE d(7);
SELECT parameter_types::text FROM pg_prepared_statements WHERE name = 'd';
-- args: (t)
SELECT $1::pg_temp.pair, ($1::pg_temp.pair).a;
CREATE DOMAIN pg_temp.must AS int NOT NULL;
-- args: NULL
SELECT $1::pg_temp.must;
-- args: 1
SELECT $1::pg_temp.must;
-- args: (t)
SELECT $1::pg_temp.pair IS NULL;
CREATE DOMAIN pg_temp.list AS int[] CHECK (cardinality(VALUE) < 3);
-- args: {1,2,3}
SELECT $1::pg_temp.list;
-- args: {1,2}
SELECT $1::pg_temp.list, ($1)[2], cardinality($1);
CREATE DOMAIN pg_temp.id AS text;
-- args: acct:1
SELECT owner FROM account WHERE entity = $1::pg_temp.id;
