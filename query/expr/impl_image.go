package expr

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// recordImages implements *=, *<>, *<, *<=, *> and *>=, which compare records by the bytes
// that PostgreSQL keeps: numbers as unsigned words, texts as they are.
func recordImages() map[string]any {
	all := map[string]any{}
	for suffix, op := range map[string]string{"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="} {
		all["record_image_"+suffix] = compareImages(orderTest(op))
	}
	return all
}

func compareImages(holds func(int) bool) Func2 {
	return func(_ *Env, x, y types.Datum) (types.Datum, error) {
		a, b := x.Record(), y.Record()
		for i := range min(len(a.Fields), len(b.Fields)) {
			if t := a.Types[i]; t != b.Types[i] {
				return types.Null, sqlstate.New(sqlstate.DatatypeMismatch, "cannot compare dissimilar column types %s and %s at record column %d", typeName(t), typeName(b.Types[i]), i+1)
			}
			c, err := compareImage(types.BaseOf(a.Types[i]), a.Fields[i], b.Fields[i])
			if err != nil {
				return types.Null, err
			}
			if c != 0 {
				return types.Bool(holds(c)), nil
			}
		}
		if len(a.Fields) != len(b.Fields) {
			return types.Null, sqlstate.New(sqlstate.DatatypeMismatch, "cannot compare record types with different numbers of columns")
		}
		return types.Bool(holds(0)), nil
	}
}

func compareImage(t types.OID, a, b types.Datum) (int, error) {
	if a.IsNull() || b.IsNull() {
		return types.CompareNulls(t, a, b), nil
	}
	switch t {
	case types.BoolOID, types.CharOID, types.Int2OID, types.Int4OID, types.Int8OID, types.OIDOID, types.DateOID, types.TimeOID,
		types.TimestampOID, types.TimestamptzOID, types.LSNOID, types.MoneyOID:
		return cmp.Compare(uint64(a.Int()), uint64(b.Int())), nil
	case types.Float4OID:
		return cmp.Compare(uint64(int32(math.Float32bits(float32(a.Float())))), uint64(int32(math.Float32bits(float32(b.Float()))))), nil
	case types.Float8OID:
		return cmp.Compare(math.Float64bits(a.Float()), math.Float64bits(b.Float())), nil
	case types.TextOID, types.VarcharOID, types.BpcharOID, types.NameOID, types.ByteaOID, types.UUIDOID, types.JSONOID,
		types.InetOID, types.CidrOID, types.MacaddrOID, types.Macaddr8OID:
		return strings.Compare(a.Str(), b.Str()), nil
	case types.BitOID, types.VarbitOID:
		return bytes.Compare(bitsImage(a), bitsImage(b)), nil
	case types.PointOID, types.LsegOID, types.BoxOID, types.LineOID, types.CircleOID:
		return bytes.Compare(floatsImage(a), floatsImage(b)), nil
	}
	return 0, sqlstate.New(sqlstate.FeatureNotSupported, "comparing values of type %s by their bytes is not supported", typeName(t))
}

// floatsImage is a shape of fixed length as most machines keep it.
func floatsImage(d types.Datum) []byte {
	const size = 8
	image := []byte(d.Str())
	for at := 0; at < len(image); at += size {
		slices.Reverse(image[at : at+size])
	}
	return image
}

// bitsImage is a bit string as PostgreSQL keeps it: a length in the order of bytes of most machines, and bits.
func bitsImage(d types.Datum) []byte {
	image := types.AppendBinary(nil, types.VarbitOID, d)
	slices.Reverse(image[:4])
	return image
}
