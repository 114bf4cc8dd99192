package fragment

import (
	"sync"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/parse"
)

// Limits of Texts.
const (
	textsMax     = 256
	textBytesMax = 4 << 10
)

// Texts keeps what fragments were parsed to. Many statements have the same ones: those that
// differ in their literals, or are planned again for a new definition. It is safe for concurrent use.
type Texts struct {
	mu  sync.RWMutex
	all map[string]*pg.Node // which nobody changes
}

// NewTexts returns Texts that keep nothing yet.
func NewTexts() *Texts { return &Texts{all: map[string]*pg.Node{}} }

// parse returns a statement's syntax tree; nil: it is not one statement.
func (t *Texts) parse(sql string) *pg.Node {
	if n := t.find(sql); n != nil {
		return n
	}
	statements, err := parse.Parse(sql)
	if err != nil || len(statements) != 1 {
		return nil
	}
	t.keep(sql, statements[0].Node)
	return statements[0].Node
}

func (t *Texts) find(sql string) *pg.Node {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.all[sql]
}

// keep forgets any other one for it when there are too many.
func (t *Texts) keep(sql string, n *pg.Node) {
	if len(sql) > textBytesMax {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all[sql] != nil {
		return // another was quicker
	}
	for old := range t.all {
		if len(t.all) < textsMax {
			break
		}
		delete(t.all, old)
	}
	t.all[sql] = n
}
