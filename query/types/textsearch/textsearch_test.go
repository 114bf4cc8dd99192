package textsearch_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/query/types/textsearch"
	"github.com/projsql/projsql/wire/sqlstate"
)

func configuration(t testing.TB, name string) *textsearch.Configuration {
	t.Helper()
	oid, ok := textsearch.ConfigurationNamed(name)
	if !ok {
		t.Fatalf("no configuration %s", name)
	}
	c, err := textsearch.ConfigurationByOID(oid)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestLongTexts: texts that begin the same thing again and again take time by their length. By its square, some
// would take longer than a test may.
func TestLongTexts(t *testing.T) {
	const bytes = 400_000
	c := configuration(t, "english")
	for _, piece := range []string{
		"a_", "1_", "a@", "a-", "a.", "a/", "a.a-", "<!-- ", "<!-", "<a '", `<a '"`, `<a "\`, "<a b=", "&a", "&#1", "-", "--", "1.", "1e", "~/", "../", "./",
		"a.b.cd:", "a.bc/", "http://", "a.bc/?", "<script ", "a1-", "é-", "x@y.zz/", "a_b@", "<?x", "/a", "a://", "<", ">", "'", " ",
		"/.", "1.1e", `<a "<b `, "a.b1", "é1@",
	} {
		text := strings.Repeat(piece, bytes/len(piece))
		if _, err := c.ToVector(text); err != nil {
			t.Errorf("%q: %v", piece, err)
		}
	}
}

func TestLanguagesThatAreNotHere(t *testing.T) {
	for _, name := range []string{"french", "danish", "finnish", "greek", "yiddish"} {
		if _, err := configuration(t, name).ToVector("x é"); sqlstate.Of(err).Code != sqlstate.FeatureNotSupported {
			t.Errorf("%s: %v, want 0A000", name, err)
		}
	}
	if _, err := configuration(t, "hindi").ToVector("only English"); err != nil {
		t.Errorf("words in ASCII are English in hindi's configuration: %v", err)
	}
}

var words = rapid.SampledFrom([]string{"a", "b", "ab", "abc", "c", "it's", `x\y`, "é"})

func genVector(t *rapid.T) textsearch.Vector {
	text := strings.Builder{}
	for range rapid.IntRange(0, 6).Draw(t, "lexemes") {
		text.WriteString("'" + strings.NewReplacer("'", "''", `\`, `\\`).Replace(words.Draw(t, "word")) + "'")
		text.WriteString(rapid.SampledFrom([]string{":1", ":2A", ":3,4B", ":16383", ":5C,1"}).Draw(t, "positions") + " ")
	}
	v, err := textsearch.ParseVector(text.String())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func genQuery(t *rapid.T, depth int) textsearch.Query {
	if depth == 0 || rapid.Bool().Draw(t, "word") {
		w := strings.NewReplacer("'", "''", `\`, `\\`).Replace(words.Draw(t, "word"))
		q, err := textsearch.ParseQuery("'" + w + "'" + rapid.SampledFrom([]string{"", ":*", ":A", ":*BC"}).Draw(t, "modifiers"))
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	a, b := genQuery(t, depth-1), genQuery(t, depth-1)
	q, err := textsearch.Not(a)
	switch rapid.IntRange(0, 3).Draw(t, "operator") {
	case 1:
		q, err = textsearch.And(a, b)
	case 2:
		q, err = textsearch.Or(a, b)
	case 3:
		q, err = textsearch.Phrase(a, b, rapid.IntRange(0, 3).Draw(t, "distance"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// TestOperators: what operators of queries find follows from what their operands find, and values come back
// from either form.
func TestOperators(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, a, b := genVector(t), genQuery(t, 3), genQuery(t, 3)
		not, _ := textsearch.Not(a)
		and, _ := textsearch.And(a, b)
		or, _ := textsearch.Or(a, b)
		foundA, foundB := matches(v, a), matches(v, b)
		if matches(v, not) == foundA || matches(v, and) != (foundA && foundB) || matches(v, or) != (foundA || foundB) {
			t.Fatalf("%s in %s: %v; %s: %v", a.AppendText(nil), v.AppendText(nil), foundA, b.AppendText(nil), foundB)
		}
		checkVector(t, v)
		checkQuery(t, and)
		if textsearch.CompareQueries(a.Encode(), b.Encode()) != -textsearch.CompareQueries(b.Encode(), a.Encode()) {
			t.Fatalf("%s and %s are in no order", a.AppendText(nil), b.AppendText(nil))
		}
		same, err := textsearch.Rewrite(and, a, a)
		if err != nil || same.Nodes() != and.Nodes() {
			t.Fatalf("%s, rewritten as %s, %v", and.AppendText(nil), same.AppendText(nil), err)
		}
	})
}

func matches(v textsearch.Vector, q textsearch.Query) bool {
	found, _ := textsearch.Match(v, q, nil) // fails for its check alone
	return found
}

type failer interface {
	Helper()
	Fatalf(string, ...any)
}

func checkVector(t failer, v textsearch.Vector) {
	t.Helper()
	text := string(v.AppendText(nil))
	again, err := textsearch.ParseVector(text)
	if err != nil || again.Encode() != v.Encode() {
		t.Fatalf("%s is read as %s, %v", text, again.AppendText(nil), err)
	}
	encoded, rest, short, err := textsearch.Receive([]byte(v.Encode()))
	if encoded != v.Encode() || len(rest) > 0 || short || err != nil {
		t.Fatalf("%s is received as %q, %v", text, encoded, err)
	}
}

func checkQuery(t failer, q textsearch.Query) {
	t.Helper()
	text := string(q.AppendText(nil))
	again, err := textsearch.ParseQuery(text)
	if err != nil || string(again.AppendText(nil)) != text {
		t.Fatalf("%s is read as %s, %v", text, again.AppendText(nil), err)
	}
	encoded, rest, short, err := textsearch.ReceiveQuery([]byte(q.Encode()))
	if encoded != q.Encode() || len(rest) > 0 || short || err != nil {
		t.Fatalf("%s is received as %q, %v", text, encoded, err)
	}
}

// FuzzTexts reads a text as each of the forms there are: no panic, and what is made of it comes back.
func FuzzTexts(f *testing.F) {
	for _, s := range []string{
		"The quick brown fox", "a:1A,2 'b c':3*", "a & !(b | c:*A) <-> d <3> e", `"sad cat" or -rat`, "<b>x</b> http://a.bc/d?e f@g.hi 1.2.3 -4e5 j-k-2l &amp; <!-- m",
		"<script> <style '\\' \"", "a_b@c.d:80/e", "\xff\xc3\x00", "!!!((", "<->", "a <16384> b", "~/../.", "Ünï-cödé १ ि",
	} {
		f.Add(s)
	}
	c := configuration(f, "english")
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 4000 || strings.Contains(s, "\x00") || strings.ToValidUTF8(s, "") != s {
			return
		}
		for _, token := range tokens(s) {
			if token.Type == 0 || token.Text == "" || !strings.Contains(s, token.Text) {
				t.Fatalf("a token %q of %q", token.Text, s)
			}
		}
		if v, err := textsearch.ParseVector(s); err == nil {
			checkVector(t, v)
		}
		v, err := c.ToVector(s)
		if err == nil {
			checkVector(t, v)
		}
		for _, read := range []func(string) (textsearch.Query, error){textsearch.ParseQuery, c.ToQuery, c.PlainToQuery, c.PhraseToQuery, c.WebToQuery} {
			q, err := read(s)
			if err != nil {
				continue
			}
			checkQuery(t, q)
			matches(v, q)
			textsearch.Rank(textsearch.DefaultWeights, v, q, 63, nil)
			textsearch.RankCover(textsearch.DefaultWeights, v, q, 63, nil)
			o, _ := textsearch.ParseHeadlineOptions("MaxFragments=2, MaxWords=5, MinWords=2")
			if _, err := c.Headline(s, q, o); err != nil {
				t.Fatal(err)
			}
		}
		textsearch.ParseHeadlineOptions(s)
	})
}

// FuzzReceive reads a message: no panic, and what is taken is what is sent again.
func FuzzReceive(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x02a\x00\x00\x01\x00\x05b\x00\x00\x00"))
	f.Add([]byte("\x00\x00\x00\x03\x02\x04\x00\x01\x01\x00\x00b\x00\x01\x08\x01a\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if encoded, rest, short, err := textsearch.Receive(b); err == nil && !short {
			if again, _, _, err := textsearch.Receive([]byte(encoded)); err != nil || again != encoded || len(encoded)+len(rest) != len(b) {
				t.Fatalf("%q becomes %q, then %q, %v", b, encoded, again, err)
			}
			textsearch.DecodeVector(encoded).AppendText(nil)
		}
		if encoded, _, short, err := textsearch.ReceiveQuery(b); err == nil && !short {
			if again, _, _, err := textsearch.ReceiveQuery([]byte(encoded)); err != nil || again != encoded {
				t.Fatalf("%q becomes %q, then %q, %v", b, encoded, again, err)
			}
			q := textsearch.DecodeQuery(encoded)
			q.AppendText(nil)
			q.Searchable()
		}
	})
}
