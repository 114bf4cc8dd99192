package query

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/types"
)

// Limits of what a session remembers of statement shapes.
const (
	hotShapesMax   = 512
	hotVariantsMax = 8
)

// shapeCache holds the plans of statements that differ in literals only, by
// their shapes. It is one session's.
type shapeCache struct {
	all map[string]*shapeEntry
}

// shapeEntry is what is known of one shape. A shape is planned when it is seen
// for the second time; cold ones could not take their literals as parameters, at
// one epoch of the definitions; others are cold whatever is defined.
type shapeEntry struct {
	cold     bool
	ever     bool // cold
	epoch    uint64
	variants []*hotPlan
}

// hotPlan is a plan with literals as parameters; those that the plan has built
// in must have the same text.
type hotPlan struct {
	compiled *compiled
	literals []int // of each parameter
	fixed    []fixedLiteral
}

type fixedLiteral struct {
	index int
	text  string
}

// hot finds the plan of a statement's shape and takes its literals as values,
// without parsing the statement. Only point reads and INSERT … VALUES are hot.
func (s *Session) hot(sql string) (*compiled, []types.Datum, bool) {
	if !s.shaper.Shape(sql) {
		return nil, nil, false
	}
	entry, seen := s.shapes.all[string(s.shaper.Key())]
	if !seen {
		s.shapes.add(string(s.shaper.Key()))
		return nil, nil, false
	}
	if entry.ever || entry.cold && entry.epoch == s.catalog().Epoch() {
		return nil, nil, false
	}
	literals := s.shaper.Literals()
	h := entry.find(sql, literals)
	if h == nil || !h.compiled.valid(s) {
		if h = s.heat(sql, entry, literals); h == nil {
			return nil, nil, false
		}
	}
	values, ok := s.literalValues(sql, h, literals)
	return h.compiled, values, ok
}

func (c *shapeCache) add(key string) {
	if c.all == nil || len(c.all) >= hotShapesMax {
		c.all = map[string]*shapeEntry{}
	}
	c.all[key] = &shapeEntry{}
}

func (e *shapeEntry) find(sql string, literals []parse.Literal) *hotPlan {
	for _, h := range e.variants {
		if h.matches(sql, literals) {
			return h
		}
	}
	return nil
}

func (h *hotPlan) matches(sql string, literals []parse.Literal) bool {
	for _, f := range h.fixed {
		if l := literals[f.index]; sql[l.Start:l.End] != f.text {
			return false
		}
	}
	return true
}

// literalValues reads the literals by the types of the parameters. A bad one is
// left to the ordinary way, which knows its position.
func (s *Session) literalValues(sql string, h *hotPlan, literals []parse.Literal) ([]types.Datum, bool) {
	values := s.literals[:0]
	for i, l := range h.literals {
		text := strings.Clone(literals[l].Value(sql))
		d := types.String(text)
		if t := h.compiled.params[i]; t != types.TextOID {
			var err error
			if d, err = types.Parse(s.env, types.Of(t), text); err != nil {
				return nil, false
			}
		}
		values = append(values, d)
	}
	s.literals = values
	return values, true
}

// heat plans a shape with its literals as parameters; nil if it is not hot.
func (s *Session) heat(sql string, e *shapeEntry, literals []parse.Literal) *hotPlan {
	h, ever := s.parametrise(sql, literals)
	if h == nil {
		e.ever = ever
		e.cold, e.epoch = len(e.variants) == 0, s.catalog().Epoch()
		return nil
	}
	e.cold = false
	if len(e.variants) >= hotVariantsMax {
		e.variants = e.variants[1:]
	}
	kept := e.variants[:0:0]
	for _, old := range e.variants {
		if !old.matches(sql, literals) {
			kept = append(kept, old)
		}
	}
	e.variants = append(kept, h)
	return h
}

// parametrise makes the plan, and tells whether there can never be one.
func (s *Session) parametrise(sql string, literals []parse.Literal) (h *hotPlan, never bool) {
	statements, err := parse.Parse(sql)
	if err != nil || len(statements) != 1 || s.tx.state == failed || parse.Truncations(sql) != nil {
		return nil, false
	}
	defer func(told int) { s.waiting = s.waiting[:told] }(len(s.waiting))
	st := statements[0]
	if st.Node.GetSelectStmt() == nil && st.Node.GetInsertStmt() == nil {
		return nil, true
	}
	r := &replacer{text: sql, literals: literals}
	r.walk(st.Node.ProtoReflect())
	c, err := s.compile(st, expr.NewParams(r.kinds))
	if err != nil || !c.hot() || c.present || len(c.params) != len(r.used) {
		return nil, false
	}
	return &hotPlan{compiled: c, literals: r.used, fixed: r.fixed()}, false
}

// hot reports whether a statement may take its literals as parameters.
func (c *compiled) hot() bool {
	if c.freshness != nil && c.freshness.Value.Kind == parse.ParamValue {
		return false
	}
	i, ok := c.command.(*insertCommand)
	return c.point != nil || (ok && i.query == nil)
}

// replacer puts parameters in the place of literals.
type replacer struct {
	text     string
	literals []parse.Literal
	used     []int // the literal of each parameter
	kinds    []types.OID
}

// walk replaces constants below m, but for names of projections: plans have those
// built in.
func (r *replacer) walk(m protoreflect.Message) {
	if f, ok := m.Interface().(*pg.FuncCall); ok && namesProjection(f) && len(f.GetArgs()) > 0 {
		for _, a := range f.GetArgs()[1:] {
			r.walk(a.ProtoReflect())
		}
		return
	}
	if n, ok := m.Interface().(*pg.Node); ok && r.replace(n) {
		return
	}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.Kind() != protoreflect.MessageKind:
		case fd.IsList():
			for i := range v.List().Len() {
				r.walk(v.List().Get(i).Message())
			}
		default:
			r.walk(v.Message())
		}
		return true
	})
}

func namesProjection(f *pg.FuncCall) bool {
	name := f.GetFuncname()
	if len(name) == 0 {
		return false
	}
	return strings.HasPrefix(name[len(name)-1].GetString_().GetSval(), "project")
}

func (r *replacer) replace(n *pg.Node) bool {
	c := n.GetAConst()
	if c == nil || c.GetIsnull() {
		return false
	}
	for i, l := range r.literals {
		if int(c.GetLocation()) != l.Start {
			continue
		}
		r.used = append(r.used, i)
		r.kinds = append(r.kinds, literalType(l.Kind))
		n.Node = &pg.Node_ParamRef{ParamRef: &pg.ParamRef{Number: int32(len(r.used)), Location: c.GetLocation()}}
		return true
	}
	return false
}

func literalType(k parse.LiteralKind) types.OID {
	switch k {
	case parse.IntLiteral:
		return types.Int4OID
	case parse.BigIntLiteral:
		return types.Int8OID
	case parse.NumericLiteral:
		return types.NumericOID
	}
	return types.UnknownOID
}

// fixed are the literals that no parameter stands for.
func (r *replacer) fixed() []fixedLiteral {
	taken := make([]bool, len(r.literals))
	for _, i := range r.used {
		taken[i] = true
	}
	var all []fixedLiteral
	for i, l := range r.literals {
		if !taken[i] {
			all = append(all, fixedLiteral{index: i, text: strings.Clone(r.text[l.Start:l.End])})
		}
	}
	return all
}
