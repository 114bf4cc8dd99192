-- Rows that sort alike: the same algorithm gives the same order of the same rows.
CREATE TEMP TABLE IF NOT EXISTS tie AS SELECT g AS n, g * 7 % 4 AS four, g * 13 % 10 AS ten FROM generate_series(1, 300) g;
SELECT n, four FROM tie ORDER BY four;
SELECT n, ten FROM tie ORDER BY ten DESC;
SELECT n, ten FROM tie ORDER BY ten LIMIT 7;
SELECT n, four, ten FROM tie WHERE n < 11 ORDER BY four, ten DESC LIMIT 3 OFFSET 2;
SELECT n, four, row_number() OVER (ORDER BY four) FROM tie WHERE n < 40;
SELECT n, first_value(n) OVER (PARTITION BY four ORDER BY ten ROWS BETWEEN CURRENT ROW AND 2 FOLLOWING EXCLUDE CURRENT ROW) FROM tie WHERE n < 30 ORDER BY four;
SELECT four, sum(n), row_number() OVER (ORDER BY four), sum(sum(n)) OVER (ORDER BY four DESC) FROM tie GROUP BY four;
SELECT array_agg(n ORDER BY ten) FROM tie WHERE n < 50;
