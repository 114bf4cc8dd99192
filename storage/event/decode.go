package event

import (
	"encoding/binary"
	"errors"

	"github.com/projsql/projsql/storage/hlc"
)

// MalformedError says that bytes are no encoded command, or one of a newer format.
type MalformedError struct{ Reason string }

func (e *MalformedError) Error() string { return "malformed log entry: " + e.Reason }

// SQLState returns XX001.
func (e *MalformedError) SQLState() string { return "XX001" }

// DecodeCommand reads what AppendCommand wrote; anything else is a
// *MalformedError, never a panic, and takes memory in proportion to b at most.
// The command's Data, Metadata and Value share b.
func DecodeCommand(b []byte) (Command, error) {
	d := decoder{rest: b, draftBits: plainDraftBits}
	format := d.byte()
	if d.err == nil && (format < formatPlain || format > formatDefining) {
		return Command{}, &MalformedError{Reason: "unknown format"}
	}
	if format >= formatTold {
		d.draftBits = draftBits
	}
	c := Command{Stamp: hlc.Timestamp(d.uint64())}
	if c.Stamp > stampMax {
		d.fail("stamp out of range")
	}
	if n := d.count(transactionBytesMin); n > 0 {
		c.Transactions = make([]Transaction, n)
	}
	for i := range c.Transactions {
		c.Transactions[i] = d.transaction()
		if format >= formatGuarded {
			c.Transactions[i].Guards = d.guards()
		}
		if format >= formatPremised {
			c.Transactions[i].Premise = Premise{Prefix: string(d.bytes()), Version: d.uvarint()}
		}
		if format >= formatDefining {
			c.Transactions[i].Changes = d.changes(format)
		}
	}
	c.Changes = d.changes(format)
	if d.err == nil && formatOf(&c) != format {
		d.fail("format without what it is for")
	}
	if d.err == nil && len(d.rest) > 0 {
		d.fail("bytes after the end")
	}
	if d.err != nil {
		return Command{}, &MalformedError{Reason: d.err.Error()}
	}
	return c, nil
}

// stampMax leaves room below SQL's largest bigint for the stamps that follow it.
const stampMax = hlc.Timestamp(1)<<63 - 1<<32

// decoder reads fields until the first error and gives zero values after it.
type decoder struct {
	rest      []byte
	err       error
	last      Draft // its strings are shared by the drafts after it
	draftBits byte  // the flags of a draft are below
}

func (d *decoder) fail(reason string) {
	if d.err == nil {
		d.err = errors.New(reason)
	}
	d.rest = nil
}

func (d *decoder) take(n int) []byte {
	if n > len(d.rest) {
		d.fail("truncated")
		return nil
	}
	b := d.rest[:n:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) uint64() uint64 {
	if b := d.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 || (n > 1 && d.rest[n-1] == 0) {
		d.fail("bad number")
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

// count reads a number of items that take at least bytesMin each.
func (d *decoder) count(bytesMin int) int {
	n := d.uvarint()
	if n > uint64(len(d.rest)/bytesMin) {
		d.fail("count beyond the end")
		return 0
	}
	return int(n)
}

func (d *decoder) bytes() []byte { return d.take(d.count(1)) }

// text reads a string and returns last instead of a copy where they are equal.
func (d *decoder) text(last string) string {
	b := d.bytes()
	if string(b) == last {
		return last
	}
	return string(b)
}

func (d *decoder) id() (id ID) {
	copy(id[:], d.take(len(id)))
	return id
}

func (d *decoder) transaction() Transaction {
	n := d.count(draftBytesMin)
	if n == 0 {
		return Transaction{}
	}
	t := Transaction{Drafts: make([]Draft, n)}
	for i := range t.Drafts {
		d.draft(&t.Drafts[i])
	}
	return t
}

func (d *decoder) draft(f *Draft) {
	flags := d.byte()
	if flags >= d.draftBits {
		d.fail("unknown field")
	}
	f.ID = d.id()
	f.Entity = Entity(d.text(string(d.last.Entity)))
	f.Kind = Kind(d.text(string(d.last.Kind)))
	f.RecordedBy = d.text(d.last.RecordedBy)
	f.Data = d.bytes()
	f.OccurredAt = NoTime
	d.optional(f, flags)
	d.last.Entity, d.last.Kind, d.last.RecordedBy = f.Entity, f.Kind, f.RecordedBy
}

func (d *decoder) optional(f *Draft, flags byte) {
	if flags&hasMetadata != 0 {
		f.Metadata = d.bytes()
	}
	if flags&hasCorrelation != 0 {
		f.Correlation = d.id()
	}
	if flags&hasCausation != 0 {
		f.Causation = d.id()
	}
	if flags&hasOccurredAt != 0 {
		f.OccurredAt = Micros(d.uint64())
	}
	if flags&hasExpected != 0 {
		f.Expected = Expect(Version(d.uvarint()))
	}
	f.Fresh, f.Dated = flags&isFresh != 0, flags&isDated != 0
	if d.err == nil && draftFlags(f) != flags {
		d.fail("empty field")
	}
}

func (d *decoder) guards() []Guard {
	n := d.count(guardBytesMin)
	if n == 0 {
		return nil
	}
	guards := make([]Guard, n)
	for i := range guards {
		g := &guards[i]
		g.Since = Sequence(d.uvarint())
		g.Kinds, g.Entities, g.Prefixes = names[Kind](d), names[Entity](d), names[Entity](d)
		if b := d.bytes(); len(b) > 0 {
			g.Predicate = b
		}
	}
	return guards
}

func (d *decoder) holds() []Hold {
	n := d.count(holdBytesMin)
	if n == 0 {
		return nil
	}
	holds := make([]Hold, n)
	for i := range holds {
		holds[i] = Hold{Name: string(d.bytes()), Version: d.uvarint()}
	}
	return holds
}

func names[T ~string](d *decoder) []T {
	n := d.count(1)
	if n == 0 {
		return nil
	}
	all := make([]T, n)
	for i := range all {
		all[i] = T(d.bytes())
	}
	return all
}

func (d *decoder) changes(format byte) []Change {
	n := d.count(changeBytesMin)
	if n == 0 {
		return nil
	}
	all := make([]Change, n)
	for i := range all {
		all[i] = d.change()
		if format >= formatNeeding {
			all[i].Needs = string(d.bytes())
		}
		if format >= formatHolding {
			all[i].Holds = d.holds()
		}
	}
	return all
}

func (d *decoder) change() Change {
	c := Change{Name: string(d.bytes()), Expect: ChangeExpectation(d.byte())}
	if c.Expect == ThisRecord {
		c.Version = d.uvarint()
	}
	switch d.byte() {
	case 0:
	case 1:
		c.Value = d.bytes()
	default:
		d.fail("unknown field")
	}
	return c
}
