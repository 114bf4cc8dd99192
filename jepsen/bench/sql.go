package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	saleProjection = `CREATE PROJECTION sale (
	customer text, region text, product int, amount numeric NOT NULL DEFAULT 0, quantity int, sold timestamptz)
WHEN 'Sold' THEN UPDATE SET customer = data->>'customer', region = data->>'region', product = (data->>'product')::int,
	amount = (data->>'amount')::numeric, quantity = (data->>'quantity')::int, sold = occurred_at`
	saleTable   = `CREATE TABLE sale (entity text PRIMARY KEY, customer text, region text, product int, amount numeric NOT NULL, quantity int, sold timestamptz)`
	saleColumns = "entity, customer, region, product, amount, quantity, sold"

	customerProjection = `CREATE PROJECTION customer (name text, segment text)
WHEN 'CustomerSeen' THEN UPDATE SET name = data->>'name', segment = data->>'segment'`
	customerTable   = `CREATE TABLE customer (entity text PRIMARY KEY, name text, segment text)`
	customerColumns = "entity, name, segment"
)

// sqlQueries are what people ask of sales. Each has one answer, in one order.
var sqlQueries = []struct{ name, sql string }{
	{"filter and count", "SELECT count(*) FROM sale WHERE amount > 900 AND region = 'north'"},
	{"5,000 groups", "SELECT product, sum(amount) FROM sale GROUP BY product ORDER BY product"},
	{"top 10", "SELECT entity, amount FROM sale ORDER BY amount DESC, entity LIMIT 10"},
	{"join of all", "SELECT c.segment, count(*), sum(s.amount) FROM sale s JOIN customer c ON c.entity = s.customer GROUP BY c.segment ORDER BY 1"},
	{"rank in groups", "SELECT max(r) FROM (SELECT rank() OVER (PARTITION BY product ORDER BY amount DESC, entity) AS r FROM sale) AS ranked"},
	{"point", "SELECT region, amount FROM sale WHERE entity = 'sale:0000017'"},
	{"revenue by month", "SELECT date_trunc('month', sold, 'UTC') AS month, sum(amount), count(*) FROM sale GROUP BY 1 ORDER BY 1"},
	{"statistics by region", "SELECT region, avg(amount), min(amount), max(amount), round(stddev(amount), 6) FROM sale GROUP BY region ORDER BY region"},
	{"distinct customers", "SELECT region, count(DISTINCT customer) FROM sale GROUP BY region ORDER BY region"},
	{"best customers", "SELECT c.name, sum(s.amount) AS revenue FROM sale s JOIN customer c ON c.entity = s.customer GROUP BY c.entity, c.name ORDER BY revenue DESC, c.name LIMIT 10"},
	{"share of the whole", "SELECT region, round(100 * sum(amount) / sum(sum(amount)) OVER (), 2) FROM sale GROUP BY region ORDER BY region"},
	{"customers that left", "SELECT count(*) FROM customer c WHERE NOT EXISTS (SELECT 1 FROM sale s WHERE s.customer = c.entity AND s.sold >= '2026-02-01 00:00+00')"},
	{"histogram", "SELECT width_bucket(amount, 0, 1000, 20) AS bucket, count(*) FROM sale GROUP BY 1 ORDER BY 1"},
	{"running total by day", "SELECT day, sum(total) OVER (ORDER BY day) FROM (SELECT date_trunc('day', sold, 'UTC') AS day, sum(amount) AS total FROM sale GROUP BY 1) AS days ORDER BY day"},
	{"median by region", "SELECT region, percentile_cont(0.5) WITHIN GROUP (ORDER BY amount::float8) FROM sale GROUP BY region ORDER BY region"},
	{"text search", "SELECT count(*), sum(quantity) FROM sale WHERE customer LIKE '%77%'"},
}

// benchSQL measures queries over a projection beside PostgreSQL over an analysed table of
// the same rows, at three sizes, and checks that both answer the same.
func benchSQL(ctx context.Context, p *pair, o options) error {
	for rows := o.storeEventsMax / 100; rows <= o.storeEventsMax; rows *= 10 {
		if err := startEmpty(ctx, p); err != nil {
			return err
		}
		if err := sqlSize(ctx, p, o, rows); err != nil {
			return err
		}
	}
	return nil
}

func sqlSize(ctx context.Context, p *pair, o options, rows int) error {
	ours, theirs, end, err := p.connect(ctx)
	if err != nil {
		return err
	}
	defer end()
	if err := loadSales(ctx, ours, theirs, rows); err != nil {
		return err
	}
	fmt.Printf("%d sales of %d customers, ms\n%-22s %10s %10s %7s\n", rows, rows/10, "", "projsql", "PostgreSQL", "ratio")
	logs := 0.0
	for _, q := range sqlQueries {
		ratio, err := sqlQuery(ctx, o, ours, theirs, q.name, q.sql)
		if err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
		logs += math.Log(ratio)
	}
	fmt.Printf("%-22s %29.2f\n\n", "geometric mean", math.Exp(logs/float64(len(sqlQueries))))
	return nil
}

