package copydata

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/wire/sqlstate"
)

// format is FORMAT of COPY.
type format uint8

const (
	textFormat format = iota + 1
	csvFormat
	binaryFormat
)

// Options are the options of COPY. They are immutable.
type Options struct {
	format    format
	delimiter byte
	null      string
	header    bool
	match     bool // HEADER MATCH
	quote     byte
	escape    byte
	// What FORCE_QUOTE, FORCE_NOT_NULL and FORCE_NULL name; nil: the option is not there.
	forceQuote, forceNotNull, forceNull []string
	quoteAll                            bool // FORCE_QUOTE *
}

// WireFormat is the format code of CopyInResponse and CopyOutResponse.
func (o *Options) WireFormat() int8 {
	if o.format == binaryFormat {
		return 1
	}
	return 0
}

// OptionsOf reads and checks the options of a COPY in the query string sql. Errors carry SQLSTATE
// and, where PostgreSQL tells one, position.
func OptionsOf(sql string, n *pg.CopyStmt) (*Options, error) {
	b := &optionBinder{sql: sql, from: n.GetIsFrom(), seen: map[string]bool{}, o: &Options{format: textFormat}}
	for _, opt := range n.GetOptions() {
		if err := b.option(opt.GetDefElem()); err != nil {
			return nil, err
		}
	}
	return b.o, b.finish()
}

// optionBinder reads and checks the options of COPY.
type optionBinder struct {
	sql  string
	from bool
	seen map[string]bool
	o    *Options

	delimiter, null, quote, escape *string
}

func (b *optionBinder) errorAt(d *pg.DefElem, code sqlstate.Code, format string, args ...any) error {
	return sqlstate.New(code, format, args...).At(parse.Position(b.sql, int(d.GetLocation())))
}

func (b *optionBinder) option(d *pg.DefElem) error {
	name := d.GetDefname()
	if b.seen[name] {
		return b.errorAt(d, sqlstate.SyntaxError, "conflicting or redundant options")
	}
	b.seen[name] = true
	text := parse.OptionText(d)
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
			return b.errorAt(d, sqlstate.FeatureNotSupported, "encoding %q is not supported, only UTF8", text)
		}
	case "freeze":
		on, err := parse.OptionBool(d)
		if err == nil && on && b.from {
			return b.errorAt(d, sqlstate.FeatureNotSupported, "COPY FREEZE is not supported")
		}
		return err
	default:
		return b.force(d, name)
	}
	return nil
}

func (b *optionBinder) format(d *pg.DefElem, text string) error {
	switch text {
	case "text":
		b.o.format = textFormat
	case "csv":
		b.o.format = csvFormat
	case "binary":
		b.o.format = binaryFormat
	default:
		return b.errorAt(d, sqlstate.InvalidParameterValue, "COPY format %q not recognized", text)
	}
	return nil
}

func (b *optionBinder) header(d *pg.DefElem, text string) (err error) {
	if !strings.EqualFold(text, "match") {
		if b.o.header, err = parse.OptionBool(d); err != nil {
			return sqlstate.New(sqlstate.SyntaxError, "header requires a Boolean value or \"match\"")
		}
		return nil
	}
	if !b.from {
		return sqlstate.New(sqlstate.FeatureNotSupported, "cannot use %q with HEADER in COPY TO", text)
	}
	b.o.header, b.o.match = true, true
	return nil
}

func (b *optionBinder) force(d *pg.DefElem, name string) error {
	columns := []string{}
	for _, n := range d.GetArg().GetList().GetItems() {
		columns = append(columns, n.GetString_().GetSval())
	}
	switch name {
	case "force_quote":
		b.o.forceQuote, b.o.quoteAll = columns, d.GetArg().GetAStar() != nil
	case "force_not_null":
		b.o.forceNotNull = columns
	case "force_null":
		b.o.forceNull = columns
	default:
		return b.errorAt(d, sqlstate.SyntaxError, "option %q not recognized", name)
	}
	return nil
}

// finish fills the defaults and checks the options against each other.
func (b *optionBinder) finish() error {
	o := b.o
	for name, given := range map[string]bool{"DELIMITER": b.delimiter != nil, "NULL": b.null != nil} {
		if given && o.format == binaryFormat {
			return sqlstate.New(sqlstate.SyntaxError, "cannot specify %s in BINARY mode", name)
		}
	}
	o.delimiter, o.null, o.quote = '\t', `\N`, '"'
	if o.format == csvFormat {
		o.delimiter, o.null = ',', ""
	}
	if b.null != nil {
		o.null = *b.null
	}
	if err := oneByte("delimiter", b.delimiter, &o.delimiter); err != nil {
		return err
	}
	if err := o.checkPlain(); err != nil {
		return err
	}
	if err := b.quotes(); err != nil {
		return err
	}
	return b.forces()
}

