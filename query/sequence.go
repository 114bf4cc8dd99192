package query

import (
	"context"
	"iter"
	"math"
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// createSequence is CREATE TEMP SEQUENCE.
type createSequence struct {
	sequence    temptable.Sequence
	ifNotExists bool
}

func (s *Session) bindCreateSequence(c *compiled, n *pg.CreateSeqStmt) error {
	r := n.GetSequence()
	if r.GetRelpersistence() != "t" && !s.isTemp(r.GetSchemaname()) {
		return unsupportedStatement(c, &pg.Node{Node: &pg.Node_CreateSeqStmt{CreateSeqStmt: n}})
	}
	k := &createSequence{ifNotExists: n.GetIfNotExists()}
	k.sequence = temptable.Sequence{Name: r.GetRelname(), Type: types.Int8OID}
	c.command = k
	return s.sequenceOptions(c, &k.sequence, n.GetOptions())
}

// sequenceOptions reads the options of a sequence that is made.
func (s *Session) sequenceOptions(c *compiled, q *temptable.Sequence, options []*pg.Node) error {
	given := map[string]int64{}
	for _, o := range options {
		d := o.GetDefElem()
		name := d.GetDefname()
		if _, twice := given[name]; twice {
			return at(c.sql, d.GetLocation(), sqlstate.SyntaxError, "conflicting or redundant options")
		}
		switch name {
		case "as":
			t, err := (&expr.Binder{Text: c.sql, Env: s.env}).BindType(d.GetArg().GetTypeName())
			if err != nil {
				return err
			}
			q.Type = t.OID
		case "cycle":
			q.Cycle = d.GetArg().GetBoolean().GetBoolval()
		case "start", "increment", "minvalue", "maxvalue", "cache":
			if d.GetArg() == nil {
				continue // NO MINVALUE
			}
			v, err := wholeNumber(d.GetArg())
			if err != nil {
				return err
			}
			given[name] = v
		default:
			return unsupported(c.sql, d.GetLocation(), "option %s of a sequence is not supported", name)
		}
	}
	return boundSequence(q, given)
}

func wholeNumber(n *pg.Node) (int64, error) {
	if i := n.GetInteger(); i != nil {
		return int64(i.GetIval()), nil
	}
	v, err := strconv.ParseInt(n.GetFloat().GetFval(), 10, 64)
	if err != nil {
		return 0, sqlstate.New(sqlstate.NumericValueOutOfRange, "value %q is out of range for type bigint", n.GetFloat().GetFval())
	}
	return v, nil
}

// boundSequence fills in and checks a sequence's numbers.
func boundSequence(q *temptable.Sequence, given map[string]int64) error {
	lowest, highest := int64(math.MinInt64), int64(math.MaxInt64)
	switch q.Type {
	case types.Int2OID:
		lowest, highest = math.MinInt16, math.MaxInt16
	case types.Int4OID:
		lowest, highest = math.MinInt32, math.MaxInt32
	case types.Int8OID:
	default:
		return sqlstate.New(sqlstate.InvalidParameterValue, "sequence type must be smallint, integer, or bigint")
	}
	or := func(name string, otherwise int64) int64 {
		if v, ok := given[name]; ok {
			return v
		}
		return otherwise
	}
	if q.Increment = or("increment", 1); q.Increment == 0 {
		return sqlstate.New(sqlstate.InvalidParameterValue, "INCREMENT must not be zero")
	}
	if q.Increment > 0 {
		q.Min, q.Max = or("minvalue", 1), or("maxvalue", highest)
		q.Start = or("start", q.Min)
	} else {
		q.Min, q.Max = or("minvalue", lowest), or("maxvalue", -1)
		q.Start = or("start", q.Max)
	}
	name := types.TypeName(q.Type)
	bad := func(format string, args ...any) error {
		return sqlstate.New(sqlstate.InvalidParameterValue, format, args...)
	}
	switch {
	case q.Max < lowest || q.Max > highest:
		return bad("MAXVALUE (%d) is out of range for sequence data type %s", q.Max, name)
	case q.Min < lowest || q.Min > highest:
		return bad("MINVALUE (%d) is out of range for sequence data type %s", q.Min, name)
	case q.Min >= q.Max:
		return bad("MINVALUE (%d) must be less than MAXVALUE (%d)", q.Min, q.Max)
	case q.Start < q.Min:
		return bad("START value (%d) cannot be less than MINVALUE (%d)", q.Start, q.Min)
	case q.Start > q.Max:
		return bad("START value (%d) cannot be greater than MAXVALUE (%d)", q.Start, q.Max)
	case or("cache", 1) <= 0:
		return bad("CACHE (%d) must be greater than zero", given["cache"])
	}
	return nil
}

func (k *createSequence) run(_ context.Context, s *Session, x *call) (result, error) {
	if k.ifNotExists && !s.tables.Free(k.sequence.Name) {
		return result{tag: "CREATE SEQUENCE"}, s.skips(x, sqlstate.DuplicateTable, "relation %q already exists, skipping", k.sequence.Name)
	}
	_, err := s.tables.CreateSequence(k.sequence)
	return result{tag: "CREATE SEQUENCE"}, err
}

// sequenceRelation is a sequence as FROM reads it.
func (s *Session) sequenceRelation(q *temptable.Sequence) *plan.Relation {
	return &plan.Relation{
		Schema: s.tables.Schema, Name: q.Name, OID: q.OID, Kind: plan.VirtualRelation, Moves: true,
		Columns: []plan.RelationColumn{
			{Name: "last_value", Type: types.Of(types.Int8OID)},
			{Name: "log_cnt", Type: types.Of(types.Int8OID)},
			{Name: "is_called", Type: types.Of(types.BoolOID)},
		},
		Rows: func(context.Context, plan.Source, []bool) iter.Seq2[[]types.Datum, error] {
			return func(yield func([]types.Datum, error) bool) {
				last, called := q.Last()
				yield([]types.Datum{types.Int(last), types.Int(0), types.Bool(called)}, nil)
			}
		},
	}
}

// sequenceFunctions are PostgreSQL's functions of sequences, by pg_proc's prosrc.
func sequenceFunctions() map[string]any {
	return map[string]any{
		"nextval_oid": expr.Func1(func(env *expr.Env, oid types.Datum) (types.Datum, error) {
			s, q, err := sequenceOf(env, oid)
			if err != nil {
				return types.Null, err
			}
			n, err := q.Next()
			if err == nil {
				s.lastSequence = q
			}
			return types.Int(n), err
		}),
		"currval_oid": expr.Func1(func(env *expr.Env, oid types.Datum) (types.Datum, error) {
			_, q, err := sequenceOf(env, oid)
			if err != nil {
				return types.Null, err
			}
			n, known := q.Current()
			if !known {
				return types.Null, sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "currval of sequence %q is not yet defined in this session", q.Name)
			}
			return types.Int(n), nil
		}),
		"lastval": expr.Func0(lastValue),
		"setval_oid": expr.Func2(func(env *expr.Env, oid, n types.Datum) (types.Datum, error) {
			return setValue(env, oid, n, types.Bool(true))
		}),
		"setval3_oid": expr.Func3(setValue),
	}
}

