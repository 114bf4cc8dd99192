package query

import (
	"context"
	"fmt"
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/appends"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// copyInCommand is COPY … FROM STDIN. It is one statement: all its rows come or none.
type copyInCommand struct {
	relation string
	targets  []appends.Target
	options  *copyOptions
	raw      []bool // FORCE_NOT_NULL, by target
	null     []bool // FORCE_NULL, by target
	open     func(ctx context.Context, s *Session) (copySink, error)
}

// copySink takes the rows of a COPY.
type copySink interface {
	// add takes one row of values of the targets, which it must not keep.
	add(row []types.Datum) error
	// store makes all that was added part of the transaction and returns their number.
	store(ctx context.Context) (int, error)
}

func (s *Session) bindCopyIn(c *compiled, n *pg.CopyStmt, o *copyOptions) error {
	k := &copyInCommand{relation: n.GetRelation().GetRelname(), options: o}
	bind := s.bindCopyEvents
	if s.tableOf(n.GetRelation()) != nil {
		bind = s.bindCopyTable
	}
	err := bind(c, n, k)
	if err != nil {
		return err
	}
	if k.raw, err = k.marked(o.forceNotRaw); err != nil {
		return err
	}
	k.null, err = k.marked(o.forceNull)
	c.command = k
	return err
}

// marked tells which targets a list of columns names.
func (k *copyInCommand) marked(names []string) ([]bool, error) {
	marks := make([]bool, len(k.targets))
	for _, name := range names {
		found := false
		for i, t := range k.targets {
			if t.Name == name || name == "*" {
				marks[i], found = true, true
			}
		}
		if !found {
			return nil, sqlstate.New(sqlstate.InvalidColumnReference, "FORCE_NULL or FORCE_NOT_NULL column %q not referenced by COPY", name)
		}
	}
	return marks, nil
}

func (k *copyInCommand) run(ctx context.Context, s *Session, x *call) (result, error) {
	sink, err := k.open(ctx, s)
	if err != nil {
		return result{}, err
	}
	reader, err := x.out.CopyIn(k.options.wireFormat(), len(k.targets))
	if err != nil {
		return result{}, err
	}
	in := &copyLoader{command: k, env: s.env, sink: sink}
	in.input = &copyInput{ctx: ctx, reader: reader}
	if err := in.load(); err != nil {
		return result{}, drain(ctx, reader, in.input.ended, err)
	}
	rows, err := sink.store(ctx)
	return result{tag: "COPY " + strconv.Itoa(rows)}, err
}

// drain reads the rest of the client's data, which it may still be sending.
func drain(ctx context.Context, r CopyReader, ended bool, err error) error {
	for !ended {
		if _, more := r.Next(ctx); more != nil {
			break
		}
	}
	return err
}

// copyField is one field of a row before it is converted.
type copyField struct {
	text string
	null bool
}

// copyLoader turns COPY data into rows.
type copyLoader struct {
	command *copyInCommand
	env     *types.Env
	sink    copySink
	input   *copyInput
	row     []types.Datum
	line    int
}

func (l *copyLoader) load() error {
	l.row = make([]types.Datum, len(l.command.targets))
	if l.command.options.format == copyBinary {
		return l.loadBinary()
	}
	return l.loadText()
}

func (l *copyLoader) add() error {
	if err := l.sink.add(l.row); err != nil {
		return l.where(err, "")
	}
	return nil
}

// where adds PostgreSQL's context line.
func (l *copyLoader) where(err error, more string) error {
	e := *sqlstate.Of(err)
	e.Where = within(e.Where, fmt.Sprintf("COPY %s, line %d%s", l.command.relation, l.line, more))
	return &e
}

// contextTextBytesMax is how much of a bad value an error's context shows.
const contextTextBytesMax = 100

func (l *copyLoader) column(i int, text string) string {
	if len(text) > contextTextBytesMax {
		text = text[:contextTextBytesMax] + "..."
	}
	return fmt.Sprintf(", column %s: \"%s\"", l.command.targets[i].Name, text)
}

func (l *copyLoader) loadText() error {
	o := l.command.options
	split := splitText
	if o.format == copyCSV {
		split = splitCSV
	}
	if o.header {
		if err := l.header(split); err != nil {
			return err
		}
	}
	fields := make([]copyField, 0, len(l.row))
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

type splitter func(into []copyField, line []byte, o *copyOptions) ([]copyField, error)

// header reads the first line, and with HEADER MATCH compares it with the columns.
func (l *copyLoader) header(split splitter) error {
	line, ok, err := l.input.line(l.command.options)
	if err != nil || !ok {
		return err
	}
	l.line++
	if !l.command.options.match {
		return nil
	}
	names, err := split(nil, line, l.command.options)
	if err != nil {
		return l.where(err, "")
	}
	if len(names) != len(l.command.targets) {
		return l.where(badCopy("wrong number of fields in header line: got %d, expected %d", len(names), len(l.command.targets)), "")
	}
	for i, t := range l.command.targets {
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
func (l *copyLoader) fields(fields []copyField, line []byte) error {
	targets := l.command.targets
	if len(fields) > len(targets) {
		return l.where(badCopy("extra data after last expected column"), fmt.Sprintf(": \"%s\"", clip(line)))
	}
	if len(fields) < len(targets) {
		return l.where(badCopy("missing data for column %q", targets[len(fields)].Name), fmt.Sprintf(": \"%s\"", clip(line)))
	}
	for i, f := range fields {
		if (f.null && !l.command.raw[i]) || (l.command.null[i] && f.text == l.command.options.null) {
			l.row[i] = types.Null
			continue
		}
		d, err := types.Parse(l.env, targets[i].Type, f.text)
		if err != nil {
			return l.where(err, l.column(i, f.text))
		}
		l.row[i] = d
	}
	return l.add()
}
