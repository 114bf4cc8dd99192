package expr

import (
	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// nameBytes is what a name takes, of which what its text leaves is zero.
const nameBytes = 64

// Letter is a subscript of a name, which is an array of bytes from 0 on.
type Letter struct {
	base
	Arg  Expr
	Subs []Expr
}

// Children implements Expr.
func (e *Letter) Children() []Expr { return append([]Expr{e.Arg}, e.Subs...) }

// WithChildren implements Rebuilder.
func (e *Letter) WithChildren(c []Expr) Expr {
	n := *e
	n.Arg, n.Subs = c[0], c[1:]
	return &n
}

// Compile implements Expr. A subscript out of bounds, or NULL, gives NULL, as does another
// than one subscript.
func (e *Letter) Compile(c *Compiler) Eval {
	arg, subs := e.Arg.Compile(c), compileAll(c, e.Subs)
	return func(fr *Frame) (types.Datum, error) {
		v, err := arg(fr)
		if err != nil || v.IsNull() {
			return types.Null, err
		}
		at := make([]types.Datum, len(subs))
		null, err := evalAll(fr, subs, at)
		if err != nil || null || len(at) != 1 {
			return types.Null, err
		}
		return letterAt(v.Str(), at[0].Int()), nil
	}
}

func letterAt(name string, at int64) types.Datum {
	switch {
	case at < 0 || at >= nameBytes:
		return types.Null
	case at >= int64(len(name)):
		return types.Int(0)
	}
	return types.Int(int64(name[at]))
}

func (b *Binder) bindLetter(e Expr, nodes []*pg_query.Node) (Expr, error) {
	letter := &Letter{base: base{typ: types.Of(types.CharOID), pos: e.Pos()}, Arg: e}
	for _, n := range nodes {
		if n.GetAIndices().IsSlice {
			return nil, sqlstate.New(sqlstate.FeatureNotSupported, "slices of fixed-length arrays not implemented")
		}
		sub, err := b.bindSubscript(n.GetAIndices().Uidx)
		if err != nil {
			return nil, err
		}
		letter.Subs = append(letter.Subs, sub)
	}
	return letter, nil
}
