package parse_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/wire/sqlstate"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// TestScripts runs the scripts in testdata. Commands: parse (statements, what they
// are, their freshness), freshness, interval, shape. Positions are shown as the text
// that stands there.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "parse":
				return showParse(d.Input)
			case "freshness":
				f, err := parse.ParseFreshness(d.Input)
				return showResult(d.Input, showFreshness(d.Input, f), err)
			case "interval":
				return showIntervals(d.Input)
			case "shape":
				return showShape(d.Input)
			}
			t.Fatalf("unknown command %q", d.Cmd)
			return ""
		})
	})
}

func showParse(sql string) string {
	all, err := parse.Parse(sql)
	if err != nil {
		return showResult(sql, "", err)
	}
	var b strings.Builder
	for _, s := range all {
		fmt.Fprintf(&b, "%s\n", strings.ReplaceAll(s.SQL(), "\n", " "))
		if s.Node != nil {
			fmt.Fprintf(&b, "  %s\n", nodeName(s.Node))
			checkLocations(&b, s)
		}
		showOwn(&b, s)
		if s.Freshness != nil {
			fmt.Fprintf(&b, "  freshness %s\n", showFreshness(sql, s.Freshness))
		}
	}
	return b.String()
}

func nodeName(n *pg.Node) string {
	return strings.TrimPrefix(fmt.Sprintf("%T", n.GetNode()), "*pg_query.Node_")
}

// checkLocations shows where the names of a FROM clause stand in the text.
func checkLocations(b *strings.Builder, s *parse.Statement) {
	for _, from := range s.Node.GetSelectStmt().GetFromClause() {
		if r := from.GetRangeVar(); r != nil {
			fmt.Fprintf(b, "  from %q\n", around(s.Text, int(r.GetLocation())))
		}
	}
}

func around(text string, offset int) string {
	if offset < 0 || offset >= len(text) {
		return "(end)"
	}
	return strings.ReplaceAll(strings.Fields(text[offset:] + " .")[0], "\n", " ")
}

func showOwn(b *strings.Builder, s *parse.Statement) {
	if a, ok := s.Own.(*parse.Assert); ok {
		fmt.Fprintf(b, "  assert %s at %q\n", deparse(a.Condition), around(s.Text, a.Pos))
		if a.Insert != nil {
			fmt.Fprintf(b, "  then insert into %q\n", around(s.Text, int(a.Insert.GetRelation().GetLocation())))
		}
	}
	switch own := s.Own.(type) {
	case *parse.AlterEventKind:
		showEventKind(b, own)
	case *parse.AlterProjection:
		fmt.Fprintf(b, "  alter %q at %q if exists %v\n", own.Name, around(own.Text, own.NamePos), own.IfExists)
		for _, set := range own.Settings {
			fmt.Fprintf(b, "  %s=%q reset %v at %q\n", set.Name, set.Value, set.Reset, around(own.Text, set.Pos))
		}
	case *parse.DropProjection:
		fmt.Fprintf(b, "  drop %q if exists %v cascade %v\n", own.Names, own.IfExists, own.Cascade)
	case *parse.CreateProjection:
		fmt.Fprintf(b, "  create %q at %q replace %v\n", own.Name, around(own.Text, own.NamePos), own.OrReplace)
		for _, c := range own.Columns {
			fmt.Fprintf(b, "  column %s at %q %d constraints\n", c.GetColname(), around(own.Text, int(c.GetLocation())), len(c.GetConstraints()))
		}
		for _, w := range own.Clauses {
			showWhen(b, own.Text, w)
		}
	}
}

func showEventKind(b *strings.Builder, own *parse.AlterEventKind) {
	fmt.Fprintf(b, "  event kind %q at %q\n", own.Kind, around(own.Text, own.KindPos))
	for _, a := range own.Actions {
		verb := map[parse.UpcastVerb]string{parse.AddUpcast: "add", parse.AlterUpcast: "alter", parse.DropUpcast: "drop"}[a.Verb]
		fmt.Fprintf(b, "  %s lenient=%v from %d at %q", verb, a.Lenient, a.From, around(own.Text, a.FromPos))
		if a.Expr != nil {
			fmt.Fprintf(b, " as %s from %q", deparse(a.Expr), a.Source)
		}
		b.WriteString("\n")
	}
}

func showWhen(b *strings.Builder, text string, w parse.When) {
	fmt.Fprintf(b, "  when any=%v %q at %q delete=%v", w.Any, w.Kind, around(text, w.KindPos), w.Delete)
	if w.Condition != nil {
		fmt.Fprintf(b, " and %s", deparse(w.Condition))
	}
	b.WriteString("\n")
	for _, a := range w.Set {
		fmt.Fprintf(b, "    %s at %q = %s\n", a.Column, around(text, a.Pos), deparse(a.Value))
	}
}

func deparse(n *pg.Node) string {
	tree, err := pg.Parse("SELECT 1")
	if err != nil {
		return err.Error()
	}
	tree.Stmts[0].Stmt.GetSelectStmt().TargetList[0].GetResTarget().Val = n
	text, err := pg.Deparse(tree)
	if err != nil {
		return err.Error()
	}
	return strings.TrimPrefix(text, "SELECT ")
}

var levels = map[projection.Level]string{
	projection.Consistent: "consistent", projection.MaybeStale: "maybe stale", projection.AtLeast: "at least",
	projection.AsOfHLC: "as of", projection.AsOfSequence: "as of sequence", projection.AsOfOccurred: "as of occurred",
}

func showFreshness(text string, f *parse.Freshness) string {
	if f == nil {
		return ""
	}
	s := levels[f.Level]
	if f.Age != 0 {
		s += " " + f.Age.String()
	}
	switch f.Value.Kind {
	case parse.NumberValue:
		s += fmt.Sprintf(" %d", f.Value.Int)
	case parse.StringValue:
		s += fmt.Sprintf(" %q", f.Value.Text)
	case parse.ParamValue:
		s += fmt.Sprintf(" param %d", f.Value.Param)
	case parse.NoValue:
	}
	switch f.OnStale {
	case parse.WaitOnStale:
		s += " wait " + f.Wait.String()
	case parse.ErrorOnStale:
		s += " error"
	case parse.DefaultOnStale:
	}
	return s + fmt.Sprintf(" at %q", around(text, f.Pos))
}

func showResult(text, ok string, err error) string {
	if err == nil {
		return ok + "\n"
	}
	e := sqlstate.Of(err)
	s := fmt.Sprintf("%s %s", e.Code, e.Message)
	if e.Position > 0 {
		s += fmt.Sprintf(" [%d: %q]", e.Position, around(text, offset(text, e.Position)))
	}
	if e.Detail != "" {
		s += "\n  detail: " + e.Detail
	}
	if e.Hint != "" {
		s += "\n  hint: " + e.Hint
	}
	return s + "\n"
}

func offset(text string, position int) int {
	for i := range text {
		if position--; position == 0 {
			return i
		}
	}
	return len(text)
}

func showIntervals(input string) string {
	var b strings.Builder
	for _, line := range strings.Split(input, "\n") {
		d, err := parse.ParseInterval(line)
		fmt.Fprintf(&b, "%s: %s", line, showResult("", d.String(), err))
	}
	return b.String()
}

func showShape(sql string) string {
	var s parse.Shaper
	if !s.Shape(sql) {
		return "unknown\n"
	}
	out := strings.ReplaceAll(string(s.Key()), "\x00", "%")
	for _, l := range s.Literals() {
		out += fmt.Sprintf("\n%c %s", l.Kind, l.Value(sql))
	}
	return out + "\n"
}