// quotes settles QUOTE and ESCAPE, which csv alone has.
func (b *optionBinder) quotes() error {
	o := b.o
	if b.quote != nil && o.format != csvFormat {
		return sqlstate.New(sqlstate.FeatureNotSupported, "COPY quote available only in CSV mode")
	}
	if err := oneByte("quote", b.quote, &o.quote); err != nil {
		return err
	}
	if o.format == csvFormat && o.delimiter == o.quote {
		return sqlstate.New(sqlstate.InvalidParameterValue, "COPY delimiter and quote must be different")
	}
	if b.escape != nil && o.format != csvFormat {
		return sqlstate.New(sqlstate.FeatureNotSupported, "COPY escape available only in CSV mode")
	}
	o.escape = o.quote
	return oneByte("escape", b.escape, &o.escape)
}

// forces checks FORCE_QUOTE, FORCE_NOT_NULL and FORCE_NULL, and last what NULL must not have.
func (b *optionBinder) forces() error {
	o := b.o
	for _, f := range []struct {
		name  string
		given bool
		from  bool
	}{
		{"force quote", o.forceQuote != nil, false},
		{"force not null", o.forceNotNull != nil, true},
		{"force null", o.forceNull != nil, true},
	} {
		switch {
		case f.given && o.format != csvFormat:
			return sqlstate.New(sqlstate.FeatureNotSupported, "COPY %s available only in CSV mode", f.name)
		case f.given && f.from != b.from:
			return sqlstate.New(sqlstate.FeatureNotSupported, "COPY %s only available using COPY %s", f.name, map[bool]string{true: "FROM", false: "TO"}[f.from])
		}
	}
	if o.format != binaryFormat && strings.IndexByte(o.null, o.delimiter) >= 0 {
		return sqlstate.New(sqlstate.FeatureNotSupported, "COPY delimiter must not appear in the NULL specification")
	}
	if o.format == csvFormat && strings.IndexByte(o.null, o.quote) >= 0 {
		return sqlstate.New(sqlstate.FeatureNotSupported, "CSV quote character must not appear in the NULL specification")
	}
	return nil
}

// Names checks the columns that options name: exists tells of one that the relation does not have, and
// the data must have it. Errors: 42701, 42P10, and those of exists.
func (o *Options) Names(columns []Column, exists func(name string) error) error {
	for _, f := range []struct {
		option string
		names  []string
	}{{"FORCE_QUOTE", o.forceQuote}, {"FORCE_NOT_NULL", o.forceNotNull}, {"FORCE_NULL", o.forceNull}} {
		for i, name := range f.names {
			if err := exists(name); err != nil {
				return err
			}
			if slices.Contains(f.names[:i], name) {
				return sqlstate.New(sqlstate.DuplicateColumn, "column %q specified more than once", name)
			}
			if !slices.ContainsFunc(columns, func(c Column) bool { return c.Name == name }) {
				return sqlstate.New(sqlstate.InvalidColumnReference, "%s column %q not referenced by COPY", f.option, name)
			}
		}
	}
	return nil
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

// checkPlain checks what every format has.
func (o *Options) checkPlain() error {
	csv := o.format == csvFormat
	switch {
	case o.format == binaryFormat && o.header:
		return sqlstate.New(sqlstate.FeatureNotSupported, "cannot specify HEADER in BINARY mode")
	case o.delimiter == '\n' || o.delimiter == '\r':
		return sqlstate.New(sqlstate.InvalidParameterValue, "COPY delimiter cannot be newline or carriage return")
	case strings.ContainsAny(o.null, "\r\n"):
		return sqlstate.New(sqlstate.InvalidParameterValue, "COPY null representation cannot use newline or carriage return")
	case !csv && strings.IndexByte("\\.abcdefghijklmnopqrstuvwxyz0123456789", o.delimiter) >= 0:
		return sqlstate.New(sqlstate.InvalidParameterValue, "COPY delimiter cannot be %q", string(o.delimiter))
	}
	return nil
}
