package parse

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/wire/sqlstate"
)

// own parses the statements that PostgreSQL has not; nil for any other statement.
func (p *sqlParser) own(c *piece) (any, error) {
	cur := cursor{text: p.text, tokens: c.tokens}
	switch {
	case cur.words("CREATE", "PROJECTION"):
		return p.createProjection(c, cur, false)
	case cur.words("CREATE", "OR", "REPLACE", "PROJECTION"):
		return p.createProjection(c, cur, true)
	case cur.words("ASSERT"):
		return p.assertion(c, cur)
	case cur.words("DROP", "PROJECTION"):
		return dropProjection(cur)
	case cur.words("ALTER", "PROJECTION"):
		return p.alterProjection(c, cur)
	case cur.words("ALTER", "EVENT", "KIND"):
		return p.alterEventKind(c, cur)
	}
	return nil, nil
}

func dropProjection(c cursor) (any, error) {
	d := &DropProjection{IfExists: c.words("IF", "EXISTS")}
	for {
		name, t, err := c.projectionName()
		if err != nil {
			return nil, err
		}
		d.Names, d.NamePos = append(d.Names, name), append(d.NamePos, t.start)
		if !c.op(',') {
			break
		}
	}
	if d.Cascade = c.words("CASCADE"); !d.Cascade {
		c.words("RESTRICT")
	}
	if c.peek().kind != tokEOF {
		return nil, c.unexpected()
	}
	return d, nil
}

// projectionName takes [public.]name.
func (c *cursor) projectionName() (string, token, error) {
	name, t, err := c.name()
	if err != nil || !c.op('.') {
		return name, t, err
	}
	if name != "public" {
		return "", t, errorAt(sqlstate.InvalidSchemaName, c.text, t.start, "projections are in the schema \"public\", not in \"%s\"", name)
	}
	return c.name()
}

// projectionParser parses one CREATE PROJECTION. It checks the frame itself and
// writes the rest into sql, a text of the same length in which PostgreSQL's grammar
// finds the columns, conditions and assignments at their own offsets:
//
//	CREATE PROJECTION a (b int) WHEN 'x' AND b > 0 THEN UPDATE SET b = 1
//	CREATE TABLE      a (b int);SELECT(      b > 0);UPDATE t   SET b = 1
type projectionParser struct {
	cursor
	sql  []byte
	stmt *CreateProjection
	// parts are what the statements of sql belong to, in order.
	parts []part
}

// part is a WHEN clause's condition or its assignments (columns: clause < 0).
type part struct {
	clause      int
	assignments bool
}

const projectionHint = "Write CREATE PROJECTION name (columns) WHEN 'Kind' [AND condition] THEN { UPDATE SET column = expression, ... | DELETE | DO NOTHING } ..."

func (p *sqlParser) createProjection(piece *piece, c cursor, replace bool) (any, error) {
	s := piece.stmt
	pp := &projectionParser{cursor: c, sql: []byte(p.text[:s.End])}
	pp.stmt = &CreateProjection{OrReplace: replace, Source: s.SQL(), Text: p.text}
	blank(pp.sql)
	if last := c.tokens[len(c.tokens)-1]; last.kind == tokBad {
		return nil, lexError(p.text, last)
	}
	if err := pp.frame(); err != nil {
		if c.isWord(0, "IF") && c.isWord(1, "NOT") {
			return nil, hintedSyntax(err, "CREATE OR REPLACE PROJECTION makes a projection or replaces it.")
		}
		return nil, hintedSyntax(err, projectionHint)
	}
	if err := pp.grammar(); err != nil {
		return nil, err
	}
	return pp.stmt, nil
}

// frame reads everything but columns and expressions, which it copies into sql.
func (p *projectionParser) frame() error {
	name, t, err := p.projectionName()
	if err != nil {
		return err
	}
	p.stmt.Name, p.stmt.NamePos = name, t.start
	copy(p.sql[p.tokens[0].start:], "CREATE TABLE")
	copy(p.sql[t.start:], p.text[t.start:t.end])
	if err := p.columnList(); err != nil {
		return err
	}
	p.parts = append(p.parts, part{clause: -1})
	for first := true; first || p.peek().kind != tokEOF; first = false {
		if err := p.when(); err != nil {
			return err
		}
	}
	return nil
}

