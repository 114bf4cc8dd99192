package fold

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/wire/sqlstate"
)

// A state at rest is
//
//	format   1 byte
//	columns  uvarint, their number
//	nulls    a bit for each column, set = NULL
//	values   of the columns that are not NULL, in the form of their type
const stateFormat = 1

// form is how the values of a type are encoded.
type form uint8

const (
	formBool    form = iota + 1 // 1 byte
	formInt                     // varint
	formFloat                   // 8 bytes
	formNumeric                 // scale+1 and the coefficient as varint; or 0 and as formBinary
	formBytes                   // length and bytes
	formUUID                    // 16 bytes
	formJSON                    // as formBytes, a jsonb document
	formAddress                 // as formBytes, as PostgreSQL keeps it
	formShape                   // as formBytes, PostgreSQL's binary format
	formBits                    // as formBinary
	formSearch                  // as formBinary
	formBinary                  // length and PostgreSQL's binary format
)

var forms = map[types.OID]form{
	types.BoolOID: formBool,
	types.Int2OID: formInt, types.Int4OID: formInt, types.Int8OID: formInt, types.OIDOID: formInt, types.CharOID: formInt,
	types.DateOID: formInt, types.TimeOID: formInt, types.TimestampOID: formInt, types.TimestamptzOID: formInt, types.LSNOID: formInt,
	types.MoneyOID: formInt,
	types.PointOID: formShape, types.LsegOID: formShape, types.PathOID: formShape, types.BoxOID: formShape,
	types.PolygonOID: formShape, types.LineOID: formShape, types.CircleOID: formShape,
	types.PgSnapshotOID: formShape, types.TxidSnapshotOID: formShape,
	types.Float4OID: formFloat, types.Float8OID: formFloat,
	types.NumericOID: formNumeric,
	types.TextOID:    formBytes, types.VarcharOID: formBytes, types.BpcharOID: formBytes, types.NameOID: formBytes,
	types.ByteaOID: formBytes, types.JSONOID: formBytes,
	types.UUIDOID: formUUID, types.JSONBOID: formJSON, types.InetOID: formAddress, types.CidrOID: formAddress,
	types.MacaddrOID: formAddress, types.Macaddr8OID: formAddress,
	types.BitOID: formBits, types.VarbitOID: formBits,
	types.TSVectorOID: formSearch, types.TSQueryOID: formSearch,
	types.IntervalOID: formBinary, types.TimetzOID: formBinary,
}

// formOf refuses the types that a column cannot have.
func (c *compiler) formOf(t types.Type, pos int) (form, error) {
	if f, ok := forms[t.OID]; ok {
		return f, nil
	}
	elem := types.ElemOf(t.OID)
	if _, ok := forms[elem]; ok || isRange(t.OID) || isRange(elem) {
		return formBinary, nil
	}
	return 0, c.errorAt(pos, sqlstate.FeatureNotSupported, "columns of type %s are not supported in projections", types.FormatType(t))
}

// isRange reports whether t is a range or multirange type.
func isRange(t types.OID) bool {
	info := types.Info(t)
	return info != nil && (info.Subtype != 0 || info.Range != 0)
}

// Encode implements projection.Fold.
func (f *fold) Encode(buf []byte, s projection.State) []byte {
	values := s.(*Row).values
	buf = append(buf, stateFormat)
	buf = binary.AppendUvarint(buf, uint64(len(values)))
	nulls := len(buf)
	for range (len(values) + 7) / 8 {
		buf = append(buf, 0)
	}
	for i, v := range values {
		if v.IsNull() {
			buf[nulls+i/8] |= 1 << (i % 8)
			continue
		}
		buf = appendValue(buf, &f.columns[i], v)
	}
	return buf
}

func appendValue(buf []byte, col *column, v types.Datum) []byte {
	switch col.form {
	case formBool:
		return append(buf, boolByte(v.Bool()))
	case formInt:
		return binary.AppendVarint(buf, v.Int())
	case formFloat:
		return binary.LittleEndian.AppendUint64(buf, math.Float64bits(v.Float()))
	case formNumeric:
		if _, long := v.Pointer().(*types.Numeric); !long {
			scale, _ := types.NumericScale(v)
			return binary.AppendVarint(append(buf, byte(scale)+1), v.Int())
		}
		return appendBinary(append(buf, 0), col, v)
	case formBytes, formJSON, formAddress, formShape:
		return append(binary.AppendUvarint(buf, uint64(len(v.Str()))), v.Str()...)
	case formUUID:
		return append(buf, v.Str()...)
	default:
		return appendBinary(buf, col, v)
	}
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}

func appendBinary(buf []byte, col *column, v types.Datum) []byte {
	b := types.AppendBinary(nil, col.typ.OID, v)
	return append(binary.AppendUvarint(buf, uint64(len(b))), b...)
}

var errState = errors.New("not an encoded state of this projection")

