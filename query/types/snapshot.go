package types

import (
	"cmp"
	"encoding/binary"
	"sort"
	"strconv"
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// Snapshot is a value of pg_snapshot and txid_snapshot: which transactions are seen. A value is a string of what the
// binary format has.
type Snapshot struct {
	Xmin, Xmax uint64
	Xip        []uint64 // ascending
}

// SnapshotSees reports whether a transaction is one of those that a pg_snapshot sees. It reads few of them: d must be one.
func (d Datum) SnapshotSees(id uint64) bool {
	const numbers = 4 // bytes before them: xmin, xmax, xip
	s := d.Str()[numbers:]
	at := func(i int) uint64 { return binary.BigEndian.Uint64([]byte(s[8*i : 8*(i+1)])) }
	if xmin := at(0); id < xmin || id >= at(1) {
		return id < xmin
	}
	_, found := sort.Find(len(s)/8-2, func(i int) int { return cmp.Compare(id, at(2+i)) })
	return !found
}

// Datum returns s as a value.
func (s Snapshot) Datum() Datum {
	be := binary.BigEndian
	buf := be.AppendUint32(nil, uint32(len(s.Xip)))
	buf = be.AppendUint64(be.AppendUint64(buf, s.Xmin), s.Xmax)
	for _, id := range s.Xip {
		buf = be.AppendUint64(buf, id)
	}
	return String(string(buf))
}

// Snapshot returns the pg_snapshot or txid_snapshot. d must be one.
func (d Datum) Snapshot() Snapshot {
	r := wireReader{b: []byte(d.Str())}
	s := Snapshot{Xip: make([]uint64, r.int32())}
	s.Xmin, s.Xmax = uint64(r.int64()), uint64(r.int64())
	for i := range s.Xip {
		s.Xip[i] = uint64(r.int64())
	}
	return s
}

// SnapshotOf sees what is up to last, and nothing else.
func SnapshotOf(last uint64) Snapshot {
	next := last + 1
	if isXID(next) {
		return Snapshot{Xmin: next, Xmax: next}
	}
	return Snapshot{Xmin: last, Xmax: next + 1, Xip: []uint64{next}}
}

func (s Snapshot) sane() bool { return isXID(s.Xmin) && isXID(s.Xmax) && s.Xmax >= s.Xmin }

// isXID reports whether PostgreSQL takes a number for a transaction's.
func isXID(n uint64) bool { return uint32(n) != 0 }

func appendSnapshot(buf []byte, s Snapshot) []byte {
	buf = append(strconv.AppendUint(buf, s.Xmin, 10), ':')
	buf = append(strconv.AppendUint(buf, s.Xmax, 10), ':')
	for i, id := range s.Xip {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = strconv.AppendUint(buf, id, 10)
	}
	return buf
}

func parseSnapshot(text string) (Datum, error) {
	bad := errSyntax("pg_snapshot", text)
	var s Snapshot
	rest := text
	for _, at := range []*uint64{&s.Xmin, &s.Xmax} {
		*at, rest = strtou64(rest)
		if !strings.HasPrefix(rest, ":") {
			return Null, bad
		}
		rest = rest[1:]
	}
	if !s.sane() {
		return Null, bad
	}
	last := uint64(0)
	for rest != "" {
		var id uint64
		if id, rest = strtou64(rest); id < s.Xmin || id >= s.Xmax || id < last {
			return Null, bad
		}
		if id != last {
			s.Xip = append(s.Xip, id)
		}
		last = id
		if rest != "" && rest[0] != ',' {
			return Null, bad
		}
		rest = strings.TrimPrefix(rest, ",")
	}
	return s.Datum(), nil
}

// strtou64 reads a decimal number as C's strtoull does, and returns what is behind it: a sign may be before it, and
// where there is none it is 0.
func strtou64(s string) (n uint64, rest string) {
	digits := strings.TrimLeft(s, spaces)
	negative := strings.HasPrefix(digits, "-")
	if negative || strings.HasPrefix(digits, "+") {
		digits = digits[1:]
	}
	rest = strings.TrimLeft(digits, "0123456789")
	if len(rest) == len(digits) {
		return 0, s
	}
	n, err := strconv.ParseUint(digits[:len(digits)-len(rest)], 10, 64)
	if negative && err == nil {
		n = -n
	}
	return n, rest // MaxUint64 where it is out of range
}

// snapshot reads the binary format, whose last number may be xmax itself, unlike a text's.
func (r *wireReader) snapshot() (Datum, error) {
	bad := sqlstate.New(sqlstate.InvalidBinaryRepresentation, "invalid external pg_snapshot data")
	n := r.int32()
	const most = (1<<30 - 25) / 8 // of what PostgreSQL keeps in a value
	if n < 0 || n > most {
		return Null, bad
	}
	s := Snapshot{Xmin: uint64(r.int64()), Xmax: uint64(r.int64())}
	if !r.short && !s.sane() {
		return Null, bad
	}
	last := uint64(0)
	for range n {
		id := uint64(r.int64())
		switch {
		case r.short:
			return Null, nil
		case id < last, id < s.Xmin, id > s.Xmax:
			return Null, bad
		case id != last:
			s.Xip = append(s.Xip, id)
		}
		last = id
	}
	return s.Datum(), nil
}
