-- The same relations as plain tables of PostgreSQL.
CREATE TABLE events (
    entity text NOT NULL, version bigint NOT NULL, kind text NOT NULL, data jsonb, metadata jsonb, event_id uuid, correlation_id uuid, causation_id uuid,
    occurred_at timestamptz, recorded_at timestamptz, recorded_by text, hlc bigint, sequence bigint PRIMARY KEY);
CREATE TABLE account (
    entity text PRIMARY KEY, owner text, city text, vip boolean, balance numeric, moves integer, opened date, last_at timestamptz, tags text[]);
CREATE TABLE orders (
    entity text PRIMARY KEY, account text, qty smallint, price numeric, placed timestamptz, lines jsonb, status text);
CREATE TABLE sample (
    entity text PRIMARY KEY, b boolean DEFAULT 1 < 2, i2 smallint DEFAULT 5, i4 integer DEFAULT 2 * (1 + 2), i8 bigint DEFAULT NULL, f8 double precision DEFAULT 1.5,
    n numeric DEFAULT -1, t text DEFAULT 'x', d date DEFAULT '2024-1-5', ts timestamptz, u uuid DEFAULT '11111111-2222-3333-4444-555555555555',
    j jsonb DEFAULT '{}', a text[] DEFAULT ARRAY['a', upper('b')]);
