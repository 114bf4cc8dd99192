package main

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// sameRows reports whether two outputs hold the same lines below the same heading,
// in another order, where the statement leaves the order open: it has no ORDER BY of
// its own.
func sameRows(command, ours, expected string) bool {
	a, b := strings.Split(ours, "\n"), strings.Split(expected, "\n")
	if len(a) != len(b) || a[0] != b[0] || !orderLeftOpen(command) {
		return false
	}
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

func orderLeftOpen(command string) bool {
	tree, err := pg.Parse(command)
	if err != nil || len(tree.GetStmts()) != 1 {
		return false
	}
	switch n := tree.GetStmts()[0].GetStmt().GetNode().(type) {
	case *pg.Node_SelectStmt:
		return len(n.SelectStmt.GetSortClause()) == 0
	case *pg.Node_InsertStmt, *pg.Node_UpdateStmt, *pg.Node_DeleteStmt:
		return true
	}
	return false
}
