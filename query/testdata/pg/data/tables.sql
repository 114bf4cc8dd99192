-- The same relations as plain tables of PostgreSQL.
CREATE TABLE events (
    entity text NOT NULL, version bigint NOT NULL, kind text NOT NULL, data jsonb, metadata jsonb, event_id uuid, correlation_id uuid, causation_id uuid,
    occurred_at timestamptz, recorded_at timestamptz, recorded_by text, hlc bigint, sequence bigint PRIMARY KEY);
CREATE TABLE account (
    entity text PRIMARY KEY, owner text, city text, vip boolean, balance numeric, moves integer, opened date, last_at timestamptz, tags text[]);
CREATE TABLE orders (
    entity text PRIMARY KEY, account text, qty smallint, price numeric, placed timestamptz, lines jsonb, status text);
CREATE TABLE sample (
    entity text PRIMARY KEY, b boolean, i2 smallint, i4 integer, i8 bigint, f8 double precision, n numeric, t text, d date, ts timestamptz, u uuid,
    j jsonb, a text[]);
