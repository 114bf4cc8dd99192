-- Expressions of tables as the catalogs show them.

CREATE TEMP TABLE shown (
  a int DEFAULT 0 CHECK (a > 0), b bigint DEFAULT 5 CHECK (b > 0), c numeric(10,2) DEFAULT 0 CHECK (c >= 0), d varchar(20) DEFAULT 'x' CHECK (d <> ''),
  e text CHECK (e IN ('a', 'b')), f varchar(5) CHECK (f IN ('a', 'b')), g date DEFAULT now(), h float8 DEFAULT 1.5 CHECK (h < 1.5), i bool DEFAULT true CHECK (i), j timestamptz DEFAULT now(),
  k char(3) CHECK (k = 'abc'), l int2 CHECK (l BETWEEN 1 AND 10), m uuid DEFAULT gen_random_uuid(), n int[] DEFAULT '{}' CHECK (n[1] > 0), o jsonb DEFAULT '{}', p interval DEFAULT '1 day',
  q int DEFAULT -1, r numeric DEFAULT 1.50, s text DEFAULT 'a' || 'b', t name CHECK (t = 'q'),
  CHECK (a < b), CHECK (a + 1 < b * 2 - 3), CHECK (a IS NOT NULL AND b IS NULL OR NOT c IS NULL), CHECK (NOT (a = 1 OR b = 2)),
  CHECK (length(e) > 3), CHECK (e LIKE 'x%'), CHECK (e ~ '^a'), CHECK (lower(d) = d), CHECK (a NOT IN (1, 2)), CHECK (a = ANY (n)),
  CHECK (coalesce(a, 1) > 0), CHECK (greatest(a, b) > 1), CHECK (nullif(a, 1) IS NULL), CHECK (a::text = e), CHECK (a::numeric(5,1) > 1.0),
  CHECK (CASE WHEN a > 1 THEN true ELSE false END), CHECK (CASE WHEN a > 1 THEN b > 2 END), CHECK (i IS TRUE), CHECK (i IS NOT FALSE), CHECK (i IS UNKNOWN),
  CHECK (a IS DISTINCT FROM 1), CHECK (a IS NOT DISTINCT FROM 1), CHECK ((a + 1) * 2 > 3), CHECK (a - (1 - a) > 2), CHECK (a - 1 - a > 2), CHECK (- a < 1), CHECK (abs(a) * 2 > b),
  CHECK (extract(year FROM g) > 2000), CHECK (g > '2020-01-01'), CHECK (d || 'x' > 'y'), CHECK ((a, b) IS NOT NULL), CHECK (c * 1.1 < 100), CHECK (round(c, 1) = c),
  CHECK (p > '2 days'), CHECK (o ? 'a'), CHECK (o ->> 'a' = 'b'), CHECK (a % 2 = 0 AND (b > 1 OR c > 1)), CHECK (a NOT BETWEEN 3 AND 4), CHECK (a > -5),
  CHECK (e IS NULL OR length(e) < 10 AND e <> 'q'), CHECK (d::text LIKE 'a%' AND (d)::varchar(3) = 'abc'), CHECK (array_length(n, 1) = 2), CHECK (n = ARRAY[1, 2]), CHECK (l + a > 2 ^ 3),
  u numeric GENERATED ALWAYS AS (c * 2) STORED, v int GENERATED ALWAYS AS (a + b) STORED, w text GENERATED ALWAYS AS (upper(d)) STORED, x text GENERATED ALWAYS AS (e || '-' || d) STORED,
  y bool GENERATED ALWAYS AS (a > 1 AND b > 2) STORED, z text GENERATED ALWAYS AS (CASE WHEN a > 0 THEN 'pos' ELSE 'neg' END) STORED
);

SELECT conname, pg_get_constraintdef(oid), pg_get_constraintdef(oid, true), pg_get_expr(conbin, conrelid), pg_get_expr(conbin, conrelid, true), conkey FROM pg_constraint WHERE conrelid = 'shown'::regclass ORDER BY 1;

SELECT adnum, pg_get_expr(adbin, adrelid), pg_get_expr(adbin, adrelid, true) FROM pg_attrdef WHERE adrelid = 'shown'::regclass ORDER BY 1;

SELECT column_name, column_default, generation_expression FROM information_schema.columns WHERE table_name = 'shown' ORDER BY ordinal_position;

SELECT constraint_name, check_clause FROM information_schema.check_constraints WHERE constraint_name LIKE 'shown\_%' ORDER BY 1;

DROP TABLE shown;

CREATE TEMP SEQUENCE counted;

CREATE TEMP TABLE shown (a int DEFAULT nextval('counted'), b serial, c oid DEFAULT 'pg_class'::regclass::oid, d date DEFAULT CURRENT_DATE, e name DEFAULT CURRENT_USER,
  f int CHECK (f::oid <> 'counted'::regclass), g text CHECK (g COLLATE "C" > 'a'), h int CHECK (CASE h WHEN 1 THEN true WHEN 2 THEN false END));

INSERT INTO shown (f) VALUES (1) RETURNING a, b, f;

SELECT adnum, pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'shown'::regclass AND adnum IN (1, 2, 4, 5) ORDER BY 1;

SELECT conname FROM pg_constraint WHERE conrelid = 'shown'::regclass ORDER BY 1;

DROP TABLE shown;
