package textsearch_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/projsql/projsql/query/types/textsearch"
	"github.com/projsql/projsql/wire/sqlstate"
)

func query(t *testing.T, text string) textsearch.Query {
	t.Helper()
	q, err := textsearch.ParseQuery(text)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// vectorOf has as many different words as are asked for.
func vectorOf(t *testing.T, words int) textsearch.Vector {
	t.Helper()
	text := strings.Builder{}
	for i := range words {
		fmt.Fprintf(&text, "a%d:%d ", i, i%16000+1)
	}
	v, err := textsearch.ParseVector(text.String())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func repeated(word, operator string, n int) string {
	return word + strings.Repeat(operator+word, n-1)
}

func manyWords(n int) string {
	text := strings.Builder{}
	for i := range n {
		fmt.Fprintf(&text, " & a%d", i)
	}
	return text.String()
}

var errStop = errors.New("stop")

// TestEndsWhenTold: what takes long by the product of a document and a query asks whether to go on.
func TestEndsWhenTold(t *testing.T) {
	const words = 9000
	v := vectorOf(t, 16000)
	all := query(t, repeated("a:*", "&", words))
	phrase := query(t, repeated("a:*", "<->", words))
	many := query(t, "a0"+manyWords(words))
	text := strings.Repeat("a b ", 200_000)
	c := configuration(t, "simple")
	headline := func(q textsearch.Query, options string) error {
		o, err := textsearch.ParseHeadlineOptions(options)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Headline(text, q, o)
		return err
	}
	for name, run := range map[string]func(check func() error) error{
		"match": func(check func() error) error { _, err := textsearch.Match(v, phrase, check); return err },
		"rank": func(check func() error) error {
			_, err := textsearch.Rank(textsearch.DefaultWeights, v, many, 0, check)
			return err
		},
		"cover": func(check func() error) error {
			_, err := textsearch.RankCover(textsearch.DefaultWeights, v, all, 0, check)
			return err
		},
		"vector":   func(func() error) error { _, err := c.ToVector(text); return err },
		"headline": func(func() error) error { return headline(query(t, repeated("a", "&", words)), "") },
		"fragments": func(func() error) error {
			return headline(query(t, "a & b"), "MaxFragments=100000, MaxWords=5, MinWords=1")
		},
		"long cover": func(func() error) error { return headline(query(t, "a & c"), "MaxWords=100000, MinWords=1") },
	} {
		asked := 0
		check := func() error {
			if asked++; asked > 20 {
				return errStop
			}
			return nil
		}
		c.Check = check
		if err := run(check); !errors.Is(err, errStop) {
			t.Errorf("%s: %v", name, err)
		}
		if asked > 40 {
			t.Errorf("%s goes on after it was told %d times to stop", name, asked-20)
		}
	}
}

// TestMemoryOfRanks: words that a query has often take memory once.
func TestMemoryOfRanks(t *testing.T) {
	v, q := vectorOf(t, 2000), query(t, repeated("a:*", "&", 2000))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := textsearch.RankCover(textsearch.DefaultWeights, v, q, 0, nil); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 20 {
		t.Errorf("%d MB", mb)
	}
}

// TestMemoryOfTexts: a text takes memory by the words that are kept of it.
func TestMemoryOfTexts(t *testing.T) {
	c := configuration(t, "simple")
	words, compound := strings.Repeat("a b ", 500_000), strings.Repeat("a-", 500_000)+"b"
	for name, read := range map[string]func(){
		"document": func() { _, _ = c.ToVector(words) },
		"compound": func() { _, _ = c.ToVector(compound) },
		"tokens":   func() { textsearch.Tokens(compound)() },
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		read()
		runtime.ReadMemStats(&after)
		if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 8 {
			t.Errorf("%s: %d MB", name, mb)
		}
	}
}

// TestLargeQueries: operands that count for nothing have no room without end.
func TestLargeQueries(t *testing.T) {
	c := configuration(t, "english")
	if _, err := c.ToQuery(strings.Repeat("the|", 1<<21+8) + "the"); sqlstate.Of(err).Code != sqlstate.ProgramLimitExceeded {
		t.Errorf("%v, want 54000", err)
	}
}

// TestLongHeadlines: what there is no room for is refused.
func TestLongHeadlines(t *testing.T) {
	c := configuration(t, "simple")
	marks := strings.Repeat("x", 30_000)
	for name, of := range map[string]struct{ text, query, options string }{
		"many words":    {strings.Repeat("a ", 1<<22+1), "a", ""},
		"many operands": {strings.Repeat("a ", 300), repeated("a", "&", 9000), ""},
		"long marks":    {strings.Repeat("a ", 40_000), "a", "HighlightAll=on, StartSel=\"" + marks + "\""},
	} {
		o, err := textsearch.ParseHeadlineOptions(of.options)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Headline(of.text, query(t, of.query), o); sqlstate.Of(err).Code != sqlstate.ProgramLimitExceeded {
			t.Errorf("%s: %v, want 54000", name, err)
		}
	}
}

// TestLargeRewrites: a query in which each word becomes a query as large is refused before it takes memory.
func TestLargeRewrites(t *testing.T) {
	q := query(t, repeated("a", "&", 9000))
	if made, err := textsearch.Rewrite(q, query(t, "a"), q); sqlstate.Of(err).Code != sqlstate.ProgramLimitExceeded {
		t.Errorf("%d nodes, %v, want 54000", made.Nodes(), err)
	}
}
