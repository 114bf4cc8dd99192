package plan

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// Slot identifies a value that rows carry, unique in a Query: a column of one
// appearance of a relation, an output of a subquery, an aggregate's result.
type Slot int32

// Variable is a reference to a slot. It stands in expressions while a query is
// planned; the optimizer replaces it by the expr.Column that it is at its place.
type Variable struct {
	Slot      Slot
	ValueType types.Type
	Location  int    // byte offset in the statement's text, -1 if none
	Name      string // as errors show it: "t.a"
	// Record has the columns of a value of type record, where they are known.
	Record []expr.RecordColumn
	// Collation is that of the value; 0: its type's.
	Collation types.OID
	// Named is told that the statement names the column; nil: nobody asks.
	Named *bool
}

// CollatedBy implements expr.Collated.
func (v *Variable) CollatedBy() types.OID { return v.Collation }

// Columns implements expr.Shaped.
func (v *Variable) Columns() []expr.RecordColumn { return v.Record }

// RecordOf returns the columns of a value of type record, nil if it is none or they are
// not known.
func RecordOf(e expr.Expr) []expr.RecordColumn {
	if e.Type().OID != types.RecordOID {
		return nil
	}
	columns, _ := expr.ColumnsOf(e)
	return columns
}

// Type implements expr.Expr.
func (v *Variable) Type() types.Type { return v.ValueType }

// Pos implements expr.Expr.
func (v *Variable) Pos() int { return v.Location }

// Children implements expr.Expr.
func (v *Variable) Children() []expr.Expr { return nil }

// Compile implements expr.Expr. It panics: no finished plan has a Variable.
func (v *Variable) Compile(*expr.Compiler) expr.Eval {
	panic("plan: unfinished reference to " + v.Name)
}

// SubLinkKind is the kind of a subquery expression.
type SubLinkKind uint8

// Kinds of subquery expressions. The zero value is not valid.
const (
	ScalarSubLink SubLinkKind = iota + 1 // NULL without a row, 21000 with more than one
	ExistsSubLink
	AnySubLink // IN, = ANY: Test over rows, as OR of three values
	AllSubLink // as AND
	ArraySubLink
	RowSubLink // Test over the only row: NULL without a row, 21000 with more than one
)

// SubLink is a subquery in an expression. Whatever runs a plan replaces it before
// it compiles the expression.
type SubLink struct {
	Kind SubLinkKind
	Plan Node
	// Nested says of an ArraySubLink that it makes one array of arrays.
	Nested bool
	// Test compares for Any, All and Row. Its level 0 is the subquery's row, level 1 the
	// row that the SubLink itself is evaluated for.
	Test expr.Expr
	// Correlated says that the result depends on enclosing rows; else it is the same
	// for the whole statement.
	Correlated bool
	// Each says that the value is another one for every row, whatever it depends on.
	Each bool
	// Probe, where set, answers by a look-up; the rows are those of Plan, made once.
	Probe *Probe

	// NewSlots makes slots that no relation has, for what a Probe's plan gives.
	NewSlots  func(n int) Slot
	ValueType types.Type
	Location  int       // as that of a Variable
	Collation types.OID // as that of a Variable

	// Text is how the subquery is written, Within the query that it is an expression of:
	// where both are alike, so are two subqueries. nil: this one is like no other.
	Text   func() string
	Within any
}

func (s *SubLink) same(o *SubLink) bool {
	return s == o || s.Text != nil && o.Text != nil && s.Within == o.Within && s.Text() == o.Text()
}

// CollatedBy implements expr.Collated.
func (s *SubLink) CollatedBy() types.OID { return s.Collation }

// Type implements expr.Expr.
func (s *SubLink) Type() types.Type { return s.ValueType }

// Pos implements expr.Expr.
func (s *SubLink) Pos() int { return s.Location }

// IsSubquery marks it for expr, which knows no plans.
func (*SubLink) IsSubquery() {}

// Children implements expr.Expr; a subquery's own expressions are none of them.
func (s *SubLink) Children() []expr.Expr { return nil }

// Compile implements expr.Expr. It panics: see SubLink.
func (s *SubLink) Compile(*expr.Compiler) expr.Eval {
	panic("plan: subquery compiled outside of a run")
}
