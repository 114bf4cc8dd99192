package projsql_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const behavioursPage = "docs/reference/engine-behaviours.md"

// verdicts are those that a row may have; true for those that a test must show.
var verdicts = map[string]bool{
	"kept": true, "changed": true, "mended": true, "holds": true,
	"absent": false, "not applicable": false, "not yet": false,
}

// behaviour is a row of the page.
type behaviour struct{ no, verdict, text, tests string }

func behaviours(t *testing.T) (rows []behaviour, page string) {
	t.Helper()
	b, err := os.ReadFile(behavioursPage)
	if err != nil {
		t.Fatal(err)
	}
	page = string(b)
	number := regexp.MustCompile(`^[TL]?[0-9]+$`)
	for line := range strings.Lines(page) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) == 4 && number.MatchString(strings.TrimSpace(cells[0])) {
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			rows = append(rows, behaviour{cells[0], cells[1], cells[2], cells[3]})
		}
	}
	return rows, page
}

// TestBehavioursAreShown demands that every number is on the page once and in order,
// that what is claimed has a test, and that every named test exists.
func TestBehavioursAreShown(t *testing.T) {
	rows, page := behaviours(t)
	var got, want []string
	for _, r := range rows {
		got = append(got, r.no)
		r.check(t)
	}
	for _, series := range []struct {
		prefix string
		n      int
	}{{"", 109}, {"T", 33}, {"L", 60}} {
		for i := range series.n {
			want = append(want, fmt.Sprint(series.prefix, i+1))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the page has the numbers %v, want %v", got, want)
	}
	if counts := countVerdicts(rows); !strings.Contains(page, counts) {
		t.Errorf("the page must say\n%s", counts)
	}
}

func (r *behaviour) check(t *testing.T) {
	t.Helper()
	must, known := verdicts[r.verdict]
	if !known || r.text == "" {
		t.Errorf("%s: verdict %q, text %q", r.no, r.verdict, r.text)
	}
	names := strings.Fields(r.tests)
	if must && len(names) == 0 {
		t.Errorf("%s is %s, and no test shows it", r.no, r.verdict)
	}
	for _, name := range names {
		if err := testExists(strings.Trim(name, "`")); err != nil {
			t.Errorf("%s: %v", r.no, err)
		}
	}
}

// testExists looks for package.TestName, and for the subtest of package.TestName/subtest: a
// script in the directory that the test walks, or a name that stands in its text.
func testExists(name string) error {
	dir, test, _ := strings.Cut(name, ".")
	test, subtest, hasSubtest := strings.Cut(test, "/")
	if !regexp.MustCompile(`^(Test|Benchmark|Fuzz)\w+$`).MatchString(test) {
		return fmt.Errorf("%s is no name of a test", name)
	}
	body, err := testBody(dir, test)
	if err != nil || !hasSubtest {
		return err
	}
	if walks := regexp.MustCompile(`datadriven\.Walk\(t, "([^"]+)"`).FindStringSubmatch(body); walks != nil {
		_, err := os.Stat(filepath.Join(dir, walks[1], subtest+".txt"))
		return err
	}
	if !strings.Contains(body, `"`+subtest+`"`) {
		return fmt.Errorf("%s of %s has no subtest %s", test, dir, subtest)
	}
	return nil
}

// testBody returns the text of a test.
func testBody(dir, test string) (string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return "", err
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		if _, body, found := strings.Cut(string(b), "\nfunc "+test+"("); found {
			body, _, _ = strings.Cut(body, "\n}\n")
			return body, nil
		}
	}
	return "", fmt.Errorf("there is no %s in %s", test, dir)
}

// TestNamesOfTests: names of what is not there are told, as of a script without the
// ending of its file.
func TestNamesOfTests(t *testing.T) {
	for name, exists := range map[string]bool{
		"engine.TestDecideTruthTable": true, "engine.TestScripts/stale": true, "cluster.TestCuts/stamps": true,
		"query/fold.TestScripts/clauses": true, "query/parse.TestScripts/freshness": true,
		"engine.TestNothing": false, "nowhere.TestScripts": false, "engine.TestScripts/stale.txt": false,
		"engine.TestScripts/nothing": false, "engine.TestDecideTruthTable/nothing": false, "engine.Scripts": false,
	} {
		if err := testExists(name); (err == nil) != exists {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// countVerdicts is the table at the top of the page.
func countVerdicts(rows []behaviour) string {
	counts := map[string]int{}
	for _, r := range rows {
		series := "behaviours"
		switch r.no[0] {
		case 'T':
			series = "traps"
		case 'L':
			series = "laws"
		}
		counts[series+r.verdict]++
	}
	var out strings.Builder
	out.WriteString("| | kept | changed | mended | holds | absent | not applicable | not yet |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, series := range []string{"behaviours", "traps", "laws"} {
		fmt.Fprintf(&out, "| %s |", series)
		for _, verdict := range []string{"kept", "changed", "mended", "holds", "absent", "not applicable", "not yet"} {
			fmt.Fprintf(&out, " %d |", counts[series+verdict])
		}
		out.WriteByte('\n')
	}
	return out.String()
}
