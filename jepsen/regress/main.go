// Command regress runs PostgreSQL 15's own regression scripts against projsql and
// compares what psql prints, statement by statement, with what PostgreSQL expects.
//
// The scripts are read from a directory with sql, expected and data, as PostgreSQL's
// source has them. Tables are made as temporary tables of one session per script,
// after test_setup.sql in the same session. What differs is written to the
// directory differences beside them.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/projsql/projsql/jepsen"
)

// scripts are what the project holds itself against.
var scripts = strings.Fields(`boolean char name varchar text int2 int4 int8 oid float4 float8 numeric uuid strings
	regex date time timetz timestamp timestamptz interval horology arrays json jsonb jsonb_jsonpath select
	select_distinct select_distinct_on select_having select_implicit subselect union case join aggregates
	groupingsets window limit with rowtypes misc_functions prepare portals temp transactions
	insert insert_conflict update delete returning merge copy copydml copyselect copy2 select_into sequence truncate
	create_table create_table_like create_view alter_table identity generated constraints fast_default drop_if_exists
	functional_deps plancache portals_p2 prepared_xacts psql psql_crosstab tablesample combocid tidscan
	bit inet macaddr macaddr8 pg_lsn rangetypes multirangetypes enum domain regproc expressions errors unicode tsrf xid
	txid random dbsize numerology type_sanity opr_sanity json_encoding jsonpath jsonpath_encoding comments sysviews mvcc
	tid guc hash_func tuplesort polymorphism rangefuncs numeric_big
	money point lseg box path polygon line circle geometry`)

func main() {
	binary := flag.String("projsql", "bin/projsql", "the `binary` to test")
	dir := flag.String("scripts", ".cache/pg-regress", "`directory` with sql, expected and data")
	flag.Parse()
	names := flag.Args()
	if len(names) == 0 {
		names = scripts
	}
	if err := run(context.Background(), *binary, *dir, names); err != nil {
		fmt.Fprintln(os.Stderr, "regress:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, binary, dir string, names []string) error {
	server, stop, err := start(ctx, binary)
	if err != nil {
		return err
	}
	defer stop()
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "script\tstatements\tsame\t%\torder\trefused\tfollows\tplan\tdifferent\t")
	var all tally
	for _, name := range names {
		r := &runner{server: server, dir: dir, name: name}
		t, err := r.compare(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		t.print(out, name)
		all.add(t)
	}
	all.print(out, "all")
	defer fmt.Println(`same: byte for byte; the percentage counts these alone. order: the same rows of a statement without an ORDER BY of its own, in another order.
refused: 0A000. follows: about what a refused statement would have made or changed, or about one of two tables of a name, for all and for the session.
plan: EXPLAIN, whose plans are projsql's own; not part of the percentages. Details: ` + filepath.Join(dir, "differences"))
	return out.Flush()
}

func start(ctx context.Context, binary string) (*jepsen.Process, func(), error) {
	data, err := os.MkdirTemp("", "projsql-regress-")
	if err != nil {
		return nil, nil, err
	}
	log, err := os.Create(filepath.Join(data, "log"))
	if err != nil {
		return nil, nil, err
	}
	addr, err := jepsen.FreeAddr()
	if err != nil {
		return nil, nil, err
	}
	server := &jepsen.Process{Binary: binary, Dir: filepath.Join(data, "data"), Addr: addr, Log: log}
	return server, func() {
		_ = server.Stop()
		_ = os.RemoveAll(data)
	}, server.Start(ctx)
}

// tally counts the statements of a script by how they were answered.
type tally struct{ same, order, refused, follows, plan, different int }

func (t *tally) add(o tally) {
	t.same += o.same
	t.order += o.order
	t.refused += o.refused
	t.follows += o.follows
	t.plan += o.plan
	t.different += o.different
}

func (t *tally) print(out *tabwriter.Writer, name string) {
	judged := t.same + t.order + t.refused + t.follows + t.different
	fmt.Fprintf(out, "%s\t%d\t%d\t%.1f\t%d\t%d\t%d\t%d\t%d\t\n", name, judged+t.plan, t.same,
		100*float64(t.same)/float64(max(judged, 1)), t.order, t.refused, t.follows, t.plan, t.different)
}
