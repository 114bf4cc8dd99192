package textsearch

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/projsql/projsql/wire/sqlstate"
)

// Vector is a document: lexemes in ascending order of their bytes, none twice.
type Vector []Lexeme

// Lexeme is a word of a document with where it stands, ascending; nil: that is not known.
type Lexeme struct {
	Word      string
	Positions []Position
}

// LexemeMax bounds a lexeme, in bytes.
const LexemeMax = 1<<11 - 1

// Position is where a lexeme stands, in the lower 14 bits, and its weight above: 3 is A, 0 is D.
type Position uint16

const (
	positionMax  = 1<<14 - 1
	positionsMax = 256       // of a lexeme
	vectorMax    = 1<<20 - 1 // bytes of words and positions
)

// At is where the lexeme stands.
func (p Position) At() int { return int(p & positionMax) }

// Weight is 0 for D to 3 for A.
func (p Position) Weight() int { return int(p >> 14) }

func positionOf(at, weight int) Position {
	return Position(min(at, positionMax)) | Position(weight)<<14
}

// Encode returns PostgreSQL's binary format.
func (v Vector) Encode() string {
	size := 4
	for i := range v {
		size += len(v[i].Word) + 3 + 2*len(v[i].Positions)
	}
	buf := binary.BigEndian.AppendUint32(make([]byte, 0, size), uint32(len(v)))
	for i := range v {
		buf = append(append(buf, v[i].Word...), 0)
		buf = binary.BigEndian.AppendUint16(buf, uint16(len(v[i].Positions)))
		for _, p := range v[i].Positions {
			buf = binary.BigEndian.AppendUint16(buf, uint16(p))
		}
	}
	return string(buf)
}

// DecodeVector is the inverse of Encode. The words share s.
func DecodeVector(s string) Vector {
	n := int(uint32At(s))
	v := make(Vector, n)
	var all []Position
	for i, s := 0, s[4:]; i < n; i++ {
		end := strings.IndexByte(s, 0)
		v[i].Word = s[:end]
		count := int(uint16At(s[end+1:]))
		s = s[end+3:]
		if count == 0 {
			continue
		}
		if len(all) < count {
			all = make([]Position, max(n-i, count))
		}
		for j := range count {
			all[j] = Position(uint16At(s[2*j:]))
		}
		v[i].Positions, all = all[:count:count], all[count:]
		s = s[2*count:]
	}
	return v
}

func uint16At(s string) uint16 { return uint16(s[0])<<8 | uint16(s[1]) }

func uint32At(s string) uint32 { return uint32(uint16At(s))<<16 | uint32(uint16At(s[2:])) }

// Receive reads PostgreSQL's binary format of a tsvector from the beginning of b, and returns what is behind
// it. short says that the message is too short. Errors: XX000, 22021.
func Receive(b []byte) (encoded string, rest []byte, short bool, err error) {
	r := receiver{b: b}
	n := r.int32()
	if n < 0 || n > allocMax/4 {
		return "", nil, false, internal("invalid size of tsvector")
	}
	var v Vector
	size := 0
	for range n {
		if r.short {
			break
		}
		l := Lexeme{Word: r.text()}
		count := r.int16()
		switch {
		case r.short:
		case len(l.Word) > LexemeMax:
			return "", nil, false, internal("invalid tsvector: lexeme too long")
		case size > vectorMax:
			return "", nil, false, internal("invalid tsvector: maximum total lexeme length exceeded")
		case count > positionsMax:
			return "", nil, false, internal("unexpected number of tsvector positions")
		}
		for j := 0; j < count && !r.short; j++ {
			p := Position(r.int16())
			if j > 0 && !r.short && p.At() <= l.Positions[j-1].At() {
				return "", nil, false, internal("position information is misordered")
			}
			l.Positions = append(l.Positions, p)
		}
		size = l.size(size)
		v = append(v, l)
	}
	if r.short || r.err != nil {
		return "", nil, r.short, r.err
	}
	slices.SortStableFunc(v, byWord)
	return v.Encode(), r.b, false, nil
}

// allocMax is the most that PostgreSQL allocates at once.
const allocMax = 1<<30 - 1

// receiver takes values off a message; past its end it gives zeros and says so.
type receiver struct {
	b     []byte
	short bool
	err   error
}

