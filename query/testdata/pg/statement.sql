-- Columns of sets, and volatile ones, are computed once DISTINCT ON has chosen its rows.
SELECT DISTINCT ON (a) a, b, generate_series(1, 3) g FROM (VALUES (3, 2), (3, 1), (1, 1), (1, 4), (5, 3), (5, 1)) AS t(a, b) ORDER BY a, b DESC;
SELECT DISTINCT ON (a) a, b, generate_series(1, 3) g FROM (VALUES (3, 2), (3, 1), (1, 1), (1, 4), (5, 3), (5, 1)) AS t(a, b) ORDER BY a, b DESC LIMIT 4;
SELECT DISTINCT ON (a) a, b, generate_series(1, 3) g FROM (VALUES (3, 2), (3, 1), (1, 1), (1, 4), (5, 3), (5, 1)) AS t(a, b) ORDER BY a, b DESC, g DESC;
SELECT DISTINCT ON (g) generate_series(1, a) g, a FROM (VALUES (3), (2)) AS t(a) ORDER BY g, a;
SELECT DISTINCT a, generate_series(1, 2) g FROM (VALUES (1), (1)) AS t(a) ORDER BY a, g;
CREATE TEMP SEQUENCE drawn;
SELECT DISTINCT ON (a) a, b, nextval('drawn') FROM (VALUES (2, 1), (2, 2), (1, 1), (1, 2)) AS t(a, b) ORDER BY a, b DESC;
SELECT nextval('drawn');
DROP SEQUENCE drawn;
-- COPY of what is no table.
CREATE TEMP TABLE based (a int PRIMARY KEY, b text);
CREATE TEMP VIEW seen AS SELECT * FROM based;
CREATE TEMP SEQUENCE numbers;
-- stdout
COPY seen TO STDOUT;
-- stdout
COPY seen (nope) TO STDOUT;
-- stdout
COPY pg_tables TO STDOUT;
-- stdout
COPY information_schema.tables TO STDOUT;
-- stdout
COPY numbers TO STDOUT;
-- stdin: 1\tx\n
COPY seen FROM STDIN;
-- stdin: 1\tx\n
COPY pg_tables FROM STDIN;
-- stdin: 1\tx\n
COPY numbers FROM STDIN;
-- SELECT INTO is a statement of its own.
SELECT * FROM (SELECT 1 INTO f) bar;
SELECT (SELECT 1 INTO f);
WITH x AS (SELECT 1 INTO f) SELECT * FROM x;
INSERT INTO based SELECT 1 INTO f;
DECLARE cur CURSOR FOR SELECT 1 INTO f;
SELECT 1 UNION SELECT 2 INTO TEMP f;
SELECT 1 UNION (SELECT 2 INTO TEMP f UNION SELECT 3);
SELECT * FROM (SELECT 1 INTO f UNION SELECT 2) bar;
CREATE TEMP VIEW v AS SELECT 1 INTO f;
CREATE TEMP VIEW v AS SELECT 1 INTO f UNION SELECT 2;
-- stdout
COPY (SELECT 1 INTO f) TO STDOUT;
-- stdout
COPY (SELECT 1 INTO f UNION SELECT 2) TO STDOUT;
SELECT 1 AS a INTO TEMP united UNION SELECT 2 ORDER BY a;
SELECT * FROM united ORDER BY a;
-- A table that is there is told before its rows are computed.
CREATE TEMP TABLE based AS SELECT 1 / 0;
SELECT 1 / 0 INTO TEMP based;
CREATE TEMP TABLE based AS SELECT 1 / 0 WITH NO DATA;
CREATE TEMP TABLE IF NOT EXISTS based AS SELECT 1 / 0;
CREATE TEMP TABLE based AS SELECT nope;
PREPARE bad AS SELECT 1 / 0;
CREATE TEMP TABLE based AS EXECUTE bad;
DEALLOCATE bad;
DROP TABLE united;
DROP SEQUENCE numbers;
DROP TABLE based CASCADE;
-- A view whose GROUP BY is of a primary key needs it.
CREATE TEMP TABLE keyed (id int PRIMARY KEY, a int UNIQUE, b text);
CREATE TEMP TABLE other (id int PRIMARY KEY, c text);
CREATE TEMP VIEW grouped AS SELECT id, b FROM keyed GROUP BY id;
CREATE TEMP VIEW within AS SELECT (SELECT k.b FROM keyed k GROUP BY k.id LIMIT 1) AS x, o.c FROM other o GROUP BY o.id;
CREATE TEMP VIEW above AS SELECT b FROM grouped;
CREATE TEMP VIEW plain AS SELECT id, max(b) FROM keyed GROUP BY id;
ALTER TABLE keyed DROP CONSTRAINT keyed_a_key;
ALTER TABLE keyed DROP CONSTRAINT keyed_pkey;
ALTER TABLE other DROP CONSTRAINT other_pkey RESTRICT;
ALTER TABLE other DROP CONSTRAINT other_pkey CASCADE;
ALTER TABLE keyed DROP CONSTRAINT keyed_pkey;
ALTER TABLE keyed DROP CONSTRAINT keyed_pkey CASCADE;
SELECT * FROM plain;
SELECT * FROM above;
DROP TABLE keyed, other;
DROP TABLE keyed, other CASCADE;
PREPARE once AS SELECT generate_series(1, 2);
DEALLOCATE once;
CREATE TEMP TABLE keyed (id int PRIMARY KEY, b text);
PREPARE grouping AS SELECT id, b FROM keyed GROUP BY id;
EXECUTE grouping;
ALTER TABLE keyed DROP CONSTRAINT keyed_pkey;
EXECUTE grouping;
DEALLOCATE grouping;
DROP TABLE keyed;
