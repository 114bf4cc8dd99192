package expr

import (
	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// nameBytes is what a name takes, of which what its text leaves is zero.
const nameBytes = 64

// letterAt is the byte of a name, which is an array of them from 0 on: NULL out of its bounds.
func letterAt(name string, subs []types.Datum) types.Datum {
	if len(subs) != 1 {
		return types.Null
	}
	switch at := subs[0].Int(); {
	case at < 0 || at >= nameBytes:
		return types.Null
	case at >= int64(len(name)):
		return types.Int(0)
	default:
		return types.Int(int64(name[at]))
	}
}

func (b *Binder) bindLetter(e Expr, nodes []*pg_query.Node) (Expr, error) {
	letter := &Index{base: base{typ: types.Of(types.CharOID), pos: e.Pos()}, Arg: e}
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
