package textsearch_test

import (
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/query/types/textsearch"
)

func tokens(text string) (all []textsearch.Token) {
	next := textsearch.Tokens(text)
	for t := next(); t.Type != 0; t = next() {
		all = append(all, t)
	}
	return all
}

// TestTokens: what PostgreSQL 15 makes of texts on which kinds of tokens meet.
func TestTokens(t *testing.T) {
	for text, want := range map[string]string{
		"well-known 2nd":                   "asciihword{well-known} hword_asciipart{well} blank{-} hword_asciipart{known} blank{ } numword{2nd}",
		"naïve-2x-1":                       "numhword{naïve-2x} hword_part{naïve} blank{-} hword_numpart{2x} blank{-} uint{1}",
		"a-1-b":                            "asciiword{a} int{-1} blank{-} asciiword{b}",
		"1.5e3 1.5.2 -1.5":                 "sfloat{1.5e3} blank{ } version{1.5.2} blank{ } float{-1.5}",
		"-1.5.2":                           "blank{-} version{1.5.2}",
		"1e5.de 1.5e5.de":                  "sfloat{1e5} blank{.} asciiword{de} blank{ } host{1.5e5.de}",
		"a.b a.bc a.bc1":                   "file{a.b} blank{ } host{a.bc} blank{ } file{a.bc1}",
		"x.org:80/?q=é":                    "url{x.org:80/?q=} host{x.org:80} url_path{/?q=} word{é}",
		"http://x/y":                       "protocol{http://} file{x/y}",
		"a.b@c-d.ef/g":                     "email{a.b@c-d.ef} file{/g}",
		"é@c.de é1@c.de":                   "word{é} blank{@} host{c.de} blank{ } email{é1@c.de}",
		"a@1e5.de":                         "asciiword{a} blank{@} sfloat{1e5} blank{.} asciiword{de}",
		"../a ~/b ./c":                     "file{../a} blank{ ~} file{/b} blank{ .} file{/c}",
		"a/../~/b a/./":                    "file{a/../~/b} blank{ } asciiword{a} blank{/.} blank{/}",
		"a.b-/_c.-":                        "file{a.b-/_c} blank{.} blank{-}",
		"&amp;&#x1f;&#x;":                  "entity{&amp;} entity{&#x1f;} blank{&#} asciiword{x} blank{;}",
		`<a b='>' c="\"">`:                 `tag{<a b='>' c="\"">}`,
		"<a 1<b/><a é>":                    "blank{<} asciiword{a} blank{ } uint{1} tag{<b/>} blank{<} asciiword{a} blank{ } word{é} blank{>}",
		"<!--a-->b<!--c":                   "tag{<!--a-->} asciiword{b} blank{<!} blank{-} blank{-} asciiword{c}",
		"<script>a<b c</script>d<style/>e": "tag{<script>} blank{a} blank{<b c} tag{</script>} asciiword{d} tag{<style/>} asciiword{e}",
		`x <a "\y`:                         "asciiword{x} blank{ }",
	} {
		var b strings.Builder
		for _, token := range tokens(text) {
			b.WriteString(" " + token.Type.Name() + "{" + token.Text + "}")
		}
		if got := strings.TrimPrefix(b.String(), " "); got != want {
			t.Errorf("%s\ngives %s\nwant  %s", text, got, want)
		}
	}
}

// TestTokensFromAnywhere: the parts of a text are all of it, and what the parser remembers of a text that it has looked
// at is nothing that it would not find if it began behind a token.
func TestTokensFromAnywhere(t *testing.T) {
	pieces := rapid.SampledFrom([]string{
		"a", "b1", "1", ".", "-", "_", "@", "/", "a.bc", "é", "é1", "://", ":80", "./", "~/", "..", "1.5", "1e5", " ", "&a", "&#", ";",
		"<a ", ">", "<!--", "-->", "'", `"`, `\`, "some more of it ", "</", "\u0301",
	})
	rapid.Check(t, func(t *rapid.T) {
		text := ""
		for range rapid.IntRange(1, 4).Draw(t, "phrases") {
			phrase := strings.Join(rapid.SliceOfN(pieces, 1, 8).Draw(t, "pieces"), "")
			text += strings.Repeat(phrase, rapid.IntRange(1, 8).Draw(t, "times"))
		}
		text += " ."
		all := tokens(text)
		at := 0
		for i := 0; i < len(all); i++ {
			token := all[i]
			if !strings.HasPrefix(text[at:], token.Text) {
				t.Fatalf("%q is at %d of %q", token.Text, at, text)
			}
			at += len(token.Text)
			switch token.Type.Name() {
			case "url", "numhword", "asciihword", "hword": // the parts follow
				for n := 0; n < len(token.Text); i++ {
					n += len(all[i+1].Text)
				}
			}
			if strings.Contains(token.Type.Name(), "hword") {
				continue // a hyphen that follows is another sign than one at the beginning
			}
			rest := tokens(text[at:])
			if len(rest) != len(all)-i-1 {
				t.Fatalf("%q has %d tokens in %q, %d alone", text[at:], len(all)-i-1, text, len(rest))
			}
			for j, r := range rest {
				if r != all[i+1+j] {
					t.Fatalf("%q begins with %v in %q, %v alone", text[at:], all[i+1+j], text, r)
				}
			}
		}
		if at != len(text) {
			t.Fatalf("the tokens of %q end at %d", text, at)
		}
	})
}

// TestStopWords: there are no lists that nothing reads.
func TestStopWords(t *testing.T) {
	lists, err := os.ReadDir("stopwords")
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range lists {
		if language, ok := strings.CutSuffix(list.Name(), ".stop"); ok {
			if _, err := configuration(t, language).ToVector("x é"); err != nil {
				t.Error(err)
			}
		}
	}
}