func (p *projectionParser) columnList() error {
	open := p.peek()
	if !p.isOp(0, '(') {
		return p.unexpected()
	}
	for depth := 0; ; {
		switch t := p.take(); {
		case t.kind == tokEOF:
			return syntaxError(p.text, p.following(t))
		case t.kind != tokOp:
		case p.text[t.start] == '(':
			depth++
		case p.text[t.start] == ')':
			if depth--; depth == 0 {
				copy(p.sql[open.start:t.end], p.text[open.start:t.end])
				return nil
			}
		}
	}
}

func (p *projectionParser) when() error {
	start := p.peek().start
	if !p.words("WHEN") {
		return p.unexpected()
	}
	p.sql[start] = ';' // what comes before ends here for the grammar too
	w := When{KindPos: p.peek().start}
	switch k := p.peek(); {
	case p.words("ANY"):
		w.Any = true
	case k.kind == tokString, k.kind == tokXString:
		p.take()
		kind, err := stringConstant(p.text, k)
		if err != nil {
			return err
		}
		w.Kind = kind
	default:
		return p.unexpected()
	}
	p.stmt.Clauses = append(p.stmt.Clauses, w)
	if p.words("AND") {
		if err := p.condition(start); err != nil {
			return err
		}
	}
	return p.action()
}

// condition copies the tokens up to THEN, outside parentheses and CASE.
func (p *projectionParser) condition(when int) error {
	first := p.i
	end := p.skipTo("THEN")
	if p.i == first || p.queryAhead(first) {
		p.i = first
		return p.unexpected()
	}
	if p.peek().kind == tokEOF {
		return p.unexpected()
	}
	copy(p.sql[when:], ";SELECT(")
	from := p.tokens[first].start
	copy(p.sql[from:end], p.text[from:end])
	p.sql[p.peek().start] = ')'
	p.parts = append(p.parts, part{clause: len(p.stmt.Clauses) - 1})
	return nil
}

// queryAhead reports whether a query stands at token i: in the parentheses that sql
// puts around a condition it would be a subquery.
func (p *projectionParser) queryAhead(i int) bool {
	c := cursor{text: p.text, tokens: p.tokens, i: i}
	return c.isWord(0, "SELECT") || c.isWord(0, "VALUES") || c.isWord(0, "TABLE") || c.isWord(0, "WITH")
}

func (p *projectionParser) action() error {
	then := p.peek().start
	if !p.words("THEN") {
		return p.unexpected()
	}
	w := &p.stmt.Clauses[len(p.stmt.Clauses)-1]
	switch {
	case p.words("DELETE"):
		w.Delete = true
		return nil
	case p.words("DO", "NOTHING"):
		return nil
	case !p.words("UPDATE"):
		return p.unexpected()
	}
	return p.assignments(then)
}

// assignments copies SET … up to the next WHEN. The condition's closing parenthesis
// may stand at then.
func (p *projectionParser) assignments(then int) error {
	set := p.peek().start
	if !p.words("SET") {
		return p.unexpected()
	}
	first := p.i
	end := p.skipTo("WHEN")
	next := p.i
	if next == first {
		return p.unexpected()
	}
	if err := p.onlyAssignments(first, next); err != nil {
		return err
	}
	copy(p.sql[then+1:], ";UPDATE t")
	copy(p.sql[set:end], p.text[set:end])
	p.parts = append(p.parts, part{clause: len(p.stmt.Clauses) - 1, assignments: true})
	return nil
}

// onlyAssignments refuses what else an UPDATE may have after its SET list.
func (p *projectionParser) onlyAssignments(first, next int) error {
	depth := 0
	for p.i = first; p.i < next; p.i++ {
		switch {
		case p.isOp(0, '('):
			depth++
		case p.isOp(0, ')'):
			depth--
		case depth != 0, p.afterDot():
		case p.isWord(0, "WHERE"), p.isWord(0, "RETURNING"), p.isWord(0, "FROM") && !p.isWord(-1, "DISTINCT"):
			return p.unexpected()
		}
	}
	return nil
}

