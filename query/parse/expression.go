package parse

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// Expression parses one expression.
func Expression(sql string) (*pg.Node, error) {
	tree, err := Tree("SELECT " + sql)
	if err != nil {
		return nil, err
	}
	return tree.GetStmts()[0].GetStmt().GetSelectStmt().GetTargetList()[0].GetResTarget().GetVal(), nil
}

// ExpressionText writes an expression as SQL.
func ExpressionText(n *pg.Node) (string, error) {
	target := &pg.Node{Node: &pg.Node_ResTarget{ResTarget: &pg.ResTarget{Val: n}}}
	text, err := StatementText(&pg.Node{Node: &pg.Node_SelectStmt{SelectStmt: &pg.SelectStmt{TargetList: []*pg.Node{target}}}})
	return strings.TrimPrefix(text, "SELECT "), err
}

// StatementText writes a statement as SQL.
func StatementText(n *pg.Node) (string, error) {
	tree, err := pg.Parse("SELECT 1") // for its version
	if err != nil {
		return "", err
	}
	tree.Stmts = []*pg.RawStmt{{Stmt: n}}
	return pg.Deparse(tree)
}

// CollationOf is the OID of the collation that a COLLATE says; 0: of one that there is not.
func CollationOf(n *pg.CollateClause) uint32 {
	names := n.GetCollname()
	return map[string]uint32{"C": 950, "POSIX": 951, "default": 100, "ucs_basic": 12340}[names[len(names)-1].GetString_().GetSval()]
}

// IsCollationC reports whether a COLLATE says the one collation that there is.
func IsCollationC(n *pg.CollateClause) bool {
	names := n.GetCollname()
	switch names[len(names)-1].GetString_().GetSval() {
	case "C", "POSIX", "default":
		return true
	}
	return false
}
