package expr

import (
	"encoding/binary"
	"math"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// pieceAt is a piece of a value of fixed length, which is an array of them from 0 on: NULL out of its bounds.
func pieceAt(t types.OID, d types.Datum, subs []types.Datum) types.Datum {
	size, count := pieces(t)
	if len(subs) != 1 || subs[0].Int() < 0 || subs[0].Int() >= count {
		return types.Null
	}
	at, s := subs[0].Int(), d.Str()
	switch types.PieceOf(t) {
	case types.CharOID:
		if at >= int64(len(s)) { // what a name's text leaves is zero
			return types.Int(0)
		}
		return types.Int(int64(s[at]))
	case types.Float8OID:
		return types.Float(math.Float64frombits(binary.BigEndian.Uint64([]byte(s[at*size:]))))
	}
	return types.String(s[at*size : (at+1)*size])
}

// pieces are how many bytes a piece takes, and how many there are.
func pieces(t types.OID) (size, count int64) {
	size = int64(types.Info(types.PieceOf(t)).Len)
	return size, int64(types.Info(t).Len) / size
}

func (b *Binder) bindPiece(e Expr, nodes []*pg_query.Node) (Expr, error) {
	piece := &Index{base: base{typ: types.Of(types.PieceOf(e.Type().OID)), pos: e.Pos()}, Arg: e}
	for _, n := range nodes {
		if n.GetAIndices().IsSlice {
			return nil, sqlstate.New(sqlstate.FeatureNotSupported, "slices of fixed-length arrays not implemented")
		}
		sub, err := b.bindSubscript(n.GetAIndices().Uidx)
		if err != nil {
			return nil, err
		}
		piece.Subs = append(piece.Subs, sub)
	}
	return piece, nil
}

// setPiece sets a piece of a shape. Nothing is set of NULL, or to it.
func (e *SetPart) setPiece(old types.Datum, at [][2]types.Datum, v types.Datum) (types.Datum, error) {
	size, count := pieces(e.typ.OID)
	switch {
	case old.IsNull() || v.IsNull():
		return old, nil
	case e.Slice:
		return types.Null, sqlstate.New(sqlstate.FeatureNotSupported, "updates on slices of fixed-length arrays not implemented")
	case len(at) != 1:
		return types.Null, errSubscripts()
	case at[0][1].Int() < 0 || at[0][1].Int() >= count:
		return types.Null, errSubscriptRange()
	}
	made := []byte(old.Str())
	copy(made[at[0][1].Int()*size:], types.AppendBinary(nil, types.PieceOf(e.typ.OID), v))
	return types.String(string(made)), nil
}
