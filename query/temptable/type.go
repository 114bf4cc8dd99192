package temptable

import (
	"slices"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Type is a composite type, an enum, a domain, a range or a multirange of a session.
type Type struct {
	Name string
	OID  types.OID
	// Made is the name that it was made by: functions that make ranges of bounds keep it.
	Made string
	// Hidden says that these are found in the session's schema alone.
	Hidden bool
	// Comment is what COMMENT says of it; "" = nothing.
	Comment string
}

func (t *Type) name() string { return t.Name }

// typesMax is how many types a session may define while it lives.
const typesMax = 10_000

// Types returns the types by name, without those of rows.
func (t *Tables) Types() []*Type { return kind[*Type](t) }

// Type is the type of a number; nil: it is none of the session's.
func (t *Tables) Type(oid types.OID) *Type {
	for _, o := range t.Types() {
		if o.OID == oid {
			return o
		}
	}
	return nil
}

// CreateType makes a type. 42710 if its name is taken, 54000 beyond the limit.
func (t *Tables) CreateType(i types.TypeInfo) (*Type, error) {
	if !t.Free(i.Name) {
		return nil, sqlstate.New(sqlstate.DuplicateObject, "type %q already exists", i.Name)
	}
	oid, err := t.define(i)
	if err != nil {
		return nil, err
	}
	made := &Type{Name: i.Name, OID: oid, Made: i.Name}
	t.put(made)
	return made, nil
}

// CreateRange makes a range type and the type of its multiranges. hidden says that the functions that make
// values of them are found in the session's schema alone. 42710 if a name is taken, 54000 beyond the limit.
func (t *Tables) CreateRange(i types.TypeInfo, multirange string, hidden bool) error {
	ranges, err := t.CreateType(i)
	if err != nil {
		return err
	}
	multiranges, err := t.CreateType(types.TypeInfo{Name: multirange, Kind: 'm', Range: ranges.OID})
	if err != nil {
		t.Drop(ranges)
		return err
	}
	both := *types.Info(ranges.OID)
	both.Multirange = multiranges.OID
	types.Redefine(both)
	ranges.Hidden, multiranges.Hidden = hidden, hidden
	return nil
}

// AlterType makes a type another one, which began as a copy of it. 42710 if another name is taken.
func (t *Tables) AlterType(o *Type, to types.TypeInfo) error {
	if to.Name != o.Name && !t.Free(to.Name) {
		return sqlstate.New(sqlstate.DuplicateObject, "type %q already exists", to.Name)
	}
	was := *types.Info(o.OID)
	t.retype(o, to)
	t.undo = append(t.undo, undo{func() { t.retype(o, was) }, true})
	return nil
}

func (t *Tables) retype(o *Type, to types.TypeInfo) {
	delete(t.byName, o.Name)
	o.Name, to.SQLName = to.Name, t.quoted(to.Name)
	t.byName[o.Name] = o
	types.Redefine(to)
	t.shapes++
}

// settle lets labels that a transaction has added be used by the next.
func (t *Tables) settle() {
	for _, o := range t.Types() {
		i := *types.Info(o.OID)
		if !slices.ContainsFunc(i.Labels, func(l types.Label) bool { return l.New }) {
			continue
		}
		i.Labels = slices.Clone(i.Labels)
		for j := range i.Labels {
			i.Labels[j].New = false
		}
		types.Redefine(i)
		t.shapes++
	}
}

// define defines a type until Close: values of it may outlive its name.
func (t *Tables) define(i types.TypeInfo) (types.OID, error) {
	if len(t.defined) == typesMax {
		return 0, sqlstate.New(sqlstate.ProgramLimitExceeded, "a session may define %d types", typesMax)
	}
	i.SQLName = t.quoted(i.Name)
	made, err := types.Define(i)
	if err != nil {
		return 0, err
	}
	t.defined = append(t.defined, made.OID)
	return made.OID, nil
}

func (t *Tables) quoted(name string) string {
	if t.Quote == nil {
		return name
	}
	return t.Quote(name)
}

// RowType is the composite type of a table's or view's rows, made when it is first asked
// for; 0 for other objects.
func (t *Tables) RowType(o Object) (types.OID, error) {
	oid, columns := rowOf(o)
	if oid == 0 {
		return 0, nil
	}
	if t.rowTypes[oid] == 0 {
		made, err := t.define(types.TypeInfo{Name: o.name(), Kind: 'c', Attributes: attributes(columns)})
		if err != nil {
			return 0, err
		}
		t.rowTypes[oid] = made
	}
	return t.rowTypes[oid], nil
}

func rowOf(o Object) (uint32, []Column) {
	switch o := o.(type) {
	case *Table:
		return o.OID, o.Columns
	case *View:
		return o.OID, o.Columns
	}
	return 0, nil
}

func attributes(columns []Column) []types.Attribute {
	all := make([]types.Attribute, len(columns))
	for i, c := range columns {
		all[i] = types.Attribute{Name: c.Name, Type: c.Type}
	}
	return all
}

// reshape tells the type of an object's rows what the object is now.
func (t *Tables) reshape(o Object) {
	oid, columns := rowOf(o)
	if made := t.rowTypes[oid]; made != 0 {
		now := *types.Info(made)
		now.Name, now.SQLName, now.Attributes = o.name(), t.quoted(o.name()), attributes(columns)
		types.Redefine(now)
	}
}

// Close forgets the types: no value of them may be used any more.
func (t *Tables) Close() {
	for _, oid := range t.defined {
		types.Forget(oid)
	}
	t.defined = nil
}

// TypeOfRows is RowType where it was asked for before; else 0.
func (t *Tables) TypeOfRows(o Object) types.OID {
	oid, _ := rowOf(o)
	return t.rowTypes[oid]
}
