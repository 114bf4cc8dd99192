package parse_test

import (
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/wire/sqlstate"
)

// reinsert puts the literals back into a key.
func reinsert(sql string, s *parse.Shaper) string {
	var b strings.Builder
	next := 0
	key := string(s.Key())
	for i := 0; i < len(key); i++ {
		if key[i] != 0 {
			b.WriteByte(key[i])
			continue
		}
		l := s.Literals()[next]
		b.WriteString(sql[l.Start:l.End])
		next++
		i++
	}
	return b.String()
}

// constants collects the constants of a tree by location: their kind as a Shaper
// names it, 0 for any other.
func constants(m protoreflect.Message, into map[int32]parse.LiteralKind) {
	if c, ok := m.Interface().(*pg.A_Const); ok {
		into[c.GetLocation()] = constantKind(c)
	}
	m.Range(func(_ protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch v := v.Interface().(type) {
		case protoreflect.Message:
			constants(v, into)
		case protoreflect.List:
			for i := range v.Len() {
				if m, ok := v.Get(i).Interface().(protoreflect.Message); ok {
					constants(m, into)
				}
			}
		}
		return true
	})
}

func constantKind(c *pg.A_Const) parse.LiteralKind {
	switch v := c.GetVal().(type) {
	case *pg.A_Const_Sval:
		return parse.StringLiteral
	case *pg.A_Const_Ival:
		return parse.IntLiteral
	case *pg.A_Const_Fval:
		if strings.ContainsAny(v.Fval.GetFval(), ".eE") || len(v.Fval.GetFval()) > 19 {
			return parse.NumericLiteral
		}
		return parse.BigIntLiteral
	}
	return 0
}

var fragments = []string{
	"'a'", "'it''s'", `'b\'`, `E'\''`, "'", "E'", "$$x$$", "$t$'$t$", "$1", "5", "-5", "5000000000", "1.5", ".5", "1e3", "1e", "5ms", "0x1F", "1_0",
	"a", "e", "x", "u&", `"q"`, "--c\n", "/*+ 5 */", "/*", "::int", "interval ", "date ", "+", "-", "/", "*", ",", ".", "(", ")", "||", "=",
	" ", "\n", " with freshness ", "maybe stale ", " limit ", " as ", "n", "b", ";", "@", "[", "]", "é",
}

// TestShapeProperty: the key with its literals is the text, and PostgreSQL's grammar
// sees a constant of the same kind wherever one was cut out.
func TestShapeProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sql := "SELECT " + strings.Join(rapid.SliceOfN(rapid.SampledFrom(fragments), 1, 12).Draw(t, "sql"), "")
		checkShape(t, sql)
	})
}

type failer interface {
	Fatalf(format string, args ...any)
}

func checkShape(t failer, sql string) {
	var s parse.Shaper
	if !s.Shape(sql) {
		return
	}
	if got := reinsert(sql, &s); got != sql {
		t.Fatalf("%q came back as %q", sql, got)
	}
	tree, err := pg.Parse(sql)
	if err != nil {
		return
	}
	seen := map[int32]parse.LiteralKind{}
	constants(tree.ProtoReflect(), seen)
	for _, l := range s.Literals() {
		kind, found := seen[int32(l.Start)]
		if found && kind != l.Kind {
			t.Fatalf("%q: literal %q is %c for PostgreSQL, not %c", sql, sql[l.Start:l.End], kind, l.Kind)
		}
	}
}

// TestKeysDiffer holds texts that a careless shape would confuse.
func TestKeysDiffer(t *testing.T) {
	texts := []string{
		`SELECT 'a'`, `SELECT E'a'`, `SELECT 'a\'`, `SELECT 1`, `SELECT 5000000000`, `SELECT 1.0`, `SELECT -1`, `SELECT - -1`, `SELECT a1`,
		`SELECT 'a'::date`, `SELECT date 'a'`, `SELECT interval 'a'`, `SELECT 1 -- 'a'`, `SELECT 1 /* 2 */`, `SELECT 1 /* 3 */`, `SELECT $1`, `SELECT $2`,
		`SELECT a WITH FRESHNESS AT LEAST 1`, `SELECT a WITH FRESHNESS AT LEAST 2`, `SELECT "1"`, `SELECT "2"`, `SELECT 1;`, `SELECT 'a' "b"`, `SELECT $$a$$`, `SELECT $$b$$`,
	}
	seen := map[string]string{}
	for _, sql := range texts {
		var s parse.Shaper
		if !s.Shape(sql) {
			continue
		}
		if other, twice := seen[string(s.Key())]; twice {
			t.Errorf("%q and %q have one key", sql, other)
		}
		seen[string(s.Key())] = sql
	}
}

