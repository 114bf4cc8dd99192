package textsearch

import (
	"bufio"
	"embed"
	"fmt"
	"strings"
	"sync"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/arabic"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/hungarian"
	"github.com/blevesearch/snowballstem/irish"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/norwegian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/romanian"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"
	"github.com/blevesearch/snowballstem/swedish"
	"github.com/blevesearch/snowballstem/tamil"
	"github.com/blevesearch/snowballstem/turkish"

	"github.com/projsql/projsql/wire/sqlstate"
)

//go:embed dictionaries.tsv configurations.tsv stopwords/*.stop
var files embed.FS

// stemmers are the languages whose words are stemmed as PostgreSQL does it. The library's Danish, Finnish and French are
// of another version.
var stemmers = map[string]func(*snowballstem.Env) bool{
	"arabic": arabic.Stem, "dutch": dutch.Stem, "english": english.Stem, "german": german.Stem, "hungarian": hungarian.Stem,
	"irish": irish.Stem, "italian": italian.Stem, "norwegian": norwegian.Stem, "portuguese": portuguese.Stem,
	"romanian": romanian.Stem, "russian": russianStem, "spanish": spanish.Stem, "swedish": swedish.Stem, "tamil": tamil.Stem,
	"turkish": turkish.Stem,
}

// russianStem takes ё for е, as newer versions of the algorithm do.
func russianStem(env *snowballstem.Env) bool {
	env.SetCurrent(strings.ReplaceAll(env.Current(), "ё", "е"))
	return russian.Stem(env)
}

// SimpleOID is the configuration simple.
const SimpleOID = 3748

// Dictionary makes lexemes of words.
type Dictionary struct {
	name  string
	stem  func(*snowballstem.Env) bool // nil: words stay as they are
	stops map[string]struct{}          // words that are left out
}

// stemMax is how many bytes of a word are looked at as a word.
const stemMax = 1000

// Lexize returns the lexeme of a word; ok is false for one that does not count.
func (d *Dictionary) Lexize(token string) (lexeme string, ok bool) {
	w := lower(token)
	if d.stem != nil && len(token) > stemMax {
		return w, true
	}
	if _, stop := d.stops[w]; stop || w == "" {
		return "", false
	}
	if d.stem == nil {
		return w, true
	}
	env := snowballstem.NewEnv(w)
	d.stem(env)
	if stemmed := env.Current(); stemmed != "" {
		return stemmed, true
	}
	return w, true
}

// Configuration says which dictionary is for which kind of token.
type Configuration struct {
	name         string
	ascii, words uint32 // dictionaries of words in ASCII, and others
	simple       uint32
	// Check is asked now and then by what reads a text whether to go on; nil: nobody ends it.
	Check func() error
}

type library struct {
	dictionaries   map[uint32]dictionaryEntry
	configurations map[uint32]Configuration
}

type dictionaryEntry struct {
	name string
	load func() (*Dictionary, error)
}

var loaded = sync.OnceValue(func() *library {
	l := &library{dictionaries: map[uint32]dictionaryEntry{}, configurations: map[uint32]Configuration{}}
	var simple uint32
	eachRow("dictionaries.tsv", func(f []string) {
		oid := oidOf(f[0])
		if f[2] == "" {
			simple = oid
		}
		l.dictionaries[oid] = dictionaryEntry{f[1], sync.OnceValues(func() (*Dictionary, error) { return load(f[1], f[2], f[3]) })}
	})
	eachRow("configurations.tsv", func(f []string) {
		l.configurations[oidOf(f[0])] = Configuration{name: f[1], ascii: oidOf(f[2]), words: oidOf(f[3]), simple: simple}
	})
	return l
})

func load(name, language, stops string) (*Dictionary, error) {
	d := &Dictionary{name: name, stops: map[string]struct{}{}}
	if language != "" {
		if d.stem = stemmers[language]; d.stem == nil {
			return nil, sqlstate.New(sqlstate.FeatureNotSupported, "text search dictionary \"%s\" is not supported yet", name)
		}
	}
	if stops != "" {
		text, err := files.ReadFile("stopwords/" + stops + ".stop")
		if err != nil {
			panic(err)
		}
		for w := range strings.FieldsSeq(string(text)) {
			d.stops[lower(w)] = struct{}{}
		}
	}
	return d, nil
}

func eachRow(name string, row func([]string)) {
	f, err := files.Open(name)
	if err != nil {
		panic(err)
	}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		row(strings.Split(lines.Text(), "\t"))
	}
}

func oidOf(s string) uint32 {
	var n uint32
	if _, err := fmt.Sscan(s, &n); err != nil {
		panic("textsearch: an OID: " + err.Error())
	}
	return n
}

// DictionaryByOID returns a dictionary of PostgreSQL's. XX000 if there is none, 0A000 for a language
// whose stemmer is not here.
func DictionaryByOID(oid uint32) (*Dictionary, error) {
	d, ok := loaded().dictionaries[oid]
	if !ok {
		return nil, internal("cache lookup failed for text search dictionary %d", oid)
	}
	return d.load()
}

// ConfigurationByOID returns a configuration of PostgreSQL's. XX000 if there is none.
func ConfigurationByOID(oid uint32) (*Configuration, error) {
	c, ok := loaded().configurations[oid]
	if !ok {
		return nil, internal("cache lookup failed for text search configuration %d", oid)
	}
	return &c, nil
}

// ConfigurationNamed returns the OID of a configuration of PostgreSQL's.
func ConfigurationNamed(name string) (oid uint32, ok bool) {
	for oid, c := range loaded().configurations {
		if c.name == name {
			return oid, true
		}
	}
	return 0, false
}

// Dictionary is the OID of the dictionary for a kind of token; 0: such tokens do not count.
func (c *Configuration) Dictionary(t TokenType) uint32 {
	switch t {
	case asciiWord, asciiPart, asciiHyphenated:
		return c.ascii
	case word, wordPart, hyphenated:
		return c.words
	case blank, tag, protocol, entity:
		return 0
	}
	return c.simple
}
