package query

import (
	"context"
	"iter"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

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
				yield([]types.Datum{types.Int(last), types.Int(q.Logged()), types.Bool(called)}, nil)
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
