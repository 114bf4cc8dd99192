package role_test

import (
	"testing"

	"github.com/projsql/projsql/engine/role"
)

// TestMerge: what two have changed at the same time is joined where it is said of different objects, and nothing else was changed.
func TestMerge(t *testing.T) {
	object := func(owner string) *role.Object { return &role.Object{Owner: owner} }
	base := (&role.Set{}).With(&role.Role{Name: "ann"}).WithRelation("both", object("ann")).WithRoutine("f()", object("ann"))
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
		"a role of theirs":       {func(s *role.Set) *role.Set { return s.WithRelation("mine", object("bob")) }, func(s *role.Set) *role.Set { return s.With(&role.Role{Name: "ann", Superuser: true}) }, false},
		"a role of mine":         {func(s *role.Set) *role.Set { return s.With(&role.Role{Name: "bob"}) }, func(s *role.Set) *role.Set { return s.WithRelation("others", object("eve")) }, false},
		"the schema":             {same, func(s *role.Set) *role.Set { return s.WithSchema(object("eve")) }, false},
		"defaults": {same, func(s *role.Set) *role.Set {
			return s.WithDefault(role.Default{Role: "ann", Kind: role.Table, ACL: role.ACL{}})
		}, false},
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
