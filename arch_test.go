package projsql_test

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/projsql/projsql"

// words may be imported by every room.
var words = []string{"storage/hlc", "storage/event", "engine/pack", "engine/projection", "engine/role", "wire/sqlstate", "wire/socket", "cluster/hop", "internal/fair", "internal/spelling"}

// layers says which rooms a room may import beside the words. A package that is
// not here may not exist.
var layers = map[string][]string{
	"storage/hlc":            {},
	"storage/event":          {},
	"engine/pack":            {},
	"engine/projection":      {},
	"engine/role":            {},
	"internal/fair":          {},
	"internal/spelling":      {},
	"wire/sqlstate":          {},
	"wire/socket":            {},
	"cluster/hop":            {},
	"storage/compaction":     {},
	"storage":                {"storage/compaction"},
	"engine/cache":           {"storage/compaction"},
	"engine/feed":            {},
	"engine":                 {"storage", "engine/cache"},
	"engine/warm":            {"engine"},
	"cluster/placement":      {},
	"cluster/raftlog":        {},
	"cluster":                {"cluster/placement", "cluster/raftlog"},
	"cluster/gossip":         {"cluster"},
	"cluster/peer":           {"cluster"},
	"cluster/secret":         {},
	"query/types/geometry":   {},
	"query/types/jsonb":      {},
	"query/types/regex":      {},
	"query/types/jsonpath":   {"query/types/jsonb", "query/types/regex"},
	"query/types/textsearch": {},
	"query/types":            {"query/types/geometry", "query/types/jsonb", "query/types/jsonpath", "query/types/textsearch"},
	"query/structs":          {"query/types", "query/types/jsonb"},
	"query/parse":            {},
	"query/settings":         {"query/types"},
	"query/expr/pgdata":      {"query/types"},
	"query/expr":             {"query/expr/pgdata", "query/parse", "query/types", "query/types/geometry", "query/types/jsonb", "query/types/jsonpath", "query/types/regex", "query/types/textsearch"},
	"query/temptable":        {"query/types"},
	"query/tabledef":         {"query/temptable", "query/expr", "query/parse", "query/types"},
	"query/ddl":              {"query/analyze", "query/catalog", "query/plan", "query/tabledef", "query/temptable", "query/expr", "query/parse", "query/types"},
	"query/spill":            {"query/types"},
	"query/freshness":        {"query/parse", "query/plan", "query/types"},
	"query/copydata":         {"query/parse", "query/types"},
	"query/appends":          {"query/plan", "query/types", "query/types/jsonb"},
	"query/fold":             {"query/expr", "query/parse", "query/types", "query/types/jsonb"},
	"query/guard":            {"query/expr", "query/types", "query/types/jsonb"},
	"query/plan":             {"query/expr", "query/expr/pgdata", "query/types"},
	"query/optimize":         {"query/plan", "query/expr", "query/types"},
	"query/analyze":          {"query/plan", "query/optimize", "query/expr", "query/parse", "query/types", "query/types/jsonb"},
	"query/deparse":          {"query/analyze", "query/plan", "query/expr", "query/expr/pgdata", "query/types"},
	"query/fragment":         {"query/plan", "query/analyze", "query/expr", "query/parse", "query/types"},
	"query/explain":          {"query/plan", "query/expr", "query/types"},
	"query/exec":             {"query/plan", "query/spill", "query/expr", "query/expr/pgdata", "query/types", "query/types/jsonb"},
	"query/scatter":          {"query/plan", "query/exec", "query/types"},
	"query/walk":             {},
	"query/catalog":          {"query/plan", "query/settings", "query/expr", "query/expr/pgdata", "query/types", "query/types/jsonb", "query/types/textsearch"},
	"query": {
		"query/plan", "query/analyze", "query/fragment", "query/deparse", "query/explain", "query/spill", "query/exec", "query/scatter", "query/walk", "query/catalog", "query/freshness", "query/appends", "query/copydata", "query/fold", "query/guard", "query/settings", "query/ddl", "query/temptable", "query/tabledef",
		"query/expr", "query/expr/pgdata", "query/parse", "query/types", "query/types/jsonb",
	},
	"wire":           {"query"},
	"jepsen":         {},
	"jepsen/bench":   {"jepsen"},
	"jepsen/regress": {"jepsen"},
	"jepsen/sqlfuzz": {"jepsen"},
	"internal/seam":  {"storage", "engine", "cluster"},
	"projsql": {
		"wire", "query", "query/plan", "query/spill", "query/fold", "query/guard", "query/catalog", "query/structs", "query/expr", "query/types", "query/types/jsonb",
		"cluster", "cluster/gossip", "cluster/peer", "cluster/secret", "cluster/placement", "engine", "engine/cache", "engine/feed", "engine/warm", "storage", "internal/seam",
	},
	"cmd/projsql":       {"projsql"},
	"docs/how-to/embed": {"projsql"},
}

