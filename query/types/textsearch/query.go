package textsearch

import (
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"strings"
)

// Op is an operator of a query; 0 is none.
type Op uint8

// Operators, as PostgreSQL numbers them.
const (
	opNot Op = iota + 1
	opAnd
	opOr
	opPhrase
)

// priorities are of operators in the text form.
var priorities = [...]int{opNot: 4, opAnd: 2, opOr: 1, opPhrase: 3}

// Query is what is sought, in prefix notation: an operator stands before its right operand, and that before
// its left one. An empty Query finds nothing.
type Query []item

// item is an operator, or a word.
type item struct {
	op       Op
	distance int // of a phrase
	left     int // how far behind an operator its left operand is
	word     string
	weights  uint8 // bits: 1 is D, 8 is A; 0: all
	prefix   bool
	stop     bool // in the making: a word that does not count
	number   int  // of the item in the query
}

const (
	itemValue    = 1
	itemOperator = 2
	distanceMax  = 1 << 14
	queryItem    = 12 // bytes in PostgreSQL's memory
)

// Encode returns PostgreSQL's binary format.
func (q Query) Encode() string {
	buf := binary.BigEndian.AppendUint32(nil, uint32(len(q)))
	for i := range q {
		t := &q[i]
		if t.op == 0 {
			buf = append(buf, itemValue, t.weights, boolByte(t.prefix))
			buf = append(append(buf, t.word...), 0)
			continue
		}
		buf = append(buf, itemOperator, byte(t.op))
		if t.op == opPhrase {
			buf = binary.BigEndian.AppendUint16(buf, uint16(t.distance))
		}
	}
	return string(buf)
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// DecodeQuery is the inverse of Encode. The words share s.
func DecodeQuery(s string) Query {
	q := make(Query, uint32At(s))
	s = s[4:]
	for i := range q {
		t := &q[i]
		if s[0] == itemValue {
			end := 3 + strings.IndexByte(s[3:], 0)
			t.weights, t.prefix, t.word = s[1], s[2] != 0, s[3:end]
			s = s[end+1:]
			continue
		}
		t.op = Op(s[1])
		s = s[2:]
		if t.op == opPhrase {
			t.distance = int(int16(uint16At(s)))
			s = s[2:]
		}
	}
	q.link()
	return q
}

// link numbers the items and finds the left operands; ok is false where q is no expression.
func (q Query) link() (ok bool) {
	// Read from behind, each operator stands behind its operands.
	var ends []int // of the operands so far: where the item behind each is
	for i := len(q) - 1; i >= 0; i-- {
		q[i].number = i
		switch t := &q[i]; {
		case t.op == 0:
			ends = append(ends, i+1)
		case t.op == opNot:
			if len(ends) < 1 {
				return false
			}
			t.left = 1
		default:
			if len(ends) < 2 {
				return false
			}
			t.left = ends[len(ends)-1] - i
			ends = ends[:len(ends)-1]
		}
	}
	return len(ends) == 1 || len(q) == 0
}

// Nodes is how many operators and words q has.
func (q Query) Nodes() int { return len(q) }

// Size is that of the value in PostgreSQL's memory.
func (q Query) Size() int {
	n := 8 + queryItem*len(q)
	for i := range q {
		if q[i].op == 0 {
			n += len(q[i].word) + 1
		}
	}
	return n
}

// ReceiveQuery is Receive for a tsquery.
func ReceiveQuery(b []byte) (encoded string, rest []byte, short bool, err error) {
	r := receiver{b: b}
	n := r.int32()
	if n < 0 || n > allocMax/queryItem {
		return "", nil, false, internal("invalid size of tsquery")
	}
	var q Query
	bytes := 0
	for i := 0; i < n && !r.short; i++ {
		t, err := r.item(i == n-1, bytes)
		if err != nil {
			return "", nil, false, err
		}
		if t.op == 0 {
			bytes += len(t.word) + 1
		}
		q = append(q, t)
	}
	if r.short || r.err != nil {
		return "", nil, r.short, r.err
	}
	if !q.link() {
		return "", nil, false, malformed(q)
	}
	if q.deep() {
		return "", nil, false, errDepth()
	}
	return q.Encode(), r.b, false, nil
}

func malformed(q Query) error {
	operands, operators := 0, 0
	for i := range q {
		switch {
		case q[i].op == 0:
			operands++
		case q[i].op != opNot:
			operators++
		}
		if operands == operators+1 && i+1 < len(q) {
			return internal("malformed tsquery: extra nodes")
		}
	}
	return internal("malformed tsquery: operand not found")
}

func (r *receiver) item(last bool, bytes int) (item, error) {
	switch kind := r.int8(); {
	case r.short:
		return item{}, nil
	case kind == itemValue:
		t := item{weights: uint8(r.int8()), prefix: r.int8() != 0, word: r.text()}
		switch {
		case r.short:
		case t.weights > 15:
			return item{}, internal("invalid tsquery: invalid weight bitmap")
		case len(t.word) > LexemeMax:
			return item{}, internal("invalid tsquery: operand too long")
		case bytes > vectorMax:
			return item{}, internal("invalid tsquery: total operand length exceeded")
		}
		return t, nil
	case kind == itemOperator:
		op := r.int8()
		switch {
		case r.short:
			return item{}, nil
		case op < int(opNot) || op > int(opPhrase):
			return item{}, internal("invalid tsquery: unrecognized operator type %d", op)
		case last:
			return item{}, internal("invalid pointer to right operand")
		}
		t := item{op: Op(op)}
		if t.op == opPhrase {
			t.distance = int(int16(r.int16()))
		}
		return t, nil
	default:
		return item{}, internal("unrecognized tsquery node type: %d", kind)
	}
}

// CompareQueries is PostgreSQL's order, of encoded queries. It does not look at weights and prefixes.
func CompareQueries(a, b string) int {
	if a == b {
		return 0
	}
	x, y := DecodeQuery(a), DecodeQuery(b)
	if c := cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x.Size(), y.Size())); c != 0 || len(x) == 0 {
		return c
	}
	return compareNodes(x.tree(), y.tree())
}

// HashWords is equal for queries that are equal: all that it reads of an encoded query is the words and operators.
func HashWords(encoded string) string {
	q := DecodeQuery(encoded)
	for i := range q {
		q[i].weights, q[i].prefix = 0, false
	}
	return q.Encode()
}

// legacyCRC is the checksum that PostgreSQL orders words of queries by: a reflected table read as if it
// were none.
func legacyCRC(s string) int32 {
	crc := ^uint32(0)
	for i := range len(s) {
		crc = crc32.IEEETable[byte(crc>>24)^s[i]] ^ crc<<8
	}
	return int32(^crc)
}
