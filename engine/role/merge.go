package role

import "reflect"

// Merge returns now with what mine says of relations and routines otherwise than base, which both were made of; false: one of
// the others has changed roles, or what is said of anything else, or both say something new of one object.
func Merge(base, mine, now *Set) (*Set, bool) {
	switch {
	case base.Of() == now.Of():
		return mine, true
	case !sameBeside(base, mine), !sameBeside(base, now):
		return nil, false
	}
	made := now
	for name, o := range differing(base.Relations(), mine.Relations()) {
		if !reflect.DeepEqual(base.Relation(name), now.Relation(name)) {
			return nil, false
		}
		made = made.WithRelation(name, o)
	}
	for key, o := range differing(base.Routines(), mine.Routines()) {
		if !reflect.DeepEqual(base.Routine(key), now.Routine(key)) {
			return nil, false
		}
		made = made.WithRoutine(key, o)
	}
	return made, true
}

// sameBeside reports whether two sets differ in what they say of relations and routines at most.
func sameBeside(a, b *Set) bool {
	if len(a.List()) != len(b.List()) || len(a.Settings()) != len(b.Settings()) || len(a.Defaults()) != len(b.Defaults()) {
		return false
	}
	return (len(a.List()) == 0 || reflect.DeepEqual(a.List(), b.List())) &&
		(len(a.Settings()) == 0 || reflect.DeepEqual(a.Settings(), b.Settings())) &&
		(len(a.Defaults()) == 0 || reflect.DeepEqual(a.Defaults(), b.Defaults())) &&
		reflect.DeepEqual(a.OfSchema(), b.OfSchema()) && reflect.DeepEqual(a.OfDatabase(), b.OfDatabase())
}

// differing are the objects of b that are others in a; nil for those that b does not have.
func differing(a, b map[string]*Object) map[string]*Object {
	all := map[string]*Object{}
	for name, o := range b {
		if !reflect.DeepEqual(a[name], o) {
			all[name] = o
		}
	}
	for name := range a {
		if b[name] == nil {
			all[name] = nil
		}
	}
	return all
}
