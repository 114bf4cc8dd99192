package parse

import (
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/wire/sqlstate"
)

// AlterProjection is ALTER PROJECTION [IF EXISTS] name SET (…) | RESET (…) [, ...].
type AlterProjection struct {
	IfExists bool
	Name     string
	NamePos  int
	Settings []ProjectionSetting // one at least
	Text     string              // the whole query string, which positions count in
}

// ProjectionSetting is one name = value of SET, or a name of RESET.
type ProjectionSetting struct {
	Name  string
	Reset bool
	Value string // "" if the text has none
	Pos   int
}

const alterProjectionHint = "ALTER PROJECTION sets how nodes treat a projection: SET (warm = 'lazy'), RESET (warm). " +
	"What it computes is changed with CREATE OR REPLACE PROJECTION."

// alterProjection leaves everything behind the name to PostgreSQL's grammar, as storage
// parameters of a table:
//
//	ALTER PROJECTION a SET (warm = lazy)
//	ALTER TABLE      a SET (warm = lazy)
func (p *sqlParser) alterProjection(piece *piece, c cursor) (any, error) {
	if last := c.tokens[len(c.tokens)-1]; last.kind == tokBad {
		return nil, lexError(p.text, last)
	}
	a := &AlterProjection{IfExists: c.words("IF", "EXISTS"), Text: p.text}
	name, t, err := c.projectionName()
	if err != nil {
		return nil, err
	}
	a.Name, a.NamePos = name, t.start
	if verb := c.peek(); !c.isWord(0, "SET") && !c.isWord(0, "RESET") || !c.isOp(1, '(') {
		if verb.kind == tokEOF {
			return nil, hinted(c.unexpected(), alterProjectionHint)
		}
		return nil, errorAt(sqlstate.FeatureNotSupported, p.text, verb.start, "this form of ALTER PROJECTION is not supported").WithHint(alterProjectionHint)
	}
	sql := []byte(p.text[:piece.stmt.End])
	blank(sql[:c.peek().start])
	copy(sql[piece.stmt.Start:], "ALTER TABLE a")
	tree, err := Tree(string(sql))
	if err != nil {
		e, offset := grammarError(err, string(sql), p.text)
		return nil, c.reword(e, offset, sql)
	}
	return a, a.take(tree)
}

// take reads the settings that the grammar found.
func (a *AlterProjection) take(tree *pg.ParseResult) error {
	for _, n := range tree.GetStmts()[0].GetStmt().GetAlterTableStmt().GetCmds() {
		cmd := n.GetAlterTableCmd()
		reset := cmd.GetSubtype() == pg.AlterTableType_AT_ResetRelOptions
		if !reset && cmd.GetSubtype() != pg.AlterTableType_AT_SetRelOptions {
			return errorAt(sqlstate.FeatureNotSupported, a.Text, a.NamePos, "this form of ALTER PROJECTION is not supported").WithHint(alterProjectionHint)
		}
		for _, option := range cmd.GetDef().GetList().GetItems() {
			d := option.GetDefElem()
			name := d.GetDefname()
			if space := d.GetDefnamespace(); space != "" {
				name = space + "." + name
			}
			a.Settings = append(a.Settings, ProjectionSetting{Name: name, Reset: reset, Value: wordOf(d.GetArg()), Pos: int(d.GetLocation())})
		}
	}
	return nil
}

// wordOf is the text of a setting's value: a word, a string or a number.
func wordOf(n *pg.Node) string {
	switch {
	case n.GetString_() != nil:
		return n.GetString_().GetSval()
	case n.GetTypeName() != nil:
		names := n.GetTypeName().GetNames()
		return names[len(names)-1].GetString_().GetSval()
	case n.GetInteger() != nil:
		return strconv.Itoa(int(n.GetInteger().GetIval()))
	}
	return n.GetFloat().GetFval()
}
