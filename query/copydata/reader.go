package copydata

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/projsql/projsql/internal/fair"
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
func NewReading(relation string, columns []Column, o *Options) *Reading {
	k := &Reading{relation: relation, columns: columns, options: o}
	for _, c := range columns {
		k.raw = append(k.raw, slices.Contains(o.forceNotNull, c.Name))
		k.null = append(k.null, slices.Contains(o.forceNull, c.Name))
	}
	return k
}

// Within adds PostgreSQL's context line to an error about a line.
func (k *Reading) Within(err error, line int) error {
	e := *sqlstate.Of(err)
	return e.Within(fmt.Sprintf("COPY %s, line %d", k.relation, line))
}

// Read calls add with every row of the data, which add must not keep, and the number of the line that it ends with. After an error it reads
// the rest of what the client is still sending. Errors have PostgreSQL's context line.
func (k *Reading) Read(ctx context.Context, env *types.Env, in Input, add func(row []types.Datum, line int) error) error {
	l := &loader{Reading: k, env: env, take: add, input: &input{ctx: ctx, reader: in}}
	if err := l.load(); err != nil {
		return drain(ctx, in, l.input.ended, err)
	}
	return nil
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
	take  func(row []types.Datum, line int) error
	input *input
	row   []types.Datum
	line  int
	pace  fair.Pace
}

// paceLines is how many rows are taken between two readings of the clock.
const paceLines = 8

func (l *loader) load() error {
	l.row = make([]types.Datum, len(l.columns))
	if l.options.format == binaryFormat {
		return l.loadBinary()
	}
	return l.loadText()
}

// add hands on a row, which was the line text; nil: of the binary format.
func (l *loader) add(line []byte) error {
	if l.line%paceLines == 0 {
		l.pace.Worked()
	}
	err := l.take(l.row, l.line)
	switch {
	case err == nil:
		return nil
	case line == nil:
		return l.where(err, "")
	}
	return l.whereLine(err, line)
}

// whereLine adds PostgreSQL's context line with the line's text.
func (l *loader) whereLine(err error, line []byte) error {
	return l.where(err, fmt.Sprintf(": \"%s\"", clip(line)))
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
		line, ok, err := l.next()
		if err != nil || !ok {
			return err
		}
		if fields, err = split(fields[:0], line, o); err != nil {
			return l.whereLine(err, line)
		}
		if err := l.fields(fields, line); err != nil {
			return err
		}
	}
}

// next is the next line. As in PostgreSQL, newlines within quotes count from the second line on:
// before, it does not know what ends a line.
func (l *loader) next() ([]byte, bool, error) {
	line, ok, err := l.input.line(l.options)
	l.line++
	if l.line > 1 {
		l.line += bytes.Count(line, []byte("\n"))
	}
	if err != nil && line != nil {
		err = l.whereLine(err, line)
	}
	return line, ok, err
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
	line, ok, err := l.next()
	if err != nil || !ok {
		return err
	}
	if !l.options.match {
		return nil
	}
	names, err := split(nil, line, l.options)
	if err != nil {
		return l.whereLine(err, line)
	}
	if len(names) != len(l.columns) {
		return l.whereLine(badCopy("wrong number of fields in header line: got %d, expected %d", len(names), len(l.columns)), line)
	}
	for i, t := range l.columns {
		if names[i].text != t.Name {
			return l.whereLine(badCopy("column name mismatch in header line field %d: got %q, expected %q", i+1, names[i].text, t.Name), line)
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
		return l.whereLine(badCopy("extra data after last expected column"), line)
	}
	for i, f := range fields {
		null := l.null[i] && f.text == l.options.null
		if f.null {
			null = !l.raw[i]
		}
		if null {
			l.row[i] = types.Null
			if err := types.CheckNull(l.env, columns[i].Type.OID); err != nil {
				return l.where(err, ", column "+columns[i].Name+": null input")
			}
			continue
		}
		d, err := types.Parse(l.env, columns[i].Type, f.text)
		if err != nil {
			return l.where(err, l.column(i, f.text))
		}
		l.row[i] = d
	}
	if len(fields) < len(columns) {
		return l.whereLine(badCopy("missing data for column %q", columns[len(fields)].Name), line)
	}
	return l.add(line)
}
