package event

import (
	"encoding/binary"
)

// The first byte of an encoded command. A command keeps the oldest form that can hold
// it, so that only what needs it asks for a release that knows more.
const (
	formatPlain    = 1
	formatGuarded  = 2 // every transaction is followed by its guards
	formatPremised = 3 // and these by its premise
	formatNeeding  = 4 // every change is followed by what it needs
	formatTold     = 5 // drafts may be Fresh or Dated
	formatHolding  = 6 // what a change needs is followed by what it holds
	formatDefining = 7 // a transaction's premise is followed by its changes
)

// NewestFormat is the newest form of commands that this release reads. UntoldFormat is that of releases that
// do not tell theirs.
const (
	NewestFormat = formatDefining
	UntoldFormat = formatHolding
)

// Format returns the oldest form that can hold c, in which it is encoded.
func (c *Command) Format() int { return int(formatOf(c)) }

// Bits that say which of a draft's optional fields follow.
const (
	hasMetadata = 1 << iota
	hasCorrelation
	hasCausation
	hasOccurredAt
	hasExpected
	isFresh // from formatTold on
	isDated
	draftBits

	plainDraftBits = isFresh
)

// Fewest bytes that one of each can take; they bound what a count may claim.
const (
	transactionBytesMin = 1
	draftBytesMin       = 1 + 16 + 4
	changeBytesMin      = 3
	guardBytesMin       = 5
	holdBytesMin        = 2
)

// AppendCommand appends the encoding of c, in the oldest format that can hold it, to
// buf.
func AppendCommand(buf []byte, c *Command) []byte {
	format := formatOf(c)
	buf = append(buf, format)
	buf = binary.BigEndian.AppendUint64(buf, uint64(c.Stamp))
	buf = binary.AppendUvarint(buf, uint64(len(c.Transactions)))
	for i := range c.Transactions {
		buf = binary.AppendUvarint(buf, uint64(len(c.Transactions[i].Drafts)))
		for j := range c.Transactions[i].Drafts {
			buf = appendDraft(buf, &c.Transactions[i].Drafts[j])
		}
		if format >= formatGuarded {
			buf = appendGuards(buf, c.Transactions[i].Guards)
		}
		if format >= formatPremised {
			buf = appendBytes(buf, c.Transactions[i].Premise.Prefix)
			buf = binary.AppendUvarint(buf, c.Transactions[i].Premise.Version)
		}
		if format >= formatDefining {
			buf = appendChanges(buf, c.Transactions[i].Changes, format)
		}
	}
	return appendChanges(buf, c.Changes, format)
}

func appendChanges(buf []byte, all []Change, format byte) []byte {
	buf = binary.AppendUvarint(buf, uint64(len(all)))
	for i := range all {
		buf = appendChange(buf, &all[i])
		if format >= formatNeeding {
			buf = appendBytes(buf, all[i].Needs)
		}
		if format >= formatHolding {
			buf = appendHolds(buf, all[i].Holds)
		}
	}
	return buf
}

func appendHolds(buf []byte, holds []Hold) []byte {
	buf = binary.AppendUvarint(buf, uint64(len(holds)))
	for i := range holds {
		buf = binary.AppendUvarint(appendBytes(buf, holds[i].Name), holds[i].Version)
	}
	return buf
}

func formatOf(c *Command) byte {
	for i := range c.Transactions {
		if len(c.Transactions[i].Changes) > 0 {
			return formatDefining
		}
	}
	for i := range c.Changes {
		if len(c.Changes[i].Holds) > 0 {
			return formatHolding
		}
	}
	for i := range c.Transactions {
		for j := range c.Transactions[i].Drafts {
			if d := &c.Transactions[i].Drafts[j]; d.Fresh || d.Dated {
				return formatTold
			}
		}
	}
	for i := range c.Changes {
		if c.Changes[i].Needs != "" {
			return formatNeeding
		}
	}
	format := byte(formatPlain)
	for i := range c.Transactions {
		switch t := &c.Transactions[i]; {
		case t.Premise != Premise{}:
			return formatPremised
		case len(t.Guards) > 0:
			format = formatGuarded
		}
	}
	return format
}

func appendGuards(buf []byte, guards []Guard) []byte {
	buf = binary.AppendUvarint(buf, uint64(len(guards)))
	for i := range guards {
		g := &guards[i]
		buf = binary.AppendUvarint(buf, uint64(g.Since))
		buf = appendNames(buf, g.Kinds)
		buf = appendNames(buf, g.Entities)
		buf = appendNames(buf, g.Prefixes)
		buf = appendBytes(buf, g.Predicate)
	}
	return buf
}

func appendNames[T ~string](buf []byte, names []T) []byte {
	buf = binary.AppendUvarint(buf, uint64(len(names)))
	for _, n := range names {
		buf = appendBytes(buf, n)
	}
	return buf
}

func appendDraft(buf []byte, d *Draft) []byte {
	buf = append(buf, draftFlags(d))
	buf = append(buf, d.ID[:]...)
	buf = appendBytes(buf, d.Entity)
	buf = appendBytes(buf, d.Kind)
	buf = appendBytes(buf, d.RecordedBy)
	buf = appendBytes(buf, d.Data)
	if d.Metadata != nil {
		buf = appendBytes(buf, d.Metadata)
	}
	if d.Correlation != (ID{}) {
		buf = append(buf, d.Correlation[:]...)
	}
	if d.Causation != (ID{}) {
		buf = append(buf, d.Causation[:]...)
	}
	if d.OccurredAt != NoTime {
		buf = binary.BigEndian.AppendUint64(buf, uint64(d.OccurredAt))
	}
	if d.Expected.Set {
		buf = binary.AppendUvarint(buf, uint64(d.Expected.Version))
	}
	return buf
}

func draftFlags(d *Draft) byte {
	var f byte
	for _, bit := range [...]struct {
		set  bool
		flag byte
	}{
		{d.Metadata != nil, hasMetadata},
		{d.Correlation != (ID{}), hasCorrelation},
		{d.Causation != (ID{}), hasCausation},
		{d.OccurredAt != NoTime, hasOccurredAt},
		{d.Expected.Set, hasExpected},
		{d.Fresh, isFresh},
		{d.Dated, isDated},
	} {
		if bit.set {
			f |= bit.flag
		}
	}
	return f
}

func appendChange(buf []byte, c *Change) []byte {
	buf = appendBytes(buf, c.Name)
	buf = append(buf, byte(c.Expect))
	if c.Expect == ThisRecord {
		buf = binary.AppendUvarint(buf, c.Version)
	}
	if c.Value == nil {
		return append(buf, 0)
	}
	return appendBytes(append(buf, 1), c.Value)
}

func appendBytes[T ~string | ~[]byte](buf []byte, s T) []byte {
	return append(binary.AppendUvarint(buf, uint64(len(s))), s...)
}
