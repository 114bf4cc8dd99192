package expr

import (
	"testing"

	"github.com/projsql/projsql/query/expr/pgdata"
)

// TestImplementationsFit compares the number of arguments of each implementation
// with its row of pg_proc, and finds names that PostgreSQL does not have.
func TestImplementationsFit(t *testing.T) {
	used := map[string]bool{}
	all := pgdata.AllProcs()
	for i := range all {
		p := &all[i]
		impl := implementations()[p.Source]
		if impl == nil {
			continue
		}
		used[p.Source] = true
		if want := arity(impl); want >= 0 && want != len(p.Args) {
			t.Errorf("%s takes %d arguments, %s has %d", p.Source, want, p.Name, len(p.Args))
		}
		_, set := impl.(SetFunc)
		if _, made := impl.(setMaker); (set || made) != p.Set {
			t.Errorf("%s: set-returning is %v", p.Source, p.Set)
		}
	}
	for name := range implementations() {
		if !used[name] {
			t.Errorf("PostgreSQL has no function %s", name)
		}
	}
	for name := range settingsOnly {
		if implementations()[name] != nil && !used[name] {
			t.Errorf("PostgreSQL has no function %s", name)
		}
	}
}

func arity(impl any) int {
	switch impl.(type) {
	case Func0:
		return 0
	case Func1:
		return 1
	case Func2:
		return 2
	case Func3:
		return 3
	}
	return -1
}
