package jsonb_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/wire/sqlstate"
)

// genBuild adds a random value to the builder.
func genBuild(t *rapid.T, b *jsonb.Builder, depth int) {
	kinds := 7
	if depth > 3 {
		kinds = 5
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		b.Null()
	case 1:
		b.Bool(rapid.Bool().Draw(t, "bool"))
	case 2:
		b.Int(rapid.Int64().Draw(t, "int"))
	case 3:
		b.Number(rapid.StringMatching(`-?[1-9][0-9]{0,20}\.[0-9]{1,10}`).Draw(t, "number"))
	case 4:
		b.String(genString(t))
	case 5:
		b.BeginArray()
		for range rapid.IntRange(0, 4).Draw(t, "count") {
			genBuild(t, b, depth+1)
		}
		b.End()
	case 6:
		b.BeginObject()
		for range rapid.IntRange(0, 5).Draw(t, "count") {
			b.Key(genString(t))
			genBuild(t, b, depth+1)
		}
		b.End()
	}
}

func genString(t *rapid.T) string {
	return strings.ReplaceAll(rapid.StringN(0, 4, 100).Draw(t, "string"), "\x00", "")
}

func genDoc(t *rapid.T) string {
	var b jsonb.Builder
	genBuild(t, &b, 0)
	doc, err := b.Doc()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := genDoc(t)
		if err := jsonb.Validate(doc); err != nil {
			t.Fatal(err)
		}
		for _, text := range [][]byte{jsonb.AppendText(nil, doc), jsonb.AppendPretty(nil, doc)} {
			if back, err := jsonb.Parse(string(text)); err != nil || back != doc {
				t.Fatalf("%s: %q came back as %q (%v)", text, doc, back, err)
			}
		}
	})
}

func TestOrderAndHash(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := genDoc(t), genDoc(t), genDoc(t)
		if jsonb.Compare(a, b) <= 0 && jsonb.Compare(b, c) <= 0 && jsonb.Compare(a, c) > 0 {
			t.Fatal("not transitive")
		}
		if jsonb.Compare(a, b) == 0 && jsonb.Hash(a, 1) != jsonb.Hash(b, 1) {
			t.Fatal("equal documents hash apart")
		}
		if !jsonb.Contains(a, a) {
			t.Fatal("does not contain itself")
		}
	})
}

func TestEveryKeyIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b jsonb.Builder
		b.BeginObject()
		keys := rapid.SliceOfNDistinct(rapid.StringN(0, 3, 20), 1, 300, rapid.ID[string]).Draw(t, "keys")
		for i, k := range keys {
			b.Key(k)
			b.Int(int64(i))
		}
		b.End()
		doc, err := b.Doc()
		if err != nil {
			t.Fatal(err)
		}
		for i, k := range keys {
			v, ok := jsonb.Root(doc).Get(k)
			if text, _ := v.Text(); !ok || text != itoa(i) {
				t.Fatalf("key %q gives %q", k, text)
			}
		}
	})
}

func itoa(i int) string {
	var b jsonb.Builder
	b.Int(int64(i))
	doc, err := b.Doc()
	if err != nil {
		panic(err)
	}
	return string(jsonb.AppendText(nil, doc))
}

