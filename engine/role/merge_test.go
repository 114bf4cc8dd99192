package role_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/projsql/projsql/engine/role"
)

// TestMerge: what two have changed at the same time is joined where it is said of different roles and objects.
func TestMerge(t *testing.T) {
	object := func(owner string) *role.Object { return &role.Object{Owner: owner} }
	base := (&role.Set{}).With(&role.Role{Name: "adm", Superuser: true, Login: true, Verifier: "x"}, &role.Role{Name: "ann"}).WithRelation("both", object("ann")).WithRoutine("f()", object("ann"))
	base.Version = 1
	same := func(s *role.Set) *role.Set { return s }
	for what, c := range map[string]struct {
		mine, others func(*role.Set) *role.Set
		merged       bool
	}{
		"other relations":        {func(s *role.Set) *role.Set { return s.WithRelation("mine", object("bob")) }, func(s *role.Set) *role.Set { return s.WithRelation("others", object("eve")) }, true},
		"a relation dropped":     {func(s *role.Set) *role.Set { return s.WithRelation("both", nil) }, func(s *role.Set) *role.Set { return s.WithRelation("others", object("eve")) }, true},
		"a relation and routine": {func(s *role.Set) *role.Set { return s.WithRoutine("f()", object("bob")) }, func(s *role.Set) *role.Set { return s.WithRelation("both", object("eve")) }, true},
		"nothing of mine":        {same, func(s *role.Set) *role.Set { return s.WithRelation("both", object("eve")) }, true},
		"the same relation":      {func(s *role.Set) *role.Set { return s.WithRelation("both", object("bob")) }, func(s *role.Set) *role.Set { return s.WithRelation("both", nil) }, false},
		"the same routine":       {func(s *role.Set) *role.Set { return s.WithRoutine("f()", nil) }, func(s *role.Set) *role.Set { return s.WithRoutine("f()", object("eve")) }, false},
		"a role of theirs":       {func(s *role.Set) *role.Set { return s.WithRelation("mine", object("bob")) }, func(s *role.Set) *role.Set { return s.With(&role.Role{Name: "ann", Superuser: true}) }, true},
		"a role of mine":         {func(s *role.Set) *role.Set { return s.With(&role.Role{Name: "bob"}) }, func(s *role.Set) *role.Set { return s.WithRelation("others", object("eve")) }, true},
		"the schema":             {same, func(s *role.Set) *role.Set { return s.WithSchema(object("eve")) }, true},
		"defaults": {same, func(s *role.Set) *role.Set {
			return s.WithDefault(role.Default{Role: "ann", Kind: role.Table, ACL: role.ACL{}})
		}, true},
		"what is made by other defaults": {func(s *role.Set) *role.Set { return s.WithRelation("mine", object("ann")) }, func(s *role.Set) *role.Set {
			return s.WithDefault(role.Default{Role: "ann", Kind: role.Table, ACL: role.ACL{}})
		}, false},
		"the only administrator": {func(s *role.Set) *role.Set {
			return s.With(&role.Role{Name: "other", Superuser: true, Login: true, Verifier: "x"}).Without("adm")
		}, func(s *role.Set) *role.Set { return s.WithRelation("others", object("adm")) }, false},
	} {
		mine, now := c.mine(base), c.others(base)
		mine.Version, now.Version = 1, 2
		got, merged := role.Merge(base, mine, now)
		if merged != c.merged {
			t.Errorf("%s: merged %v", what, merged)
		}
		if !merged {
			continue
		}
		for _, name := range []string{"both", "mine", "others"} {
			want := now.Relation(name)
			if mine.Relation(name) != base.Relation(name) {
				want = mine.Relation(name)
			}
			if got.Relation(name) != want {
				t.Errorf("%s: of %s is said %+v, want %+v", what, name, got.Relation(name), want)
			}
		}
		if want := mine.Routine("f()"); got.Routine("f()") != want && now.Routine("f()") == base.Routine("f()") {
			t.Errorf("%s: of f() is said %+v, want %+v", what, got.Routine("f()"), want)
		}
	}
	mine := base.With(&role.Role{Name: "bob"})
	mine.Version = 1
	if got, merged := role.Merge(base, mine, base); got != mine || !merged {
		t.Error("where nobody else has changed anything it is not mine")
	}
	if _, merged := role.Merge(nil, nil, base); merged {
		t.Error("the first roles change nothing")
	}
}

// step is a change of roles as a statement makes it; false: it is refused.
type step func(*role.Set) (*role.Set, bool)

