package query

import (
	"slices"
	"strings"
	"sync"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/types"
)

// planTextBytesMax is the longest statement that is kept.
const planTextBytesMax = 16 << 10

// planKey is what a plan is found by; definitions may have changed since.
type planKey struct {
	sql       string
	given     string
	signature string
	ofNode    bool // may name what clients may not
}

// planCache keeps compiled statements for all sessions. It is safe for
// concurrent use.
type planCache struct {
	max   int
	mu    sync.RWMutex
	plans map[planKey]*compiled
}

func newPlanCache(plansMax int) *planCache {
	return &planCache{max: plansMax, plans: map[planKey]*compiled{}}
}

func (p *planCache) get(k planKey) *compiled {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.plans[k]
}

// put keeps a plan; a full cache forgets any other one.
func (p *planCache) put(k planKey, c *compiled) {
	if len(k.sql) > planTextBytesMax {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for old := range p.plans {
		if len(p.plans) < p.max {
			break
		}
		delete(p.plans, old)
	}
	p.plans[k] = c
}

func givenKey(given []types.OID) string {
	if len(given) == 0 {
		return ""
	}
	var b strings.Builder
	for _, t := range given {
		b.WriteByte(byte(t >> 24))
		b.WriteByte(byte(t >> 16))
		b.WriteByte(byte(t >> 8))
		b.WriteByte(byte(t))
	}
	return b.String()
}

// prepare returns the compiled form of a query string with one statement, from
// the cache if it can. simple: the statement has no parameters.
func (s *Session) prepare(sql string, given []types.OID, simple bool) (*compiled, error) {
	key := planKey{sql: sql, given: givenKey(given), signature: s.signature, ofNode: s.ofNode()}
	if simple {
		key.given = "simple"
	}
	if c := s.server.plans.get(key); c != nil && c.valid(s) {
		s.waiting = append(s.waiting, c.notices...)
		return c, nil
	}
	found := len(s.waiting)
	statements, err := s.parse(sql)
	if err != nil {
		return nil, err
	}
	switch len(statements) {
	case 0: // an empty query runs in any state
		return &compiled{sql: sql, catalog: s.catalog(), signature: s.signature, tables: s.tables.Shapes()}, nil
	case 1:
	default:
		s.waiting = s.waiting[:found]
		return nil, errMultiple
	}
	if s.tx.state == failed && !leavesBlock(statements[0]) {
		return nil, errAborted
	}
	c, err := s.prepareStatement(statements[0], given, simple)
	if err == nil && c.shared && c.tables == 0 && s.tx.defined == nil {
		c.notices = slices.Clone(s.waiting[found:])
		s.server.plans.put(key, c)
	}
	return c, err
}

// parse reads a query string and notes what it has to say of names in it.
func (s *Session) parse(sql string) ([]*parse.Statement, error) {
	for _, n := range parse.Truncations(sql) {
		s.waiting = append(s.waiting, notice{"NOTICE", n})
	}
	return parse.Parse(sql)
}

func (s *Session) prepareStatement(st *parse.Statement, given []types.OID, simple bool) (*compiled, error) {
	params := expr.FixedParams(nil)
	if !simple {
		params = newParams(st, given)
	}
	found := len(s.waiting)
	c, err := s.compile(st, params)
	if err != nil {
		return nil, err
	}
	if !simple && !analysed(st) {
		c.late = slices.Clone(s.waiting[found:])
		s.waiting = s.waiting[:found]
	}
	c.given = given
	return c, nil
}

// analysed reports whether PostgreSQL looks into a statement at Parse, and not when it runs.
func analysed(st *parse.Statement) bool {
	switch st.Node.GetNode().(type) {
	case *pg.Node_SelectStmt, *pg.Node_InsertStmt, *pg.Node_UpdateStmt, *pg.Node_DeleteStmt, *pg.Node_MergeStmt,
		*pg.Node_DeclareCursorStmt, *pg.Node_ExplainStmt, *pg.Node_CreateTableAsStmt, *pg.Node_CallStmt:
		return true
	}
	return false
}