func TestDepthAndContext(t *testing.T) {
	deep := strings.Repeat("[", jsonb.DepthMax) + strings.Repeat("]", jsonb.DepthMax)
	if _, err := jsonb.Parse(deep); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]sqlstate.Code{"[" + deep + "]": sqlstate.StatementTooComplex, "{\"a\":\n  x, \"b\": 1}": sqlstate.InvalidTextRepresentation} {
		_, err := jsonb.Parse(text)
		var e *sqlstate.Error
		if !errors.As(err, &e) || e.Code != want {
			t.Fatalf("%.20s: %v", text, err)
		}
		if want == sqlstate.InvalidTextRepresentation && e.Where != `JSON data, line 2:   x...` {
			t.Fatalf("context %q", e.Where)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e3,"x\u0041",null,true]}`, `[`, `{"a":`, `"\ud83d\ude00"`, `1e99999`, "\"\xff\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := jsonb.Parse(text)
		if checked := jsonb.CheckText(text); err == nil && checked != nil {
			t.Fatalf("jsonb takes what json refuses: %v", checked)
		}
		if err != nil {
			return
		}
		if err := jsonb.Validate(doc); err != nil {
			t.Fatal(err)
		}
		printed := string(jsonb.AppendText(nil, doc))
		if back, err := jsonb.Parse(printed); err != nil || back != doc {
			t.Fatalf("%q printed as %q: %v", text, printed, err)
		}
	})
}

func FuzzUntrusted(f *testing.F) {
	for _, s := range []string{`{"a":[1,2,{"b":null}],"cc":"x"}`, `[1,2,3]`, `"a"`, `1.5`} {
		doc, err := jsonb.Parse(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(doc, doc)
	}
	f.Add("\x01\x22\xff\xff\xff\xff", "\x01\x12\xff\xff\xff\x7f")
	f.Fuzz(func(t *testing.T, doc, other string) {
		printed := jsonb.AppendText(nil, doc)
		jsonb.AppendPretty(nil, doc)
		jsonb.GetText(doc, "a")
		jsonb.IndexText(doc, -1)
		jsonb.PathText(doc, []string{"a", "0", "b"})
		jsonb.Compare(doc, other)
		jsonb.Contains(doc, other)
		jsonb.Hash(doc, 1)
		jsonb.StripNulls(doc)
		_, _ = jsonb.Concat(doc, other)
		key, place := "a", "0"
		_, _ = jsonb.Set(doc, jsonb.Steps{&key, &place}, other, true)
		_, _ = jsonb.Set(doc, jsonb.Steps{&key, nil}, other, true)
		_, _ = jsonb.Delete(doc, "a")
		if jsonb.Validate(doc) != nil {
			return
		}
		if back, err := jsonb.Parse(string(printed)); err != nil || jsonb.Compare(back, doc) != 0 {
			t.Fatalf("valid document %q printed as %q: %v", doc, printed, err)
		}
	})
}

const account = `{"amount": 125.50, "currency": "EUR", "owner": "Ada Lovelace", "reference": "2024-000123", "tags": ["a", "b"], "note": "first deposit of the month", "channel": {"kind": "branch", "id": 17}}`

func BenchmarkGetText(b *testing.B) {
	doc, err := jsonb.Parse(account)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if s, _ := jsonb.GetText(doc, "amount"); s != "125.50" {
			b.Fatal(s)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := jsonb.Parse(account); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendText(b *testing.B) {
	doc, err := jsonb.Parse(account)
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, 0, 512)
	b.ReportAllocs()
	for b.Loop() {
		buf = jsonb.AppendText(buf[:0], doc)
	}
}

func TestGetFindsEveryKeyAndNoOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfNDistinct(rapid.StringMatching(`[ab]{0,6}`), 0, 40, rapid.ID[string]).Draw(t, "keys")
		want := map[string]string{}
		var b jsonb.Builder
		b.BeginObject()
		for _, k := range keys {
			want[k] = strings.Repeat("v", rapid.IntRange(0, 20).Draw(t, "length"))
			b.Key(k)
			b.String(want[k])
		}
		b.End()
		doc, err := b.Doc()
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range append(keys, rapid.StringMatching(`[ab]{0,7}`).Draw(t, "other")) {
			got, ok := jsonb.GetText(doc, k)
			if text, there := want[k]; ok != there || got != text {
				t.Fatalf("%q of %v is %q, %v", k, want, got, ok)
			}
		}
		for cut := range doc {
			jsonb.GetText(doc[:cut], "a") // damage is no panic
		}
	})
}