// steps are changes of a few roles, of what they may and whose members they are.
func steps() map[string]step {
	all, id := map[string]step{}, uint64(0)
	names := []string{"ann", "bob", "eve"}
	named := func(s *role.Set, name string) bool {
		for _, r := range s.List() {
			if _, is := r.MemberOf[name]; is {
				return true
			}
		}
		for _, o := range s.Relations() {
			if o.OwnedBy() == name || len(o.Named(name)) > 0 {
				return true
			}
		}
		return slices.ContainsFunc(s.Defaults(), func(d role.Default) bool { return d.Role == name || d.ACL.Names(name) })
	}
	altered := func(name string, alter func(*role.Role)) step {
		return func(s *role.Set) (*role.Set, bool) {
			r := s.Get(name)
			if r == nil {
				return nil, false
			}
			made := *r
			made.MemberOf, made.Settings = maps.Clone(r.MemberOf), maps.Clone(r.Settings)
			alter(&made)
			return s.With(&made), true
		}
	}
	for _, name := range names {
		all["CREATE "+name] = func(s *role.Set) (*role.Set, bool) {
			id++
			return s.With(&role.Role{Name: name, ID: id, MemberOf: map[string]bool{}}), s.Get(name) == nil
		}
		all["DROP "+name] = func(s *role.Set) (*role.Set, bool) {
			if s.Get(name) == nil || named(s, name) {
				return nil, false
			}
			return s.Without(name), true
		}
		all["LOGIN "+name] = altered(name, func(r *role.Role) { r.Login = true })
		all["CREATEROLE "+name] = altered(name, func(r *role.Role) { r.CreateRole = true })
		all["SET "+name] = altered(name, func(r *role.Role) { r.Settings = map[string]string{"a": "b"} })
		all["OWNER "+name] = func(s *role.Set) (*role.Set, bool) {
			return s.WithRelation("r", s.Relation("r").Owned(name)), s.Get(name) != nil
		}
		all["DEFAULT "+name] = func(s *role.Set) (*role.Set, bool) {
			return s.WithDefault(role.Default{Role: name, Kind: role.Table, ACL: role.ACL{{To: name, By: name, May: role.Select}}}), s.Get(name) != nil
		}
		all["MAKE AS "+name] = func(s *role.Set) (*role.Set, bool) {
			return s.WithRelation("made by "+name, s.Made(name, role.Table)), s.Get(name) != nil
		}
		for _, other := range names {
			if other == name {
				continue
			}
			all["RENAME "+name+" "+other] = func(s *role.Set) (*role.Set, bool) {
				if s.Get(name) == nil || s.Get(other) != nil {
					return nil, false
				}
				return s.Renamed(name, other), true
			}
			all["REVOKE "+other+" FROM "+name] = altered(name, func(r *role.Role) { delete(r.MemberOf, other) })
			all["GRANT "+other+" TO "+name] = func(s *role.Set) (*role.Set, bool) {
				if s.Get(name) == nil || s.Get(other) == nil || s.Member(other, name) {
					return nil, false
				}
				return altered(name, func(r *role.Role) {
					if r.MemberOf == nil {
						r.MemberOf = map[string]bool{}
					}
					r.MemberOf[other] = false
				})(s)
			}
			all["GRANT ON "+other+" TO "+name] = func(s *role.Set) (*role.Set, bool) {
				return s.WithRelation(other, s.Relation(other).WithACL(role.ACL{{To: name, May: role.Select}})), s.Get(name) != nil
			}
		}
	}
	return all
}

// passing reports whether a name was given and taken away again.
func passing(base, made *role.Set, what []string) bool {
	return slices.ContainsFunc(what, func(name string) bool {
		to := name[strings.LastIndexByte(name, ' ')+1:]
		return (strings.HasPrefix(name, "CREATE ") || strings.HasPrefix(name, "RENAME ")) && base.Get(to) == nil && made.Get(to) == nil
	})
}

// TestMergeIsSerial: what two have made of the same roles, by any two of a few changes each, is what one makes after the other, or is
// not joined; it is joined where neither names a role of the other's.
func TestMergeIsSerial(t *testing.T) {
	all := steps()
	names := slices.Sorted(maps.Keys(all))
	shown := func(s *role.Set) string {
		for _, r := range s.List() { // IDs are any, and no memberships may be nil
			made := *r
			if made.ID = 0; len(r.MemberOf) == 0 {
				made.MemberOf = nil
			}
			s = s.With(&made)
		}
		for name, o := range s.Relations() {
			made := *o
			made.New, made.Of = false, 0
			s = s.WithRelation(name, &made)
		}
		defaults := slices.Clone(s.Defaults())
		slices.SortFunc(defaults, func(a, b role.Default) int { return strings.Compare(a.Role, b.Role) })
		for _, d := range defaults {
			s = s.WithDefault(role.Default{Role: d.Role, Kind: d.Kind}).WithDefault(d)
		}
		value, err := s.Record()
		if err != nil {
			t.Fatal(err)
		}
		return string(value)
	}
	run := func(s *role.Set, what []string) *role.Set {
		for _, name := range what {
			next, done := all[name](s)
			if !done || shown(next) == shown(s) { // what changes nothing is not done again
				return nil
			}
			s = next
		}
		return s
	}
	joined, tried := 0, 0
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 0))
		some := func(s *role.Set, most int) (what []string, _ *role.Set) {
			for range 1 + r.IntN(most) {
				for range 20 {
					name := names[r.IntN(len(names))]
					if next := run(s, []string{name}); next != nil {
						what, s = append(what, name), next
						break
					}
				}
			}
			return what, s
		}
		_, base := some((&role.Set{}).With(&role.Role{Name: "adm", Superuser: true, Login: true, Verifier: "x"}), 8)
		base = base.Put(1)
		mine, a := some(base, 2)
		others, b := some(base, 2)
		a, b = a.Put(1), b.Put(2)
		tried++
		got, merged := role.Merge(base, a, b)
		if !merged {
			continue
		}
		joined++
		want := run(b, mine)
		if want == nil { // what mine has said in passing cannot be said any more
			want = run(a, others)
		}
		switch {
		case want == nil && (passing(base, a, mine) || passing(base, b, others)): // both have used the other's name
			continue
		case want == nil:
			t.Fatalf("seed %d: over %s\n%v and %v were joined, and one after the other would be refused", seed, shown(base), others, mine)
		}
		if got, want := shown(got), shown(want); got != want {
			t.Fatalf("seed %d: over %s\n%v and %v make\n%s, want\n%s", seed, shown(base), others, mine, got, want)
		}
	}
	t.Logf("%d of %d joined", joined, tried)
	if joined < tried/4 {
		t.Errorf("%d of %d joined", joined, tried)
	}
}
