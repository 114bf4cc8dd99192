package expr

import (
	"encoding/binary"
	"math/bits"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/wire/sqlstate"
)

// hasher hashes a value; the lower half of what it returns for the seed 0 is the hash of
// 32 bits.
type hasher func(d types.Datum, seed uint64) uint64

// wholes are the hashes of values that are made of others, and of those whose type the call tells.
func wholes() map[string]any {
	all := map[string]any{}
	for _, name := range []string{"hash_array", "hash_record", "hash_range", "hash_multirange", "hashenum"} {
		all[name] = maker(func(c *Call) any { return hash1(typedHasher(c, plainHash)) })
		all[extendedName(name)] = maker(func(c *Call) any { return hash2(typedHasher(c, extendedHash)) })
	}
	return all
}

func hash1(h func(types.Datum, uint64) (uint64, error)) Func1 {
	return func(_ *Env, a types.Datum) (types.Datum, error) {
		n, err := h(a, 0)
		return types.Int(int64(int32(n))), err
	}
}

func hash2(h func(types.Datum, uint64) (uint64, error)) Func2 {
	return func(_ *Env, a, seed types.Datum) (types.Datum, error) {
		n, err := h(a, uint64(seed.Int()))
		return types.Int(int64(n)), err
	}
}

// Kinds of functions that a type may lack.
const (
	plainHash    = "a hash"
	extendedHash = "an extended hash"
)

// typedHasher hashes values by the type of the argument.
func typedHasher(c *Call, kind string) func(types.Datum, uint64) (uint64, error) {
	t := c.Proc.Args[0]
	return func(d types.Datum, seed uint64) (uint64, error) {
		if t == types.RecordOID {
			return hashFields(d, seed, kind)
		}
		return hashTyped(t, d, seed, kind)
	}
}

func hashTyped(t types.OID, d types.Datum, seed uint64, kind string) (uint64, error) {
	t = types.BaseOf(t)
	switch {
	case d.IsNull():
		return 0, nil
	case types.ElemOf(t) != 0:
		a := d.Array()
		return hashSequence(1, len(a.Items), func(i int) (uint64, error) {
			if a.Elem == types.RecordOID && kind == plainHash && !a.Items[i].IsNull() {
				return hashFields(a.Items[i], seed, kind)
			}
			return hashTyped(a.Elem, a.Items[i], seed, kind)
		})
	case types.IsRecord(t) && t != types.RecordOID: // of unknown columns PostgreSQL assumes that some cannot be hashed
		return hashFields(d, seed, kind)
	case types.SubtypeOf(t) != 0:
		return hashRange(d.Range(), seed, kind)
	case types.RangeOf(t) != 0:
		return hashMultirange(d.Multirange(), seed, kind)
	}
	h := hasherOf(t)
	if h == nil {
		return 0, sqlstate.New(sqlstate.UndefinedFunction, "could not identify %s function for type %s", kind, typeName(t))
	}
	return h(d, seed), nil
}

func hashFields(d types.Datum, seed uint64, kind string) (uint64, error) {
	r := d.Record()
	return hashSequence(0, len(r.Fields), func(i int) (uint64, error) { return hashTyped(r.Types[i], r.Fields[i], seed, kind) })
}

// hashRange turns both halves of the word for themselves.
func hashRange(r *types.Range, seed uint64, kind string) (uint64, error) {
	lower, err := hashTyped(r.Type.Subtype, r.Lower.Value, seed, kind)
	if err != nil {
		return 0, err
	}
	upper, err := hashTyped(r.Type.Subtype, r.Upper.Value, seed, kind)
	sum := hashWord(uint32(r.Flags()), seed) ^ lower
	sum = uint64(bits.RotateLeft32(uint32(sum>>32), 1))<<32 | uint64(bits.RotateLeft32(uint32(sum), 1))
	return sum ^ upper, err
}

func hashMultirange(m *types.Multirange, seed uint64, kind string) (uint64, error) {
	return hashSequence(1, len(m.Ranges), func(i int) (uint64, error) { return hashRange(m.Ranges[i], seed, kind) })
}

func hashSequence(start uint64, n int, hash func(int) (uint64, error)) (uint64, error) {
	sum := start
	for i := range n {
		h, err := hash(i)
		if err != nil {
			return 0, err
		}
		sum = sum<<5 - sum + h
	}
	return sum, nil
}

