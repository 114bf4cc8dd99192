SELECT 1/0 FROM account WHERE false;
SELECT CASE WHEN balance > 0 THEN 1/0 ELSE 1 END FROM account WHERE balance < -1000000;
SELECT CASE WHEN false THEN 1/0 ELSE 1 END FROM account ORDER BY entity LIMIT 1;
SELECT CASE WHEN true THEN 1 WHEN balance > 0 THEN 1/0 END FROM account ORDER BY entity LIMIT 1;
SELECT CASE WHEN balance IS NULL THEN 2 WHEN NULL THEN 1/0 WHEN true THEN 3 ELSE 1/0 END FROM account ORDER BY entity LIMIT 1;
SELECT CASE 1 WHEN 2 THEN 1/0 WHEN 1 THEN 7 END;
SELECT COALESCE(1, 1/0), COALESCE(NULL, 2, 1/0);
SELECT COALESCE(balance, 1/0) FROM account WHERE false;
SELECT COALESCE(NULL::int, 1/0);
SELECT true OR 1/0 = 1, false AND 1/0 = 1, NULL OR true OR 1/0 = 1;
SELECT 1/0 = 1 OR true;
SELECT NULL AND 1/0 = 1;
SELECT balance > 0 AND false AND 1/0 = 1 FROM account ORDER BY entity LIMIT 2;
SELECT count(*) FROM account WHERE 1/(balance - balance) > 0 AND false;
SELECT count(*) FROM account WHERE true OR 1/(balance - balance) > 0;
SELECT NULL::int + 1/(CASE WHEN balance IS NULL THEN 0 ELSE 0 END) FROM account ORDER BY entity LIMIT 1;
SELECT NULL::numeric * (1 / (balance - balance)) FROM account ORDER BY entity LIMIT 1;
SELECT (NULL || entity)::int FROM account ORDER BY entity LIMIT 1;
SELECT NULLIF(balance, NULL), NULLIF(NULL::int, (1 / (balance - balance))::int) FROM account ORDER BY entity LIMIT 1;
SELECT NULLIF(1/0, 1) FROM account WHERE false;
SELECT GREATEST(1, 1/0) FROM account WHERE false;
SELECT ARRAY[1, 1/0] FROM account WHERE false;
SELECT (ARRAY[1, 2])[1/0] FROM account WHERE false;
SELECT 1 = ANY(ARRAY[1/0]) FROM account WHERE false;
SELECT 'x'::text::int FROM account WHERE false;
SELECT ('2024-13-01'::text)::date FROM account WHERE false;
SELECT sum(1/0) FROM account WHERE false;
SELECT count(*) FILTER (WHERE 1/0 = 1) FROM account WHERE false;
SELECT entity FROM account GROUP BY entity HAVING 1/0 > count(*) AND false;
SELECT row_number() OVER (ORDER BY 1/0) FROM account WHERE false;
SELECT entity FROM account WHERE false ORDER BY 1/0 + balance;
SELECT 1 FROM account LIMIT 1/0;
SELECT (SELECT 1/0) FROM account WHERE false;
SELECT CASE WHEN false THEN (SELECT 1/0) END;
WITH unused AS (SELECT 1/0) SELECT 1;
-- differs: PostgreSQL merges what is read once into the query, and drops the column
WITH used AS (SELECT 1/0 AS x) SELECT 1 FROM used WHERE false;
SELECT b FROM (SELECT 1/0 AS a, 2 AS b) s;
SELECT b FROM (SELECT 1/0 AS a, 2 AS b FROM account LIMIT 1) s;
SELECT a.entity FROM account a JOIN account b ON 1/0 = 1 WHERE false;
SELECT (random() > 2 AND 1/0 = 1) IS NULL;
SELECT now() < '2000-01-01' AND 1/0 = 1 FROM account WHERE false;
VALUES (CASE WHEN true THEN 1 ELSE 1/0 END), (COALESCE(2, 1/0));
-- args: 0
SELECT CASE WHEN balance > 0 THEN 1/$1::int ELSE 1 END FROM account WHERE balance < -1000000;
-- args: 0
SELECT count(*) FROM account WHERE $1::int > 0 AND 1/$1::int = 1;
-- args: NULL
SELECT $1::int + (1 / (balance - balance))::int FROM account ORDER BY entity LIMIT 1;
-- args: 1
SELECT $1::int = 1 OR 1/0 = 1;