// TestNestingIsBounded sends what overflows the stack of PostgreSQL's grammar.
func TestNestingIsBounded(t *testing.T) {
	const n = 100_000
	for name, sql := range map[string]string{
		"plus":     "SELECT 1" + strings.Repeat("+1", n),
		"minus":    "SELECT " + strings.Repeat("- ", n) + "1",
		"not":      "SELECT " + strings.Repeat("NOT ", n) + "true",
		"parens":   "SELECT " + strings.Repeat("(", n),
		"brackets": "SELECT " + strings.Repeat("ARRAY[", n),
		"casts":    "SELECT 1" + strings.Repeat("::int", n),
		"unions":   "SELECT 1" + strings.Repeat(" UNION SELECT 1", n),
		"joins":    "SELECT 1 FROM a" + strings.Repeat(" JOIN b ON x AND y", n),
		"nulls":    "SELECT 1" + strings.Repeat(" IS NULL", n),
		"case":     "SELECT " + strings.Repeat("CASE WHEN a THEN ", n),
		"labels":   "SELECT t.and" + strings.Repeat("+t.and", n),
		"ends":     "SELECT " + strings.Repeat("CASE WHEN t.end THEN ", n) + "1",
		"nested":   strings.Repeat("SELECT (1"+strings.Repeat("+1", 100)+"+", n/100),
		"own":      "CREATE PROJECTION a (b int) WHEN 'x' AND 1" + strings.Repeat("+1", n) + " THEN DELETE",
	} {
		_, err := parse.Parse(sql)
		if err == nil || sqlstate.Of(err).Code != sqlstate.StatementTooComplex {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWideIsFine: what is long but not deep parses.
func TestWideIsFine(t *testing.T) {
	const n = 20_000
	for name, sql := range map[string]string{
		"values": "INSERT INTO a VALUES ('x', 1)" + strings.Repeat(",('x', -1 + 2)", n),
		"list":   "SELECT 1" + strings.Repeat(",a.b::int", n),
		"and":    "SELECT 1 WHERE a = 1" + strings.Repeat(" AND a = 1", n),
		"semi":   strings.Repeat("SELECT 1;", n),
		"case":   "SELECT CASE" + strings.Repeat(" WHEN a = 1 THEN 2", n/10) + " END",
		"unions": "SELECT 1" + strings.Repeat(" UNION ALL SELECT a FROM b WHERE c = 1", 900),
	} {
		if _, err := parse.Parse(sql); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTextIsChecked(t *testing.T) {
	for sql, code := range map[string]sqlstate.Code{
		"SELECT '\xff'":                        sqlstate.CharacterNotInRepertoire,
		"SELECT 1\x00":                         sqlstate.CharacterNotInRepertoire,
		strings.Repeat(" ", parse.BytesMax+1):  sqlstate.ProgramLimitExceeded,
		"SELECT 1" + strings.Repeat(",1", 3e5): sqlstate.ProgramLimitExceeded,
	} {
		if _, err := parse.Parse(sql); err == nil || sqlstate.Of(err).Code != code {
			t.Errorf("%.20q: %v, not %s", sql, err, code)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, sql := range []string{
		"SELECT * FROM account WITH FRESHNESS MAYBE STALE '500ms' ON STALE WAIT 5", "DROP PROJECTION IF EXISTS a, \"B\"; SELECT 'x",
		"CREATE OR REPLACE PROJECTION a (b int DEFAULT 1) WHEN 'x' AND CASE WHEN b > 0 THEN true END THEN UPDATE SET b = b + 1 WHEN ANY THEN DELETE",
		"/*+ freshness(as of sequence 5) */ SELECT é; WITH freshness AS (SELECT 1) TABLE freshness", "SELECT E'a'\n'b\\'c' || U&'\\0041' $1 1e5 .5 $a$ $a$",
		"EXPLAIN SELECT * FROM (a JOIN b WITH FRESHNESS AS OF OCCURRED '2020-01-01' ON stale)",
	} {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		checkShape(t, sql)
		all, err := parse.Parse(sql)
		if err != nil {
			if p := sqlstate.Of(err).Position; p < 0 || p > len(sql)+1 {
				t.Fatalf("%q: position %d", sql, p)
			}
			if sqlstate.Of(err).Code == sqlstate.InternalError {
				t.Fatalf("%q: %v", sql, err)
			}
		}
		end := 0
		for _, s := range all {
			if s.Start < end || s.End < s.Start || s.End > len(sql) || (s.Node == nil) == (s.Own == nil) {
				t.Fatalf("%q: statement [%d:%d] after %d", sql, s.Start, s.End, end)
			}
			end = s.End
		}
	})
}

func BenchmarkShape(b *testing.B) {
	const sql = "SELECT * FROM project('Account','acct:7') WITH FRESHNESS CONSISTENT"
	var s parse.Shaper
	b.ReportAllocs()
	for b.Loop() {
		s.Shape(sql)
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parse.Parse("SELECT * FROM project('Account','acct:7') WITH FRESHNESS CONSISTENT"); err != nil {
			b.Fatal(err)
		}
	}
}