func (r *receiver) take(n int) []byte {
	if n > len(r.b) {
		r.short, r.b = true, nil
		return make([]byte, n)
	}
	taken := r.b[:n]
	r.b = r.b[n:]
	return taken
}

func (r *receiver) int32() int { return int(int32(binary.BigEndian.Uint32(r.take(4)))) }
func (r *receiver) int16() int { return int(binary.BigEndian.Uint16(r.take(2))) }
func (r *receiver) int8() int  { return int(int8(r.take(1)[0])) }

// text ends in a zero byte.
func (r *receiver) text() string {
	end := slices.Index(r.b, 0)
	if end < 0 {
		r.short, r.b = true, nil
		return ""
	}
	s := string(r.b[:end])
	r.b = r.b[end+1:]
	if !utf8.ValidString(s) && r.err == nil {
		r.err = sqlstate.New(sqlstate.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\"")
	}
	return s
}

func internal(format string, args ...any) error {
	return sqlstate.New(sqlstate.InternalError, format, args...)
}

func byWord(a, b Lexeme) int { return strings.Compare(a.Word, b.Word) }

// find returns where a word is, or would be.
func (v Vector) find(word string) (int, bool) {
	return slices.BinarySearchFunc(v, word, func(l Lexeme, w string) int { return strings.Compare(l.Word, w) })
}

// AppendText appends the form that tsvectorout gives.
func (v Vector) AppendText(buf []byte) []byte {
	for i := range v {
		if i > 0 {
			buf = append(buf, ' ')
		}
		buf = appendQuoted(buf, v[i].Word)
		for j, p := range v[i].Positions {
			separator := byte(',')
			if j == 0 {
				separator = ':'
			}
			buf = appendInt(append(buf, separator), p.At())
			if w := p.Weight(); w > 0 {
				buf = append(buf, 'D'-byte(w))
			}
		}
	}
	return buf
}

func appendQuoted(buf []byte, word string) []byte {
	buf = append(buf, '\'')
	for i := range len(word) {
		if c := word[i]; c == '\'' || c == '\\' {
			buf = append(buf, c)
		}
		buf = append(buf, word[i])
	}
	return append(buf, '\'')
}

// size is what a lexeme adds to the bytes of those before it, as PostgreSQL keeps them.
func (l *Lexeme) size(before int) int {
	n := before + len(l.Word)
	if len(l.Positions) > 0 {
		n = (n+1)&^1 + 2 + 2*len(l.Positions)
	}
	return n
}

func (v Vector) dataSize() int {
	n := 0
	for i := range v {
		n = v[i].size(n)
	}
	return n
}

// Size is that of the value in PostgreSQL's memory.
func (v Vector) Size() int { return 8 + 4*len(v) + v.dataSize() }

// checked refuses what PostgreSQL has no room for (54000).
func (v Vector) checked() (Vector, error) {
	if n := v.dataSize(); n > vectorMax {
		return nil, tooLong(n)
	}
	return v, nil
}

func tooLong(n int) error {
	return sqlstate.New(sqlstate.ProgramLimitExceeded, "string is too long for tsvector (%d bytes, max %d bytes)", n, vectorMax)
}

// CompareVectors is PostgreSQL's order, of encoded vectors.
func CompareVectors(a, b string) int {
	if a == b {
		return 0
	}
	x, y := DecodeVector(a), DecodeVector(b)
	if c := cmp.Or(cmp.Compare(x.Size(), y.Size()), cmp.Compare(len(x), len(y))); c != 0 {
		return c
	}
	for i := range x {
		if c := compareLexemes(&x[i], &y[i]); c != 0 {
			return c
		}
	}
	return 0
}

func compareLexemes(a, b *Lexeme) int {
	if hasA, hasB := a.Positions != nil, b.Positions != nil; hasA != hasB {
		return cmp.Compare(len(b.Positions), len(a.Positions))
	}
	if c := cmp.Or(strings.Compare(a.Word, b.Word), cmp.Compare(len(b.Positions), len(a.Positions))); c != 0 {
		return c
	}
	for i, p := range a.Positions {
		q := b.Positions[i]
		if c := cmp.Or(cmp.Compare(q.At(), p.At()), cmp.Compare(q.Weight(), p.Weight())); c != 0 {
			return c
		}
	}
	return 0
}
