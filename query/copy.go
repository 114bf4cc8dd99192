package query

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/wire/sqlstate"
)

// copyFormat is FORMAT of COPY.
type copyFormat uint8

const (
	copyText copyFormat = iota + 1
	copyCSV
	copyBinary
)

// copyOptions are the options of COPY.
type copyOptions struct {
	format      copyFormat
	delimiter   byte
	null        string
	header      bool
	match       bool // HEADER MATCH
	quote       byte
	escape      byte
	forceQuote  map[string]bool // "*": all
	forceNotRaw []string        // FORCE_NOT_NULL
	forceNull   []string
}

// wireFormat is the format code of CopyInResponse and CopyOutResponse.
func (o *copyOptions) wireFormat() int8 {
	if o.format == copyBinary {
		return 1
	}
	return 0
}

func (s *Session) bindCopy(c *compiled, params *expr.Params, n *pg.CopyStmt) error {
	start := int32(c.statement.Start)
	if n.GetFilename() != "" || n.GetIsProgram() {
		return unsupported(c.sql, start, "COPY to or from a file or program of the server is not supported").
			WithHint("Use COPY ... STDIN or STDOUT; psql's \\copy does.")
	}
	if n.GetWhereClause() != nil {
		return unsupported(c.sql, start, "COPY FROM ... WHERE is not supported")
	}
	o, err := bindCopyOptions(c, n)
	if err != nil {
		return err
	}
	if n.GetIsFrom() {
		return s.bindCopyIn(c, n, o)
	}
	return s.bindCopyOut(c, params, n, o)
}

func bindCopyOptions(c *compiled, n *pg.CopyStmt) (*copyOptions, error) {
	b := &copyBinder{c: c, from: n.GetIsFrom(), seen: map[string]bool{}, o: &copyOptions{format: copyText}}
	for _, opt := range n.GetOptions() {
		if err := b.option(opt.GetDefElem()); err != nil {
			return nil, err
		}
	}
	return b.o, b.finish()
}

// copyBinder reads and checks the options of COPY.
type copyBinder struct {
	c    *compiled
	from bool
	seen map[string]bool
	o    *copyOptions

	delimiter, null, quote, escape *string
}

func (b *copyBinder) errorAt(d *pg.DefElem, code sqlstate.Code, format string, args ...any) error {
	return at(b.c.sql, d.GetLocation(), code, format, args...)
}

func (b *copyBinder) option(d *pg.DefElem) error {
	name := d.GetDefname()
	if b.seen[name] {
		return b.errorAt(d, sqlstate.SyntaxError, "conflicting or redundant options")
	}
	b.seen[name] = true
	text := defText(d)
	switch name {
	case "format":
		return b.format(d, text)
	case "delimiter":
		b.delimiter = &text
	case "null":
		b.null = &text
	case "quote":
		b.quote = &text
	case "escape":
		b.escape = &text
	case "header":
		return b.header(d, text)
	case "encoding":
		if !strings.EqualFold(strings.ReplaceAll(text, "-", ""), "utf8") {
			return unsupported(b.c.sql, d.GetLocation(), "encoding %q is not supported, only UTF8", text)
		}
	case "freeze":
		return unsupported(b.c.sql, d.GetLocation(), "COPY FREEZE is not supported")
	default:
		return b.force(d, name)
	}
	return nil
}

func defText(d *pg.DefElem) string {
	if n := d.GetArg(); n != nil {
		if s := n.GetString_(); s != nil {
			return s.GetSval()
		}
		if i := n.GetInteger(); i != nil {
			return map[bool]string{true: "true", false: "false"}[i.GetIval() != 0]
		}
		if v := n.GetBoolean(); v != nil {
			return map[bool]string{true: "true", false: "false"}[v.GetBoolval()]
		}
		return constText(n)
	}
	return "true"
}

func (b *copyBinder) format(d *pg.DefElem, text string) error {
	switch text {
	case "text":
		b.o.format = copyText
	case "csv":
		b.o.format = copyCSV
	case "binary":
		b.o.format = copyBinary
	default:
		return b.errorAt(d, sqlstate.InvalidParameterValue, "COPY format %q not recognized", text)
	}
	return nil
}

func (b *copyBinder) header(d *pg.DefElem, text string) error {
	switch strings.ToLower(text) {
	case "true", "on", "1":
		b.o.header = true
	case "false", "off", "0":
	case "match":
		if !b.from {
			return b.errorAt(d, sqlstate.FeatureNotSupported, "cannot use \"match\" with HEADER in COPY TO")
		}
		b.o.header, b.o.match = true, true
	default:
		return b.errorAt(d, sqlstate.SyntaxError, "header requires a Boolean value or \"match\"")
	}
	return nil
}

func (b *copyBinder) force(d *pg.DefElem, name string) error {
	var columns []string
	for _, n := range d.GetArg().GetList().GetItems() {
		columns = append(columns, n.GetString_().GetSval())
	}
	switch name {
	case "force_quote":
		b.o.forceQuote = map[string]bool{}
		if d.GetArg().GetAStar() != nil {
			b.o.forceQuote["*"] = true
		}
		for _, col := range columns {
			b.o.forceQuote[col] = true
		}
	case "force_not_null":
		b.o.forceNotRaw = columns
	case "force_null":
		b.o.forceNull = columns
	default:
		return b.errorAt(d, sqlstate.SyntaxError, "option %q not recognized", name)
	}
	return nil
}

