package plan

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// bound adds what a conjunct says of an indexed column to the scan's bounds.
func (n *Scan) bound(c expr.Expr) {
	switch e := c.(type) {
	case *expr.Call:
		n.boundOperator(e)
	case *expr.ScalarArray:
		n.boundArray(e)
	case *expr.Or:
		n.boundOr(e)
	}
}

// column returns the index of the scan's column that an expression is, -1 if it
// is none.
func (n *Scan) column(e expr.Expr) int {
	v, ok := e.(*variable)
	if !ok || v.slot < n.first || v.slot >= n.first+Slot(len(n.Relation.Columns)) {
		return -1
	}
	return int(v.slot - n.first)
}

// free reports whether an expression is the same for all rows of the scan.
func (n *Scan) free(e expr.Expr) bool { return !mentionsAny(e, produced(n)) }

func (n *Scan) boundOperator(e *expr.Call) {
	if e.Op == nil || len(e.Args) != 2 {
		return
	}
	op, column, value := e.Op.Name, n.column(e.Args[0]), e.Args[1]
	if column < 0 {
		op, column, value = mirrored[op], n.column(e.Args[1]), e.Args[0]
	}
	if column < 0 || !n.free(value) {
		return
	}
	if column == 0 && op == "=" && value.Type().OID == types.TextOID {
		if n.Bounds.Entities == nil && n.Bounds.EntityArray == nil {
			n.Bounds.Entities = []expr.Expr{value}
		}
		return
	}
	if n.Relation.Kind == EventsRelation {
		n.boundKinds(column, op, value)
		n.Bounds.event(column, op, value)
	}
}

// boundKinds reads kind = value.
func (n *Scan) boundKinds(column int, op string, value expr.Expr) {
	if column == EventKind && op == "=" && value.Type().OID == types.TextOID && !n.Bounds.ofKinds() {
		n.Bounds.Kinds = []expr.Expr{value}
	}
}

var mirrored = map[string]string{"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

func (b *Bounds) event(column int, op string, value expr.Expr) {
	if column == EventID && op == "=" && value.Type().OID == types.UUIDOID && b.ID == nil {
		b.ID = value
		return
	}
	ranges := map[int]*Range{EventVersion: &b.Version, EventSequence: &b.Sequence, EventHLC: &b.HLC}
	r := ranges[column]
	if r == nil || !isInteger(value.Type().OID) {
		return
	}
	r.bound(op, value)
}

// bound adds "column op value".
func (r *Range) bound(op string, value expr.Expr) {
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
func (n *Scan) boundArray(e *expr.ScalarArray) {
	if e.All || e.Op != "=" || !n.free(e.Right) || e.Right.Type().OID != types.TextArrayOID {
		return
	}
	column := n.column(e.Left)
	if column == EventKind && n.Relation.Kind == EventsRelation && !n.Bounds.ofKinds() {
		n.Bounds.KindArray = e.Right
	}
	if column == 0 && n.Bounds.Entities == nil && n.Bounds.EntityArray == nil {
		n.Bounds.EntityArray = e.Right
	}
}

// boundOr reads entity = a OR entity = b, and the same of kinds.
func (n *Scan) boundOr(e *expr.Or) {
	if n.Bounds.Entities == nil && n.Bounds.EntityArray == nil {
		n.Bounds.Entities = n.alternatives(e, 0)
	}
	if n.Relation.Kind == EventsRelation && !n.Bounds.ofKinds() {
		n.Bounds.Kinds = n.alternatives(e, EventKind)
	}
}

// alternatives returns the values that a text column has where e is true, nil if it
// can have others.
func (n *Scan) alternatives(e *expr.Or, column int) []expr.Expr {
	var values []expr.Expr
	for _, a := range e.Args {
		l, r, t, ok := equality(a)
		if !ok || t != types.TextOID || n.column(l) != column || !n.free(r) {
			return nil
		}
		values = append(values, r)
	}
	return values
}

// take makes a conjunct part of the filter and, where it bounds the version, of the
// range that is read.
func (n *HistoryScan) take(c expr.Expr) bool {
	own := produced(n)
	if !takeFilter(&n.Filter, c, own) {
		return false
	}
	call, ok := c.(*expr.Call)
	if !ok || call.Op == nil || len(call.Args) != 2 {
		return true
	}
	op, value := call.Op.Name, call.Args[1]
	if !n.isVersion(call.Args[0]) {
		op, value = mirrored[op], call.Args[0]
		if !n.isVersion(call.Args[1]) {
			return true
		}
	}
	if isInteger(value.Type().OID) && !mentionsAny(value, own) {
		n.Version.bound(op, value)
	}
	return true
}

func (n *HistoryScan) isVersion(e expr.Expr) bool {
	v, ok := e.(*variable)
	return ok && v.slot == n.first+HistoryVersion
}