// Decode implements projection.Fold. The state shares one copy of b.
func (f *fold) Decode(b []byte) (projection.State, error) {
	row := Row{values: make([]types.Datum, len(f.columns))}
	if err := f.decode(string(b), row.values); err != nil {
		return nil, err
	}
	return &row, nil
}

// DecodeMany implements projection.ManyDecoder: the states share three pieces of memory.
func (f *fold) DecodeMany(encoded []byte, ends []int, each func(int, projection.State, error)) {
	all, from := string(encoded), 0
	rows := make([]Row, len(ends))
	values := make([]types.Datum, len(ends)*len(f.columns))
	for n, end := range ends {
		own := values[:len(f.columns):len(f.columns)]
		values = values[len(f.columns):]
		if err := f.decode(all[from:end], own); err != nil {
			each(n, nil, err)
		} else {
			rows[n].values = own
			each(n, &rows[n], nil)
		}
		from = end
	}
}

// decode reads a state's values, which share b.
func (f *fold) decode(b string, values []types.Datum) error {
	d := decoder{rest: b}
	if d.byte() != stateFormat || d.uvarint() != uint64(len(f.columns)) {
		return errState
	}
	nulls := d.take(uint64(len(f.columns)+7) / 8)
	if d.failed {
		return errState
	}
	for i := range values {
		if nulls[i/8]&(1<<(i%8)) != 0 {
			continue
		}
		v, err := d.value(&f.columns[i])
		if err != nil || d.failed {
			return fmt.Errorf("column %s: %w", f.columns[i].described.Name, errors.Join(errState, err))
		}
		values[i] = v
	}
	if d.rest != "" {
		return errState
	}
	return nil
}

// decoder reads a state; once it has failed it gives zeros.
type decoder struct {
	rest   string
	failed bool
}

func (d *decoder) take(n uint64) string {
	if n > uint64(len(d.rest)) {
		d.failed = true
		return ""
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}

func (d *decoder) byte() byte {
	s := d.take(1)
	if d.failed {
		return 0
	}
	return s[0]
}

func (d *decoder) uvarint() uint64 {
	if len(d.rest) > 0 && d.rest[0] < 0x80 { // most are short
		v := uint64(d.rest[0])
		d.rest = d.rest[1:]
		return v
	}
	v := uint64(0)
	for shift := 0; shift < 64; shift += 7 {
		c := d.byte()
		if shift == 63 && c > 1 {
			break
		}
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
	d.failed = true
	return 0
}

func (d *decoder) varint() int64 {
	u := d.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (d *decoder) value(col *column) (types.Datum, error) {
	switch col.form {
	case formBool:
		return d.bool()
	case formInt:
		return types.Int(d.varint()), nil
	case formFloat:
		return d.float(), nil
	case formNumeric:
		return d.numeric(col)
	case formBytes:
		return types.String(d.take(d.uvarint())), nil
	case formUUID:
		return types.String(d.take(16)), nil
	case formAddress:
		return d.address(col)
	case formShape:
		return d.shape(col)
	case formJSON:
		doc := d.take(d.uvarint())
		return types.String(doc), jsonb.Validate(doc)
	default:
		return d.binary(col)
	}
}

func (d *decoder) bool() (types.Datum, error) {
	b := d.byte()
	if b > 1 {
		return types.Null, errState
	}
	return types.Bool(b == 1), nil
}

// address reads an inet, cidr, macaddr or macaddr8. What is none would be used as one.
func (d *decoder) address(col *column) (types.Datum, error) {
	v := types.String(d.take(d.uvarint()))
	if !d.failed && !types.ValidAddress(col.typ.OID, v) {
		return types.Null, errState
	}
	return v, nil
}

// shape reads a value that is what its binary format is.
func (d *decoder) shape(col *column) (types.Datum, error) {
	v := types.String(d.take(d.uvarint()))
	if !d.failed && !types.IsBinary(col.typ.OID, v.Str()) {
		return types.Null, errState
	}
	return v, nil
}

func (d *decoder) float() types.Datum {
	s := d.take(8)
	if d.failed {
		return types.Null
	}
	return types.Float(math.Float64frombits(binary.LittleEndian.Uint64([]byte(s))))
}

// numericScaleShort is the largest scale of a numeric that is a coefficient of 64 bits.
const numericScaleShort = 63

func (d *decoder) numeric(col *column) (types.Datum, error) {
	scale := d.byte()
	if scale == 0 {
		return d.binary(col)
	}
	if scale-1 > numericScaleShort {
		return types.Null, errState
	}
	return types.NumericScaled(d.varint(), int32(scale-1)), nil
}

func (d *decoder) binary(col *column) (types.Datum, error) {
	b := d.take(d.uvarint())
	if d.failed {
		return types.Null, errState
	}
	return types.DecodeBinary(types.Of(col.typ.OID), []byte(b))
}