func lastValue(env *expr.Env) (types.Datum, error) {
	src, ok := sourceFrom(env.Context)
	if !ok || src.session.lastSequence == nil || src.session.tables.Object(src.session.lastSequence.Name) != src.session.lastSequence {
		return types.Null, sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "lastval is not yet defined in this session")
	}
	n, _ := src.session.lastSequence.Current()
	return types.Int(n), nil
}

func setValue(env *expr.Env, oid, n, called types.Datum) (types.Datum, error) {
	_, q, err := sequenceOf(env, oid)
	if err != nil {
		return types.Null, err
	}
	return n, q.Set(n.Int(), called.Bool())
}

func sequenceOf(env *expr.Env, oid types.Datum) (*Session, *temptable.Sequence, error) {
	src, ok := sourceFrom(env.Context)
	if !ok {
		return nil, nil, sqlstate.New(sqlstate.FeatureNotSupported, "sequences are not supported here")
	}
	for _, q := range src.session.tables.Sequences() {
		if int64(q.OID) == oid.Int() {
			return src.session, q, nil
		}
	}
	if name, ok := src.session.env.Registry.RegName(types.RegclassOID, uint32(oid.Int())); ok {
		return nil, nil, sqlstate.New(sqlstate.WrongObjectType, "%q is not a sequence", name)
	}
	return nil, nil, sqlstate.New(sqlstate.UndefinedTable, "relation with OID %d does not exist", oid.Int())
}

// ownedSequence makes a column one that numbers itself.
func (b *tableBinder) ownedSequence(col *temptable.Column, t types.OID, options []*pg.Node) error {
	name := b.session.freeName(joined(b.shape.Name, col.Name, "seq"))
	q := temptable.Sequence{Name: name, Type: t, Column: col.Name}
	if err := b.session.sequenceOptions(b.c, &q, options); err != nil {
		return err
	}
	b.sequences = append(b.sequences, q)
	col.Default = "nextval(" + expr.QuoteLiteral(expr.QuoteIdent(name)) + "::regclass)"
	col.NotNull = true
	return nil
}

// serials are the types of columns that number themselves.
var serials = map[string]types.OID{
	"serial": types.Int4OID, "serial4": types.Int4OID, "bigserial": types.Int8OID, "serial8": types.Int8OID,
	"smallserial": types.Int2OID, "serial2": types.Int2OID,
}
