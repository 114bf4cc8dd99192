package structs

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Tag is the key of the struct tag that names a field's column and its SQL type:
//
//	Balance string `projsql:"balance,numeric(12,2)"`
//
// Both may be left out: the column is then the field's name in snake case, and the
// type follows from the field's.
const Tag = "projsql"

// Mapping is how the fields of one struct type stand in columns. It is immutable once
// bound, and safe for concurrent use.
type Mapping struct {
	typ    reflect.Type
	fields []Field
}

// Field is a field of a struct and its column.
type Field struct {
	Go       string // the field's name
	Column   string
	Type     string // as SQL writes it
	Nullable bool   // the field can be nil, which is NULL
	index    int
	position int // of the column in a row
	convert  converter
}

// Of reads the fields of a struct type. Every field must be a column: a state is kept by
// its columns, so any other would be lost. Bind is next.
func Of(t reflect.Type) (*Mapping, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%s is not a struct", t)
	}
	m := &Mapping{typ: t}
	for i := range t.NumField() {
		f, err := fieldOf(t.Field(i))
		if err != nil {
			return nil, fmt.Errorf("field %s of %s: %w", t.Field(i).Name, t, err)
		}
		f.index, f.position = i, i
		m.fields = append(m.fields, f)
	}
	return m, nil
}

// Fields returns the fields in their order, which is that of the columns. The slice must
// not be changed.
func (m *Mapping) Fields() []Field { return m.fields }

func fieldOf(sf reflect.StructField) (f Field, err error) {
	name, typ, _ := strings.Cut(sf.Tag.Get(Tag), ",")
	switch {
	case sf.Anonymous:
		return f, errors.New("embedded fields are no columns: give it a name")
	case !sf.IsExported(), name == "-":
		return f, errors.New("a state is kept by its columns: what is in no column would be lost")
	case name == "":
		name = snake(sf.Name)
	}
	f = Field{Go: sf.Name, Column: name, Type: strings.TrimSpace(typ), Nullable: nullable(sf.Type)}
	if f.Type == "" {
		f.Type, err = sqlType(sf.Type)
	}
	return f, err
}

// snake writes a Go name as SQL does: LastAuthor is last_author, HTTPPort is http_port.
func snake(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		word := i > 0 && unicode.IsUpper(r) &&
			(!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		if word && runes[i-1] != '_' {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// Column is a column of a relation, as Bind needs it.
type Column struct {
	Name string
	Type types.Type
}

// Bind returns the mapping onto the columns of a relation, each found by its name. A
// field without a column, or with one of a type that it cannot hold, is an error.
func (m *Mapping) Bind(columns []Column) (*Mapping, error) {
	bound := &Mapping{typ: m.typ}
	for _, f := range m.fields {
		at := -1
		for i := range columns {
			if columns[i].Name == f.Column {
				at = i
			}
		}
		if at < 0 {
			return nil, fmt.Errorf("field %s of %s: there is no column %q", f.Go, m.typ, f.Column)
		}
		convert, err := converterOf(m.typ.Field(f.index).Type, columns[at].Type)
		if err != nil {
			return nil, fmt.Errorf("field %s of %s: %w", f.Go, m.typ, err)
		}
		f.position, f.convert = at, convert
		bound.fields = append(bound.fields, f)
	}
	return bound, nil
}

// Load fills a struct, which v addresses and which is zero, from a row. The struct shares
// no memory that can be changed with the row.
func (m *Mapping) Load(v reflect.Value, row []types.Datum) error {
	for i := range m.fields {
		f := &m.fields[i]
		if d := row[f.position]; !d.IsNull() {
			if err := f.convert.load(d, v.Field(f.index)); err != nil {
				return inColumn(f.Column, err)
			}
		}
	}
	return nil
}

// inColumn names the column in an error, which has a SQLSTATE then.
func inColumn(name string, err error) error {
	own := *sqlstate.Of(err)
	if own.Code == sqlstate.InternalError {
		own.Code = sqlstate.ExternalRoutineException
	}
	own.Message, own.Column = fmt.Sprintf("column %q: %s", name, own.Message), name
	return &own
}

// Store writes the fields of a struct, which v addresses, into a row, which shares no
// memory that can be changed with it.
func (m *Mapping) Store(row []types.Datum, v reflect.Value) (err error) {
	for i := range m.fields {
		f := &m.fields[i]
		if row[f.position], err = f.convert.store(v.Field(f.index)); err != nil {
			return inColumn(f.Column, err)
		}
	}
	return nil
}
