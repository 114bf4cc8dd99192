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