// finish fills the defaults and checks the options against each other.
func (b *copyBinder) finish() error {
	o := b.o
	csv := o.format == copyCSV
	if o.format == copyBinary && (b.delimiter != nil || b.null != nil || o.header) {
		return sqlstate.New(sqlstate.SyntaxError, "cannot specify DELIMITER, NULL or HEADER in BINARY mode")
	}
	if !csv && (b.quote != nil || b.escape != nil || o.forceQuote != nil || o.forceNull != nil || o.forceNotRaw != nil) {
		return sqlstate.New(sqlstate.FeatureNotSupported, "COPY quote, escape and force options are available only in CSV mode")
	}
	o.delimiter, o.null, o.quote = '\t', `\N`, '"'
	if csv {
		o.delimiter, o.null = ',', ""
	}
	for _, one := range []struct {
		name string
		text *string
		to   *byte
	}{{"delimiter", b.delimiter, &o.delimiter}, {"quote", b.quote, &o.quote}} {
		if err := oneByte(one.name, one.text, one.to); err != nil {
			return err
		}
	}
	o.escape = o.quote
	if err := oneByte("escape", b.escape, &o.escape); err != nil {
		return err
	}
	if b.null != nil {
		o.null = *b.null
	}
	return o.check(csv)
}

func oneByte(name string, text *string, to *byte) error {
	if text == nil {
		return nil
	}
	if len(*text) != 1 {
		return sqlstate.New(sqlstate.FeatureNotSupported, "COPY %s must be a single one-byte character", name)
	}
	*to = (*text)[0]
	return nil
}

func (o *copyOptions) check(csv bool) error {
	switch {
	case o.delimiter == '\n' || o.delimiter == '\r':
		return sqlstate.New(sqlstate.InvalidParameterValue, "COPY delimiter cannot be newline or carriage return")
	case strings.ContainsAny(o.null, "\r\n"):
		return sqlstate.New(sqlstate.InvalidParameterValue, "COPY null representation cannot use newline or carriage return")
	case !csv && strings.IndexByte("\\.abcdefghijklmnopqrstuvwxyz0123456789", o.delimiter) >= 0:
		return sqlstate.New(sqlstate.InvalidParameterValue, "COPY delimiter cannot be %q", string(o.delimiter))
	case csv && o.delimiter == o.quote:
		return sqlstate.New(sqlstate.InvalidParameterValue, "COPY delimiter and quote must be different")
	case strings.IndexByte(o.null, o.delimiter) >= 0:
		return sqlstate.New(sqlstate.InvalidParameterValue, "COPY delimiter must not appear in the NULL specification")
	case csv && strings.IndexByte(o.null, o.quote) >= 0:
		return sqlstate.New(sqlstate.InvalidParameterValue, "CSV quote character must not appear in the NULL specification")
	}
	return nil
}

// copyQuery is the query of COPY TO: its own, or all of a relation.
func copyQuery(n *pg.CopyStmt) *pg.Node {
	if n.GetQuery() != nil {
		return n.GetQuery()
	}
	sel := &pg.SelectStmt{FromClause: []*pg.Node{{Node: &pg.Node_RangeVar{RangeVar: n.GetRelation()}}}}
	for _, a := range n.GetAttlist() {
		sel.TargetList = append(sel.TargetList, resTarget(&pg.ColumnRef{Fields: []*pg.Node{a}, Location: n.GetRelation().GetLocation()}))
	}
	if len(n.GetAttlist()) == 0 {
		all := &pg.Node{Node: &pg.Node_AStar{AStar: &pg.A_Star{}}}
		sel.TargetList = []*pg.Node{resTarget(&pg.ColumnRef{Fields: []*pg.Node{all}, Location: n.GetRelation().GetLocation()})}
	}
	return &pg.Node{Node: &pg.Node_SelectStmt{SelectStmt: sel}}
}

func resTarget(ref *pg.ColumnRef) *pg.Node {
	val := &pg.Node{Node: &pg.Node_ColumnRef{ColumnRef: ref}}
	return &pg.Node{Node: &pg.Node_ResTarget{ResTarget: &pg.ResTarget{Val: val, Location: ref.GetLocation()}}}
}

// copyOutCommand is COPY … TO STDOUT.
type copyOutCommand struct {
	query   *plan.Query
	options *copyOptions
}

func (s *Session) bindCopyOut(c *compiled, params *expr.Params, n *pg.CopyStmt, o *copyOptions) error {
	query := copyQuery(n)
	if query.GetSelectStmt() == nil {
		return unsupported(c.sql, int32(c.statement.Start), "COPY of a %s is not supported", statementName(query))
	}
	q, err := s.plan(c, params, query)
	c.command = &copyOutCommand{query: q, options: o}
	return err
}
