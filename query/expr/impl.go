package expr

import (
	"maps"
	"sync"
)

// implementations are what projsql evaluates, by pg_proc's prosrc (or by signature
// for functions that PostgreSQL writes in SQL). A value is a Func0 to Func3, FuncN,
// SetFunc or maker.
var implementations = sync.OnceValue(func() map[string]any {
	all := map[string]any{}
	for _, chapter := range []map[string]any{} {
		maps.Copy(all, chapter)
	}
	return all
})

// settingsOnly are the stable functions that depend on arguments and settings
// alone, so that they are deterministic once the settings are fixed.
var settingsOnly = map[string]bool{}
