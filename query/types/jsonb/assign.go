package jsonb

import (
	"strconv"

	"github.com/projsql/projsql/wire/sqlstate"
)

// Assign sets what a path of subscripts leads to, as doc['a'][1] = value does: what is
// missing on the way is made, arrays are filled up with nulls. An empty doc stands for
// no document. Errors: 22023, 22P02, 54000.
func Assign(doc string, path []string, array bool, value string) (string, error) {
	a := &assignment{path: path, value: Root(value)}
	root := Root(doc)
	switch {
	case doc == "" && array:
		a.array(root, 0)
	case doc == "":
		a.object(root, 0)
	default:
		a.assign(root, 0)
	}
	if a.err != nil {
		return "", a.err
	}
	return a.out.Doc()
}

type assignment struct {
	out   Builder
	path  []string
	value Value
	err   error
}

func (a *assignment) last(level int) bool { return level == len(a.path)-1 }

// assign writes v with the part that path[level:] leads to set.
func (a *assignment) assign(v Value, level int) {
	switch v.Kind() {
	case Object:
		a.object(v, level)
	case Array:
		a.array(v, level)
	default:
		if a.err == nil {
			a.err = replaceScalar()
		}
		a.out.Value(v)
	}
}

func replaceScalar() error {
	return sqlstate.New(sqlstate.InvalidParameterValue, "cannot replace existing key").
		WithDetail("The path assumes key is a composite object, but it is a scalar value.")
}

// inner writes what path[level] leads to, which is v.
func (a *assignment) inner(v Value, level int) {
	if a.last(level) {
		a.out.Value(a.value)
		return
	}
	a.assign(v, level+1)
}

// made writes what path[level] leads to where there was nothing.
func (a *assignment) made(level int) {
	if a.last(level) {
		a.out.Value(a.value)
		return
	}
	if _, err := strconv.ParseInt(a.path[level+1], 10, 32); err == nil {
		a.array(Value{}, level+1)
		return
	}
	a.object(Value{}, level+1)
}

func (a *assignment) object(v Value, level int) {
	a.out.BeginObject()
	found := false
	for k, own := range v.Pairs() {
		a.out.Key(k)
		if k != a.path[level] {
			a.out.Value(own)
			continue
		}
		found = true
		a.inner(own, level)
	}
	if !found {
		a.out.Key(a.path[level])
		a.made(level)
	}
	a.out.End()
}

func (a *assignment) array(v Value, level int) {
	a.out.BeginArray()
	defer a.out.End()
	at, ok := a.index(v, level)
	if !ok {
		return
	}
	i := 0
	for own := range v.Elements() {
		if i == at {
			a.inner(own, level)
		} else {
			a.out.Value(own)
		}
		i++
	}
	if at < i {
		return
	}
	for ; i < at; i++ {
		a.out.Null()
	}
	a.made(level)
}

// index is the place that path[level] means in an array.
func (a *assignment) index(v Value, level int) (int, bool) {
	at, err := strconv.ParseInt(a.path[level], 10, 32)
	switch {
	case err != nil:
		a.err = sqlstate.New(sqlstate.InvalidTextRepresentation, "path element at position %d is not an integer: \"%s\"", level+1, a.path[level])
	case at < 0 && -at > int64(v.Len()):
		a.err = errParameter("path element at position %d is out of range: %d", level+1, at)
	case at < 0:
		at += int64(v.Len())
	}
	return int(at), a.err == nil
}