// The words import each other only downwards.
var wordImports = map[string][]string{
	"storage/hlc":       {},
	"storage/event":     {"storage/hlc"},
	"engine/pack":       {},
	"engine/projection": {"storage/hlc", "storage/event", "engine/pack", "engine/role", "internal/fair"},
	"engine/role":       {},
	"wire/sqlstate":     {},
	"wire/socket":       {"internal/fair"},
	"internal/fair":     {},
	"internal/spelling": {},
	"cluster/hop":       {"storage/hlc", "storage/event", "engine/projection"},
}

func TestImportsGoDown(t *testing.T) {
	for pkg, imports := range goList(t) {
		allowed, known := layers[pkg]
		if !known {
			t.Errorf("package %s has no place in the table of layers", pkg)
			continue
		}
		allowed = append(slices.Clone(allowed), words...)
		if only, isWord := wordImports[pkg]; isWord {
			allowed = only
		}
		if strings.HasPrefix(pkg, "jepsen") {
			allowed = layers[pkg] // not even the words
		}
		for _, imp := range imports {
			if !slices.Contains(allowed, imp) {
				t.Errorf("%s imports %s", pkg, imp)
			}
		}
	}
}

func TestMapShowsTheLayers(t *testing.T) {
	doc, err := os.ReadFile("docs/ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{}
	for line := range strings.Lines(string(doc)) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 || !strings.HasPrefix(strings.TrimSpace(cells[1]), "`") {
			continue
		}
		shown[strings.Trim(cells[1], " `")] = strings.ReplaceAll(strings.TrimSpace(cells[2]), "`", "")
	}
	for pkg, imports := range layers {
		want := strings.Join(imports, ", ")
		if want == "" {
			want = "–"
		}
		if got, ok := shown[pkg]; !ok || got != want {
			t.Errorf("docs/ARCHITECTURE.md shows %q for %s, the table says %q", got, pkg, want)
		}
		delete(shown, pkg)
	}
	for pkg := range shown {
		t.Errorf("docs/ARCHITECTURE.md shows %s, which the table does not have", pkg)
	}
}

// goList returns each package of the module with those of its imports, tests
// left out, that are in the module too.
func goList(t *testing.T) map[string][]string {
	t.Helper()
	cmd := exec.Command("go", "list", "-f", "{{.ImportPath}}:{{range .Imports}} {{.}}{{end}}", "./...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := map[string][]string{}
	for line := range bytes.Lines(out) {
		name, rest, _ := strings.Cut(string(line), ":")
		pkg, inModule := room(name)
		if !inModule {
			continue
		}
		packages[pkg] = nil
		for _, imp := range strings.Fields(rest) {
			if own, ok := room(imp); ok {
				packages[pkg] = append(packages[pkg], own)
			}
		}
	}
	return packages
}

// room is an import path as the table has it: the module's own is "projsql".
func room(importPath string) (string, bool) {
	if importPath == module {
		return "projsql", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// TestDependenciesAreExplained wants a line for each module that go.mod requires directly.
func TestDependenciesAreExplained(t *testing.T) {
	doc, err := os.ReadFile("docs/explanation/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mod)) {
		name, version, ok := strings.Cut(strings.TrimSpace(line), " v")
		if !ok || strings.Contains(version, "// indirect") {
			continue
		}
		if !strings.Contains(string(doc), strings.TrimPrefix(name, "github.com/")) {
			t.Errorf("docs/explanation/dependencies.md does not say why there is %s", name)
		}
	}
}
