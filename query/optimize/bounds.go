package optimize

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// addBound adds what a conjunct says of an indexed column to the scan's bounds.
func addBound(n *plan.Scan, c expr.Expr) {
	switch e := c.(type) {
	case *expr.Call:
		boundWithin(n, e)
		boundOperator(n, e)
	case *expr.ScalarArray:
		boundArray(n, e)
	case *expr.Or:
		boundOr(n, e)
	}
}

// columnOfScan returns the index of the scan's column that an expression is, -1 if it
// is none.
func columnOfScan(n *plan.Scan, e expr.Expr) int {
	v, ok := e.(*plan.Variable)
	if !ok || v.Slot < n.First || v.Slot >= n.First+plan.Slot(len(n.Relation.Columns)) {
		return -1
	}
	return int(v.Slot - n.First)
}

// isFree reports whether an expression is the same for all rows of the scan.
func isFree(n *plan.Scan, e expr.Expr) bool { return !plan.MentionsAny(e, plan.Produced(n)) }

func boundOperator(n *plan.Scan, e *expr.Call) {
	if e.Op == nil || len(e.Args) != 2 {
		return
	}
	op, column, value := e.Op.Name, columnOfScan(n, e.Args[0]), e.Args[1]
	if column < 0 {
		op, column, value = mirrored[op], columnOfScan(n, e.Args[1]), e.Args[0]
	}
	if column < 0 || !isFree(n, value) {
		return
	}
	if column == 0 && op == "=" && value.Type().OID == types.TextOID {
		if n.Bounds.Entities == nil && n.Bounds.EntityArray == nil {
			n.Bounds.Entities = []expr.Expr{value}
		}
		return
	}
	if n.Relation.Kind == plan.EventsRelation {
		boundKinds(n, column, op, value)
		boundEvent(&n.Bounds, column, op, value)
	}
}

// boundWithin reads what bounds the entity in byte order, which every collation here has.
func boundWithin(n *plan.Scan, e *expr.Call) {
	if len(e.Args) != 2 {
		return
	}
	op, column, value := "", columnOfScan(n, e.Args[0]), e.Args[1]
	switch {
	case e.Op != nil && column >= 0:
		op = e.Op.Name
	case e.Op != nil:
		op, column, value = mirrored[e.Op.Name], columnOfScan(n, e.Args[1]), e.Args[0]
	case e.Proc.Row.Source == "text_starts_with":
		op = "^@"
	}
	if column != 0 || value.Type().OID != types.TextOID || !isSteady(value) {
		return
	}
	switch op {
	case "<", "<=", ">", ">=", "~~", "^@":
		n.Bounds.Within = append(n.Bounds.Within, plan.Within{Op: op, Value: value})
	}
}

// isSteady reports whether an expression, of no volatile functions, has one value in the whole statement, and nobody
// notices that it is computed.
func isSteady(e expr.Expr) bool {
	if len(plan.Variables(e)) > 0 || plan.HasSubLink(e) {
		return false
	}
	steady := true
	expr.Walk(e, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Call); ok && (c.Proc.Row.Volatile != 'i' || c.Proc.Ran) {
			steady = false
		}
		return steady
	})
	return steady
}

// boundKinds reads kind = value.
func boundKinds(n *plan.Scan, column int, op string, value expr.Expr) {
	if column == plan.EventKind && op == "=" && value.Type().OID == types.TextOID && !n.Bounds.OfKinds() {
		n.Bounds.Kinds = []expr.Expr{value}
	}
}

var mirrored = map[string]string{"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

func boundEvent(b *plan.Bounds, column int, op string, value expr.Expr) {
	if column == plan.EventID && op == "=" && value.Type().OID == types.UUIDOID && b.ID == nil {
		b.ID = value
		return
	}
	ranges := map[int]*plan.Range{plan.EventVersion: &b.Version, plan.EventSequence: &b.Sequence, plan.EventHLC: &b.HLC}
	r := ranges[column]
	if r == nil || !plan.IsInteger(value.Type().OID) {
		return
	}
	boundRange(r, op, value)
}

// boundRange adds "column op value".
func boundRange(r *plan.Range, op string, value expr.Expr) {
	switch op {
	case "=":
		r.Low, r.High = append(r.Low, value), append(r.High, value)
	case ">", ">=":
		r.Low = append(r.Low, value)
	case "<", "<=":
		r.High = append(r.High, value)
	}
}

// boundArray reads entity = ANY (array) and kind = ANY (array).
func boundArray(n *plan.Scan, e *expr.ScalarArray) {
	if e.All || e.Op != "=" || !isFree(n, e.Right) || e.Right.Type().OID != types.TextArrayOID {
		return
	}
	column := columnOfScan(n, e.Left)
	if column == plan.EventKind && n.Relation.Kind == plan.EventsRelation && !n.Bounds.OfKinds() {
		n.Bounds.KindArray = e.Right
	}
	if column == 0 && n.Bounds.Entities == nil && n.Bounds.EntityArray == nil {
		n.Bounds.EntityArray = e.Right
	}
}

// boundOr reads entity = a OR entity = b, and the same of kinds.
func boundOr(n *plan.Scan, e *expr.Or) {
	if n.Bounds.Entities == nil && n.Bounds.EntityArray == nil {
		n.Bounds.Entities = alternatives(n, e, 0)
	}
	if n.Relation.Kind == plan.EventsRelation && !n.Bounds.OfKinds() {
		n.Bounds.Kinds = alternatives(n, e, plan.EventKind)
	}
}

// alternatives returns the values that a text column has where e is true, nil if it
// can have others.
func alternatives(n *plan.Scan, e *expr.Or, column int) []expr.Expr {
	var values []expr.Expr
	for _, a := range e.Args {
		l, r, t, ok := plan.Equality(a)
		if !ok || t != types.TextOID || columnOfScan(n, l) != column || !isFree(n, r) {
			return nil
		}
		values = append(values, r)
	}
	return values
}

// takeHistoryScan makes a conjunct part of the filter and, where it bounds the version, of the
// range that is read.
func takeHistoryScan(n *plan.HistoryScan, c expr.Expr) bool {
	own := plan.Produced(n)
	if !takeFilter(&n.Filter, c, own) {
		return false
	}
	call, ok := c.(*expr.Call)
	if !ok || call.Op == nil || len(call.Args) != 2 {
		return true
	}
	op, value := call.Op.Name, call.Args[1]
	if !isVersion(n, call.Args[0]) {
		op, value = mirrored[op], call.Args[0]
		if !isVersion(n, call.Args[1]) {
			return true
		}
	}
	if plan.IsInteger(value.Type().OID) && !plan.MentionsAny(value, own) {
		boundRange(&n.Version, op, value)
	}
	return true
}

func isVersion(n *plan.HistoryScan, e expr.Expr) bool {
	v, ok := e.(*plan.Variable)
	return ok && v.Slot == n.First+plan.HistoryVersion
}
