-- COPY of temporary tables, and the errors of its options.
CREATE TEMP TABLE numbered (id serial, a int DEFAULT 7, b text NOT NULL DEFAULT 'dd', c int GENERATED ALWAYS AS (a * 2) STORED, d int GENERATED ALWAYS AS IDENTITY, e date DEFAULT '2020-02-02', CHECK (a < 100));
CREATE TEMP TABLE keyed (k int PRIMARY KEY, u text UNIQUE, n int NOT NULL);
-- stdin: one\ntwo\n
COPY numbered (b) FROM STDIN;
-- stdin: 1\t5\tx\t3\t2021-01-01\n
COPY numbered FROM STDIN;
SELECT * FROM numbered ORDER BY id, b;
-- stdin: one\n\\N\n
COPY numbered (b) FROM STDIN;
-- stdin: 3\n100\n
COPY numbered (a) FROM STDIN;
-- stdin: 3\n
COPY numbered (c) FROM STDIN;
-- stdin: 3\n
COPY numbered (a, a) FROM STDIN;
-- stdin: 1\n2\n3\n\\N\n
COPY numbered (a) FROM STDIN WHERE a > 1;
-- stdin: 1\n
COPY numbered (a) FROM STDIN WHERE b > 1;
-- stdin: 1\n
COPY numbered (a) FROM STDIN WHERE a;
-- stdin: 1\n
COPY numbered (a) FROM STDIN WHERE c IS NULL;
-- stdin: 1\n
COPY numbered (a) FROM STDIN WHERE a > (SELECT 1);
-- stdin: 1\n
COPY numbered (a) FROM STDIN WHERE count(*) > 1;
-- stdin: 5\n0\n
COPY numbered (a) FROM STDIN WHERE 1 / a > 0;
SELECT a, b, c FROM numbered ORDER BY 1, 2;
-- stdout
COPY numbered (id, a, b) TO STDOUT;
-- stdout
COPY numbered TO STDOUT (FORMAT csv, HEADER, FORCE_QUOTE (b));
COPY numbered (c) TO STDOUT;
COPY numbered (a, a) TO STDOUT;
-- stdin: 1\ta\t1\n1\tb\t2\n
COPY keyed FROM STDIN;
-- stdin: k,u,n\n1,a,1\n"2","b\nc",2\n3,a,3\n
COPY keyed FROM STDIN (FORMAT csv, HEADER);
-- stdin: k,u,n\n1,a,1\n"2","b\nc",2\n3,x,\n
COPY keyed FROM STDIN (FORMAT csv, HEADER);
-- stdin: 1\tx\n
COPY keyed FROM STDIN;
-- stdin: x\n
COPY keyed FROM STDIN;
-- stdin: 1\ta\t1\t2\n
COPY keyed FROM STDIN;
-- stdin: 1,"a,1\n\\.\n
COPY keyed FROM STDIN CSV;
-- stdin: k,v,n\n
COPY keyed FROM STDIN (FORMAT csv, HEADER match);
-- stdin: k,u\n
COPY keyed FROM STDIN (FORMAT csv, HEADER match);
-- stdin: 1\n
COPY keyed FROM STDIN (HEADER 5);
-- stdin: 1\n
COPY keyed FROM STDIN (FORMAT csv, FORCE_QUOTE *);
-- stdin: 1\n
COPY keyed FROM STDIN (FORMAT csv, FORCE_NULL (nope));
-- stdin: 1\n
COPY keyed (k) FROM STDIN (FORMAT csv, FORCE_NOT_NULL (u));
-- stdin: 1\n
COPY keyed (k) FROM STDIN (FORMAT csv, FORCE_NULL (k, k));
-- stdin: 1\n
COPY keyed (k) FROM STDIN (HEADER, FORMAT binary);
COPY keyed TO STDOUT (QUOTE '"');
COPY keyed TO STDOUT (ESCAPE '"');
COPY keyed TO STDOUT (FORCE_QUOTE *);
COPY keyed TO STDOUT (FORCE_NOT_NULL (u));
COPY keyed TO STDOUT (FORCE_NULL (u));
COPY keyed TO STDOUT (FORMAT csv, FORCE_NOT_NULL (u));
COPY keyed TO STDOUT (FORMAT csv, FORCE_NULL (u));
COPY keyed TO STDOUT (FORMAT csv, FORCE_QUOTE (nope));
COPY keyed (k) TO STDOUT (FORMAT csv, FORCE_QUOTE (u));
COPY (SELECT 1 AS a) TO STDOUT (FORMAT csv, FORCE_QUOTE (b));
COPY keyed TO STDOUT (HEADER match);
COPY keyed TO STDOUT (HEADER 'x');
COPY keyed TO STDOUT (FREEZE 3);
COPY keyed TO STDOUT (DELIMITER ',', NULL 'a,b');
COPY keyed TO STDOUT (FORMAT csv, NULL 'a"');
COPY keyed TO STDOUT (FORMAT binary, DELIMITER ',');
COPY keyed TO STDOUT (FORMAT binary, NULL ',');
-- stdout
COPY keyed TO STDOUT (FREEZE);
-- stdout
COPY (INSERT INTO numbered (b) VALUES ('copied') RETURNING b, a) TO STDOUT;
-- stdout
COPY (UPDATE numbered SET b = 'changed' WHERE b = 'copied' RETURNING b, c) TO STDOUT (FORMAT csv, HEADER, FORCE_QUOTE (b));
COPY (DELETE FROM numbered WHERE b = 'changed') TO STDOUT;
-- The first row that is wrong tells its error.
INSERT INTO keyed VALUES (1, 'a', 1), (2, 'a', 2), (1, 'c', 3);
INSERT INTO keyed VALUES (1, 'a', 1), (1, 'b', 2), (3, 'c', NULL);
INSERT INTO keyed VALUES (1, 'a', NULL), (1, 'b', 2);
BEGIN; INSERT INTO keyed VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3); UPDATE keyed SET k = CASE k WHEN 1 THEN 2 ELSE k END, n = CASE k WHEN 3 THEN NULL ELSE n END;
ROLLBACK;
BEGIN; INSERT INTO keyed VALUES (1, 'a', 1), (2, 'b', 2); UPDATE keyed SET u = 'b', k = 9;
ROLLBACK;
-- What stands where it must not.
CREATE TEMP TABLE wrong (a int DEFAULT sum(1));
CREATE TEMP TABLE wrong (a int DEFAULT (SELECT 1));
CREATE TEMP TABLE wrong (a int DEFAULT rank() OVER ());
CREATE TEMP TABLE wrong (a int DEFAULT generate_series(1, 2));
CREATE TEMP TABLE wrong (a int CHECK (a > (SELECT 1)));
CREATE TEMP TABLE wrong (a int CHECK (sum(a) > 0));
CREATE TEMP TABLE wrong (a int, b int GENERATED ALWAYS AS ((SELECT 1)) STORED);
CREATE TEMP TABLE wrong (a int, b int GENERATED ALWAYS AS (max(a)) STORED);
