package deparse

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// setTypes are the types that literals of no type have as columns of a set operation: 0 where
// its queries differ.
func (w *writer) setTypes(n *pg.SelectStmt, all []types.OID) []types.OID {
	if n.GetOp() != pg.SetOperation_SETOP_NONE {
		return w.setTypes(n.GetRarg(), w.setTypes(n.GetLarg(), all))
	}
	for i, c := range w.trace.Targets[n] {
		if i == len(all) {
			all = append(all, types.UnknownOID)
		}
		switch t := c.Value.Type().OID; {
		case t == types.UnknownOID, t == all[i]:
		case all[i] == types.UnknownOID:
			all[i] = t
		default:
			all[i] = 0
		}
	}
	return all
}

func (w *writer) setOperation(n *pg.SelectStmt, at place, set []types.OID) {
	left, right := n.GetLarg(), n.GetRarg()
	inner := 0
	if !isLeaf(left) && (left.GetOp() != n.GetOp() || left.GetAll() != n.GetAll()) {
		inner = indentStep
		w.add("(")
		w.line("", inner, 0, 0)
	}
	w.operand(left, at, set)
	if inner > 0 {
		w.line(") ", -inner, 0, 0)
	} else {
		w.line("", 0, 0, 0)
	}
	w.add(map[pg.SetOperation]string{pg.SetOperation_SETOP_UNION: "UNION ", pg.SetOperation_SETOP_INTERSECT: "INTERSECT ", pg.SetOperation_SETOP_EXCEPT: "EXCEPT "}[n.GetOp()])
	if n.GetAll() {
		w.add("ALL ")
	}
	inner = 0
	if !isLeaf(right) {
		inner = indentStep
		w.add("(")
	}
	w.line("", inner, 0, 0)
	at.visible = false
	w.operand(right, at, set)
	w.Indent -= inner
	if inner > 0 {
		w.line(")", 0, 0, 0)
	}
}

// operand is a query that a set operation is of.
func (w *writer) operand(n *pg.SelectStmt, at place, set []types.OID) {
	switch {
	case !isLeaf(n):
		w.setOperation(n, at, set)
	case hasClauses(n):
		w.settle(n, set)
		w.add("(")
		w.query(n, at)
		w.add(")")
	default:
		w.settle(n, set)
		w.query(n, at)
	}
}

// isLeaf reports whether an operand of a set operation is a query of its own.
func isLeaf(n *pg.SelectStmt) bool {
	return n.GetOp() == pg.SetOperation_SETOP_NONE || hasClauses(n)
}

// hasClauses reports whether an operand has clauses that need parentheses around it.
func hasClauses(n *pg.SelectStmt) bool {
	return n.GetWithClause() != nil || len(n.GetSortClause()) > 0 || n.GetLimitCount() != nil || n.GetLimitOffset() != nil
}

// settle gives literals of no type that of the column of the set operation that they are in.
func (w *writer) settle(n *pg.SelectStmt, set []types.OID) {
	for i, c := range w.trace.Targets[n] {
		k, ok := c.Value.(*expr.Const)
		if !ok || k.Type().OID != types.UnknownOID || set[i] == types.UnknownOID || set[i] == types.TextOID {
			continue
		}
		if w.ok = w.ok && set[i] != 0 && k.Value.IsNull(); w.ok {
			w.trace.Targets[n][i].Value = expr.NewConst(types.Of(set[i]), types.Null, -1)
		}
	}
}
