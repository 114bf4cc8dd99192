package query

import (
	"encoding/binary"

	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

const (
	textFormat   = types.TextFormat
	binaryFormat = types.BinaryFormat
)

// appendRow appends a DataRow message. formats has one item for each column.
func appendRow(buf []byte, env *types.Env, columns []plan.Column, formats []int16, row []types.Datum) []byte {
	start := len(buf)
	buf = append(buf, 'D', 0, 0, 0, 0, byte(len(row)>>8), byte(len(row)))
	for i, d := range row {
		buf = types.AppendField(buf, env, columns[i].Type.OID, formats[i], d)
	}
	binary.BigEndian.PutUint32(buf[start+1:], uint32(len(buf)-start-1))
	return buf
}

// fieldsOf describes columns for RowDescription, all in text.
func fieldsOf(columns []plan.Column) []Field {
	fields := make([]Field, len(columns))
	for i, c := range columns {
		t := types.UnderDomains(c.Type) // clients do not know domains
		fields[i] = Field{
			Name: c.Name, TableOID: c.TableOID, ColumnNumber: c.ColumnNumber,
			TypeOID: uint32(t.OID), TypeBytes: -1, TypeMod: t.Mod,
		}
		if info := types.Info(t.OID); info != nil {
			fields[i].TypeBytes = info.Len
		}
	}
	return fields
}

// unsent are the columns that are asked for in binary form and have none.
func unsent(into []int, formats []int16, columns []plan.Column) []int {
	for i, f := range formats {
		if f == binaryFormat && !types.HasBinary(columns[i].Type.OID) {
			into = append(into, i)
		}
	}
	return into
}

// spreadFormats gives each of n columns its format code: none, one for all, or
// one each.
func spreadFormats(into, codes []int16, n int, what string) ([]int16, error) {
	if len(codes) > 1 && len(codes) != n {
		return into, sqlstate.New(sqlstate.ProtocolViolation, "bind message has %d %s formats but query has %d columns", len(codes), what, n)
	}
	into = into[:0]
	for i := range n {
		code := textFormat
		if len(codes) == 1 {
			code = codes[0]
		} else if len(codes) > 1 {
			code = codes[i]
		}
		if code != textFormat && code != binaryFormat {
			return into, sqlstate.New(sqlstate.InvalidParameterValue, "unsupported format code: %d", code)
		}
		into = append(into, code)
	}
	return into, nil
}
