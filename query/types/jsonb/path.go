package jsonb

import (
	"github.com/projsql/projsql/wire/sqlstate"
)

// Steps lead to a part of a document: keys, or places in arrays. A nil is an SQL NULL,
// which is an error (22004) once the steps have come there.
type Steps []*string

// pathEdit is what a path function does where its path ends: it removes, if nothing else is said.
type pathEdit struct {
	path    Steps
	value   Value
	create  bool // add a missing key or element
	replace bool // replace one that exists
	insert  bool // add beside one that exists; a key that exists is an error
	after   bool
}

// Set is jsonb_set(doc, path, value, create). Errors: 22004, 22023, 22P02.
func Set(doc string, path Steps, value string, create bool) (string, error) {
	if TypeOf(doc) < Array {
		return "", errParameter("cannot set path in scalar")
	}
	if Root(doc).Len() == 0 && !create {
		return doc, nil
	}
	return edit(doc, pathEdit{path: path, value: Root(value), create: create, replace: true})
}

// Insert is jsonb_insert(doc, path, value, after). Errors: 22004, 22023, 22P02.
func Insert(doc string, path Steps, value string, after bool) (string, error) {
	if TypeOf(doc) < Array {
		return "", errParameter("cannot set path in scalar")
	}
	return edit(doc, pathEdit{path: path, value: Root(value), create: true, insert: true, after: after})
}

// DeletePath is doc #- path. Errors: 22004, 22023, 22P02.
func DeletePath(doc string, path Steps) (string, error) {
	if TypeOf(doc) < Array {
		return "", errParameter("cannot delete path in scalar")
	}
	if Root(doc).Len() == 0 {
		return doc, nil
	}
	return edit(doc, pathEdit{path: path})
}

func edit(doc string, e pathEdit) (string, error) {
	if len(e.path) == 0 {
		return doc, nil
	}
	var out Builder
	if err := e.apply(&out, Root(doc), 0); err != nil {
		return "", err
	}
	return out.Doc()
}

// apply writes v, edited at path[level:].
func (e *pathEdit) apply(out *Builder, v Value, level int) error {
	if e.path[level] == nil {
		return sqlstate.New(sqlstate.NullValueNotAllowed, "path element at position %d is null", level+1)
	}
	switch v.Kind() {
	case Object:
		return e.object(out, v, level)
	case Array:
		return e.array(out, v, level)
	}
	out.Value(v)
	return nil
}

func (e *pathEdit) last(level int) bool { return level == len(e.path)-1 }

func (e *pathEdit) object(out *Builder, v Value, level int) error {
	out.BeginObject()
	found := false
	for k, own := range v.Pairs() {
		if k != *e.path[level] {
			out.Key(k)
			out.Value(own)
			continue
		}
		found = true
		if err := e.pair(out, k, own, level); err != nil {
			return err
		}
	}
	if !found && e.create && e.last(level) {
		out.Key(*e.path[level])
		out.Value(e.value)
	}
	out.End()
	return nil
}

func (e *pathEdit) pair(out *Builder, key string, own Value, level int) error {
	switch {
	case !e.last(level):
		out.Key(key)
		return e.apply(out, own, level+1)
	case e.insert:
		return sqlstate.New(sqlstate.InvalidParameterValue, "cannot replace existing key").
			WithHint("Try using the function jsonb_set to replace key value.")
	case e.replace:
		out.Key(key)
		out.Value(e.value)
	}
	return nil
}

func (e *pathEdit) array(out *Builder, v Value, level int) error {
	i, ok := pathIndex(*e.path[level])
	if !ok {
		return sqlstate.New(sqlstate.InvalidTextRepresentation, "path element at position %d is not an integer: \"%s\"", level+1, *e.path[level])
	}
	count := v.Len()
	before := false // the value goes before the first element
	if i < 0 {
		if i += count; i < 0 {
			before, i = true, -1
		}
	}
	out.BeginArray()
	add := e.create && e.last(level)
	if before && add || count == 0 && add {
		out.Value(e.value)
		add = false
	}
	at := 0
	for own := range v.Elements() {
		if at == i {
			add = false
			if err := e.element(out, own, level); err != nil {
				return err
			}
		} else {
			out.Value(own)
		}
		at++
	}
	if add && i >= count {
		out.Value(e.value)
	}
	out.End()
	return nil
}

func (e *pathEdit) element(out *Builder, own Value, level int) error {
	switch {
	case !e.last(level):
		return e.apply(out, own, level+1)
	case e.insert && e.after:
		out.Value(own)
		out.Value(e.value)
	case e.insert:
		out.Value(e.value)
		out.Value(own)
	case e.replace:
		out.Value(e.value)
	}
	return nil
}
