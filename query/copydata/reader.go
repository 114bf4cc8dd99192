package copydata

import (
	"context"
	"fmt"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Column is a column of the rows that COPY data hold.
type Column struct {
	Name string
	Type types.Type
}

// Input gives the chunks of COPY data. A chunk is valid until the next call and need not end at
// a line's end; io.EOF is the end.
type Input interface {
	Next(ctx context.Context) ([]byte, error)
}

// Reading says how COPY data become rows of some columns. It is immutable.
type Reading struct {
	relation string // as errors name it
	columns  []Column
	options  *Options
	raw      []bool // FORCE_NOT_NULL, by column
	null     []bool // FORCE_NULL, by column
}

// NewReading returns how data with these options become rows of columns of a relation.
// Error: 42P10 for an option that names another column.
func NewReading(relation string, columns []Column, o *Options) (*Reading, error) {
	k := &Reading{relation: relation, columns: columns, options: o}
	var err error
	if k.raw, err = k.marked(o.forceNotRaw); err != nil {
		return nil, err
	}
	k.null, err = k.marked(o.forceNull)
	return k, err
}

// Read calls add with every row of the data, which add must not keep. After an error it reads
// the rest of what the client is still sending. Errors have PostgreSQL's context line.
func (k *Reading) Read(ctx context.Context, env *types.Env, in Input, add func(row []types.Datum) error) error {
	l := &loader{Reading: k, env: env, take: add, input: &input{ctx: ctx, reader: in}}
	if err := l.load(); err != nil {
		return drain(ctx, in, l.input.ended, err)
	}
	return nil
}

// marked tells which columns a list names.
func (k *Reading) marked(names []string) ([]bool, error) {
	marks := make([]bool, len(k.columns))
	for _, name := range names {
		found := false
		for i, c := range k.columns {
			if c.Name == name || name == "*" {
				marks[i], found = true, true
			}
		}
		if !found {
			return nil, sqlstate.New(sqlstate.InvalidColumnReference, "FORCE_NULL or FORCE_NOT_NULL column %q not referenced by COPY", name)
		}
	}
	return marks, nil
}

// drain reads the rest of the client's data, which it may still be sending.
func drain(ctx context.Context, r Input, ended bool, err error) error {
	for !ended {
		if _, more := r.Next(ctx); more != nil {
			break
		}
	}
	return err
}

// field is one field of a row before it is converted.
type field struct {
	text string
	null bool
}

// loader turns COPY data into rows.
type loader struct {
	*Reading
	env   *types.Env
	take  func(row []types.Datum) error
	input *input
	row   []types.Datum
	line  int
}

func (l *loader) load() error {
	l.row = make([]types.Datum, len(l.columns))
	if l.options.format == binaryFormat {
		return l.loadBinary()
	}
	return l.loadText()
}

func (l *loader) add() error {
	if err := l.take(l.row); err != nil {
		return l.where(err, "")
	}
	return nil
}

// where adds PostgreSQL's context line.
func (l *loader) where(err error, more string) error {
	e := *sqlstate.Of(err)
	return e.Within(fmt.Sprintf("COPY %s, line %d%s", l.relation, l.line, more))
}

// contextTextBytesMax is how much of a bad value an error's context shows.
const contextTextBytesMax = 100

func (l *loader) column(i int, text string) string {
	if len(text) > contextTextBytesMax {
		text = text[:contextTextBytesMax] + "..."
	}
	return fmt.Sprintf(", column %s: \"%s\"", l.columns[i].Name, text)
}

func (l *loader) loadText() error {
	o := l.options
	split := splitText
	if o.format == csvFormat {
		split = splitCSV
	}
	if o.header {
		if err := l.header(split); err != nil {
			return err
		}
	}
	fields := make([]field, 0, len(l.row))
	for {
		line, ok, err := l.input.line(o)
		if err != nil || !ok {
			return err
		}
		l.line++
		if fields, err = split(fields[:0], line, o); err != nil {
			return l.where(err, fmt.Sprintf(": \"%s\"", clip(line)))
		}
		if err := l.fields(fields, line); err != nil {
			return err
		}
	}
}

func clip(line []byte) string {
	if len(line) > contextTextBytesMax {
		return string(line[:contextTextBytesMax]) + "..."
	}
	return string(line)
}

type splitter func(into []field, line []byte, o *Options) ([]field, error)

// header reads the first line, and with HEADER MATCH compares it with the columns.
func (l *loader) header(split splitter) error {
	line, ok, err := l.input.line(l.options)
	if err != nil || !ok {
		return err
	}
	l.line++
	if !l.options.match {
		return nil
	}
	names, err := split(nil, line, l.options)
	if err != nil {
		return l.where(err, "")
	}
	if len(names) != len(l.columns) {
		return l.where(badCopy("wrong number of fields in header line: got %d, expected %d", len(names), len(l.columns)), "")
	}
	for i, t := range l.columns {
		if names[i].text != t.Name {
			return l.where(badCopy("column name mismatch in header line field %d: got %q, expected %q", i+1, names[i].text, t.Name), "")
		}
	}
	return nil
}

func badCopy(format string, args ...any) error {
	return sqlstate.New(sqlstate.BadCopyFileFormat, format, args...)
}

// fields converts a line's fields.
func (l *loader) fields(fields []field, line []byte) error {
	columns := l.columns
	if len(fields) > len(columns) {
		return l.where(badCopy("extra data after last expected column"), fmt.Sprintf(": \"%s\"", clip(line)))
	}
	if len(fields) < len(columns) {
		return l.where(badCopy("missing data for column %q", columns[len(fields)].Name), fmt.Sprintf(": \"%s\"", clip(line)))
	}
	for i, f := range fields {
		if (f.null && !l.raw[i]) || (l.null[i] && f.text == l.options.null) {
			l.row[i] = types.Null
			continue
		}
		d, err := types.Parse(l.env, columns[i].Type, f.text)
		if err != nil {
			return l.where(err, l.column(i, f.text))
		}
		l.row[i] = d
	}
	return l.add()
}
