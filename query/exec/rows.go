package exec

import (
	"context"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Source is what a running plan reads.
type Source = plan.Source

// Limits bound one statement.
type Limits struct {
	// BytesMax is the memory that operators may keep (53200 beyond); 0 = 256 MiB.
	BytesMax int64
}

// Options are what a plan runs with.
type Options struct {
	Source Source
	// Env is the statement's; its Context is replaced by the one of each Next.
	Env    *expr.Env
	Params []types.Datum
	Limits Limits
	// Analyze counts rows and measures time for Rows.Actual.
	Analyze bool
}

// Rows is a running query. It is used by one goroutine at a time.
type Rows struct{}

// Open starts a plan; nothing is read before the first Next.
func Open(ctx context.Context, q *plan.Query, o Options) (*Rows, error) {
	return nil, sqlstate.New(sqlstate.FeatureNotSupported, "SELECT is not supported yet")
}

// Next returns the next rows, at least one; none at the end. They are valid until
// the next call; their Datums stay valid. After an error only Close may be called.
func (r *Rows) Next(ctx context.Context) ([][]types.Datum, error) { return nil, nil }

// Actual tells what an operator has done so far; nil unless Options.Analyze.
func (r *Rows) Actual(n plan.Node) *plan.Actual { return nil }

// Close releases everything. It may be called at any time, and again.
func (r *Rows) Close() {}

// SystemValue returns system column index (plan.SystemGeneration …) of an outcome
// that node answered.
func SystemValue(o *plan.Outcome, node string, index int) types.Datum { return types.Null }