// sqlQuery times a query on both servers in turns, after each has answered it once.
func sqlQuery(ctx context.Context, o options, ours, theirs *pgx.Conn, name, sql string) (ratio float64, err error) {
	sides := [2]*pgx.Conn{ours, theirs}
	var answers [2][][]string
	for i, conn := range sides {
		if answers[i], err = texts(ctx, conn, sql); err != nil {
			return 0, err
		}
	}
	if !slices.EqualFunc(answers[0], answers[1], slices.Equal) {
		return 0, errors.New("the answers differ")
	}
	var times [2][]float64
	var ratios []float64
	for range o.rounds {
		for i, conn := range sides {
			start := time.Now()
			if _, err := texts(ctx, conn, sql); err != nil {
				return 0, err
			}
			times[i] = append(times[i], float64(time.Since(start).Microseconds())/1000)
		}
		last := len(ratios)
		ratios = append(ratios, times[1][last]/times[0][last])
	}
	ratio = median(ratios)
	fmt.Printf("%-22s %10.2f %10.2f %7.2f\n", name, median(times[0]), median(times[1]), ratio)
	return ratio, nil
}

// texts is an answer as psql would see it.
func texts(ctx context.Context, conn *pgx.Conn, sql string) (rows [][]string, err error) {
	results, err := conn.PgConn().Exec(ctx, sql).ReadAll()
	for _, result := range results {
		for _, values := range result.Rows {
			row := make([]string, len(values))
			for i, v := range values {
				row[i] = string(v)
			}
			rows = append(rows, row)
		}
	}
	return rows, err
}

// loadSales appends sales and customers, and copies the rows that projsql makes of them
// into analysed tables of PostgreSQL.
func loadSales(ctx context.Context, ours, theirs *pgx.Conn, rows int) error {
	const chunk = 100_000 // a COPY is one transaction, whose bytes are limited
	write := newSales(rows)
	for from := 0; from < rows; from += chunk {
		err := copyTo(ctx, ours, "COPY events (entity, kind, data, occurred_at) FROM STDIN", func(w io.Writer) error { return write(w, from, min(rows, from+chunk)) })
		if err != nil {
			return err
		}
	}
	for _, sql := range []string{saleProjection, customerProjection} {
		if _, err := ours.Exec(ctx, sql); err != nil {
			return err
		}
	}
	if _, err := theirs.Exec(ctx, "DROP TABLE IF EXISTS sale, customer; "+saleTable+"; "+customerTable); err != nil {
		return err
	}
	for _, t := range []struct{ name, columns string }{{"sale", saleColumns}, {"customer", customerColumns}} {
		err := copyTo(ctx, theirs, "COPY "+t.name+" ("+t.columns+") FROM STDIN", func(w io.Writer) error {
			_, err := ours.PgConn().CopyTo(ctx, w, "COPY (SELECT "+t.columns+" FROM "+t.name+") TO STDOUT")
			return err
		})
		if err != nil {
			return err
		}
	}
	_, err := theirs.Exec(ctx, "VACUUM ANALYZE")
	return err
}

// newSales returns what writes sales as events in COPY's text, and before every tenth of
// them a customer. It makes the same sales in every run.
func newSales(rows int) func(w io.Writer, from, to int) error {
	regions := []string{"north", "south", "east", "west"}
	start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	random := rand.New(rand.NewPCG(1, 2))
	customers := max(1, rows/10)
	return func(w io.Writer, from, to int) error {
		for i := from; i < to; i++ {
			if n := i / 10; i%10 == 0 && n < customers {
				if _, err := fmt.Fprintf(w, "customer:%06d\tCustomerSeen\t{\"name\": \"Customer %d\", \"segment\": \"segment %d\"}\t2025-01-01 00:00+00\n", n, n, n%7); err != nil {
					return err
				}
			}
			sold := start.Add(time.Duration(random.IntN(500*24*3600)) * time.Second)
			_, err := fmt.Fprintf(w, "sale:%07d\tSold\t{\"customer\": \"customer:%06d\", \"region\": \"%s\", \"product\": %d, \"amount\": %d.%02d, \"quantity\": %d}\t%s\n",
				i, random.IntN(customers), regions[random.IntN(len(regions))], random.IntN(5000), random.IntN(1000), random.IntN(100), 1+random.IntN(9),
				sold.Format("2006-01-02 15:04:05+00"))
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// copyTo runs a COPY FROM STDIN with what write writes.
func copyTo(ctx context.Context, conn *pgx.Conn, sql string, write func(io.Writer) error) error {
	r, w := io.Pipe()
	go func() { w.CloseWithError(write(w)) }()
	_, err := conn.PgConn().CopyFrom(ctx, r, sql)
	return errors.Join(err, r.Close())
}