// hasherOf is the hash function of a type's default operator class; nil if there is none.
func hasherOf(t types.OID) hasher {
	switch t {
	case types.BoolOID, types.CharOID:
		return hashChar
	case types.Int2OID, types.Int4OID, types.OIDOID, types.DateOID, types.XIDOID, types.CIDOID:
		return hashNumber
	case types.Int8OID, types.TimeOID, types.TimestampOID, types.TimestamptzOID, types.LSNOID, types.XID8OID:
		return hashLong
	case types.TextOID, types.VarcharOID, types.NameOID, types.ByteaOID, types.UUIDOID, types.InetOID, types.CidrOID,
		types.MacaddrOID, types.Macaddr8OID, types.NodeTreeOID:
		return hashText
	case types.BpcharOID:
		return hashPadded
	case types.Float4OID, types.Float8OID:
		return hashFloat
	case types.NumericOID:
		return hashNumeric
	case types.IntervalOID:
		return hashInterval
	case types.TimetzOID:
		return hashTimeTZ
	case types.JSONBOID:
		return hashJSONB
	}
	if isReg(t) || types.IsEnum(t) {
		return hashNumber
	}
	return nil
}

// hashNumeric is that of the digits, base 10,000, and of where the point is. The sign does not count.
func hashNumeric(d types.Datum, seed uint64) uint64 {
	sent := types.AppendBinary(nil, types.NumericOID, d)
	digits, weight := sent[8:], int64(int16(binary.BigEndian.Uint16(sent[2:])))
	if sign := binary.BigEndian.Uint16(sent[4:]); sign != 0 && sign != 0x4000 {
		return seed
	}
	if len(digits) == 0 {
		return seed - 1
	}
	turned := make([]byte, 0, len(digits))
	for i := 0; i < len(digits); i += 2 {
		turned = append(turned, digits[i+1], digits[i])
	}
	return hashBytes(string(turned), seed) ^ uint64(weight)
}

// hashInterval takes months for 30 days. What 64 bits have no room for is cut off.
func hashInterval(d types.Datum, seed uint64) uint64 {
	i := d.Interval()
	span := i.Micros + (int64(i.Months)*30+int64(i.Days))*microsPerDay
	return hashLong(types.Int(span), seed)
}

func hashTimeTZ(d types.Datum, seed uint64) uint64 {
	t := d.TimeTZ()
	return hashLong(types.Int(t.Micros), seed) ^ hashWord(uint32(t.WestSeconds), seed)
}

// Marks of what a document begins with.
const (
	arrayMark  = 0x40000000
	objectMark = 0x20000000
)

func hashJSONB(d types.Datum, seed uint64) uint64 {
	root := jsonb.Root(d.Str())
	if k := root.Kind(); (k == jsonb.Array || k == jsonb.Object) && root.Len() == 0 {
		return seed
	}
	h := &documentHash{seed: seed}
	if k := root.Kind(); k != jsonb.Array && k != jsonb.Object { // it is kept as an array's one element
		h.mark(arrayMark)
	}
	h.value(root)
	return h.sum
}

// documentHash goes through a document in the order that it is kept in.
type documentHash struct{ seed, sum uint64 }

func (h *documentHash) mark(m uint64) { h.sum ^= m<<32 | m }

func (h *documentHash) value(v jsonb.Value) {
	switch v.Kind() {
	case jsonb.Array:
		h.mark(arrayMark)
		for e := range v.Elements() {
			h.value(e)
		}
	case jsonb.Object:
		h.mark(objectMark)
		for key, e := range v.Pairs() {
			h.scalar(hashBytes(key, h.seed))
			h.value(e)
		}
	default:
		h.scalar(h.ofScalar(v))
	}
}

// scalar turns each half by one bit before it mixes in.
func (h *documentHash) scalar(n uint64) {
	h.sum = h.sum<<1&0xfffffffefffffffe | h.sum>>31&0x100000001
	h.sum ^= n
}

func (h *documentHash) ofScalar(v jsonb.Value) uint64 {
	text, _ := v.Text()
	switch v.Kind() {
	case jsonb.Null:
		return h.seed + 1
	case jsonb.Bool:
		switch {
		case h.seed != 0:
			return hashChar(types.Bool(v.Bool()), h.seed)
		case v.Bool():
			return 2
		}
		return 4
	case jsonb.Number:
		n, err := types.ParseNumeric(text)
		if err != nil {
			panic("expr: a number in a document is none: " + text)
		}
		return hashNumeric(n, h.seed)
	}
	return hashBytes(text, h.seed)
}
