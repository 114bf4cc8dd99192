package copydata

import (
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
	format      format
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
		return b.errorAt(d, sqlstate.FeatureNotSupported, "COPY FREEZE is not supported")
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

func (b *optionBinder) header(d *pg.DefElem, text string) error {
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

func (b *optionBinder) force(d *pg.DefElem, name string) error {
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
func (b *optionBinder) finish() error {
	o := b.o
	csv := o.format == csvFormat
	if o.format == binaryFormat && (b.delimiter != nil || b.null != nil || o.header) {
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

func (o *Options) check(csv bool) error {
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