// grammar parses sql and hands its statements to the clauses.
func (p *projectionParser) grammar() error {
	tree, err := Tree(string(p.sql))
	if err != nil {
		e, offset := grammarError(err, string(p.sql), p.text)
		return p.reword(e, offset, p.sql)
	}
	if len(tree.GetStmts()) != len(p.parts) {
		return syntaxError(p.text, p.tokens[0])
	}
	for i, raw := range tree.GetStmts() {
		if err := p.fill(p.parts[i], raw.GetStmt()); err != nil {
			return err
		}
	}
	return nil
}

func (p *projectionParser) fill(at part, node *pg.Node) error {
	switch {
	case at.clause < 0:
		return p.columns(node.GetCreateStmt())
	case at.assignments:
		return p.set(&p.stmt.Clauses[at.clause], node.GetUpdateStmt())
	}
	targets := node.GetSelectStmt().GetTargetList()
	if len(targets) != 1 {
		return syntaxError(p.text, p.tokens[0])
	}
	p.stmt.Clauses[at.clause].Condition = targets[0].GetResTarget().GetVal()
	return nil
}

func (p *projectionParser) columns(create *pg.CreateStmt) error {
	for _, element := range create.GetTableElts() {
		column := element.GetColumnDef()
		if column == nil {
			return p.unsupported(elementPos(element), "only columns can be in the list of a projection")
		}
		if err := p.checkColumn(column); err != nil {
			return err
		}
		p.stmt.Columns = append(p.stmt.Columns, column)
	}
	return nil
}

func elementPos(n *pg.Node) int {
	if c := n.GetConstraint(); c != nil {
		return int(c.GetLocation())
	}
	if l := n.GetTableLikeClause(); l != nil {
		return int(l.GetRelation().GetLocation())
	}
	return -1
}

func (p *projectionParser) checkColumn(c *pg.ColumnDef) error {
	seen := map[pg.ConstrType]bool{}
	for _, n := range c.GetConstraints() {
		k := n.GetConstraint()
		switch t := k.GetContype(); t {
		case pg.ConstrType_CONSTR_NOTNULL, pg.ConstrType_CONSTR_NULL, pg.ConstrType_CONSTR_DEFAULT:
			if seen[t] && t == pg.ConstrType_CONSTR_DEFAULT {
				return errorAt(sqlstate.SyntaxError, p.text, int(k.GetLocation()), "multiple default values specified for column \"%s\" of projection \"%s\"", c.GetColname(), p.stmt.Name)
			}
			seen[t] = true
		default:
			return p.unsupported(int(k.GetLocation()), "columns of a projection can only be NOT NULL and have a DEFAULT")
		}
		if seen[pg.ConstrType_CONSTR_NULL] && seen[pg.ConstrType_CONSTR_NOTNULL] {
			return errorAt(sqlstate.SyntaxError, p.text, int(k.GetLocation()), "conflicting NULL/NOT NULL declarations for column \"%s\" of projection \"%s\"", c.GetColname(), p.stmt.Name)
		}
	}
	switch {
	case c.GetCollClause() != nil:
		return p.unsupported(int(c.GetCollClause().GetLocation()), "columns of a projection have the default collation")
	case c.GetCompression() != "", c.GetStorageName() != "", len(c.GetFdwoptions()) > 0:
		return p.unsupported(int(c.GetLocation()), "columns of a projection have no storage options")
	}
	return nil
}

func (p *projectionParser) unsupported(offset int, message string) error {
	return errorAt(sqlstate.FeatureNotSupported, p.text, offset, "%s", message)
}

func (p *projectionParser) set(w *When, update *pg.UpdateStmt) error {
	for _, n := range update.GetTargetList() {
		t := n.GetResTarget()
		pos := int(t.GetLocation())
		if len(t.GetIndirection()) > 0 {
			return p.unsupported(pos, "assigning to a part of a column is not supported")
		}
		if t.GetVal().GetMultiAssignRef() != nil {
			return p.unsupported(pos, "assigning to a list of columns is not supported")
		}
		w.Set = append(w.Set, Assignment{Column: t.GetName(), Pos: pos, Value: t.GetVal()})
	}
	return nil
}
