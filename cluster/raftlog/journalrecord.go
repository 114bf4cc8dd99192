package raftlog

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"time"

	"github.com/hashicorp/raft"
)

// A record starts at a sector, so that a torn write cannot touch the one before:
//
//	magic(4) crc32c(4) generation(8) salt(8) bytes(4) entries(4) first(8) previous(8) lowest(8)
//
// and for each entry
//
//	term(8) appended(8) type(1) extensions(4) data(4), then both
//
// big endian. The checksum covers all that follows it; zeros fill the last sector.
const (
	recordMagic       = "PJR\x01" // the last byte is the version
	recordHeaderBytes = 56
	entryHeaderBytes  = 25
	sectorBytes       = 512
)

// place says where in the log a record belongs.
type place struct {
	first    uint64 // from this index on, the log is the record's entries
	previous uint64 // the log's last index before, 0 if it was empty
	lowest   uint64 // what lies before this index was deleted
}

type record struct {
	place
	generation, salt uint64
	entries          []raft.Log // they share the memory of the file's contents
	bytes            int        // in the file, a multiple of sectorBytes
}

func appendRecord(b []byte, s *segment, p place, logs []*raft.Log) []byte {
	at := len(b)
	b = append(b, make([]byte, recordHeaderBytes)...)
	for _, l := range logs {
		b = binary.BigEndian.AppendUint64(b, l.Term)
		b = binary.BigEndian.AppendUint64(b, uint64(appendedNanos(l)))
		b = append(b, byte(l.Type))
		b = binary.BigEndian.AppendUint32(b, uint32(len(l.Extensions)))
		b = binary.BigEndian.AppendUint32(b, uint32(len(l.Data)))
		b = append(append(b, l.Extensions...), l.Data...)
	}
	h := b[at:]
	copy(h, recordMagic)
	binary.BigEndian.PutUint64(h[8:], s.generation)
	binary.BigEndian.PutUint64(h[16:], s.salt)
	binary.BigEndian.PutUint32(h[24:], uint32(len(h)))
	binary.BigEndian.PutUint32(h[28:], uint32(len(logs)))
	binary.BigEndian.PutUint64(h[32:], p.first)
	binary.BigEndian.PutUint64(h[40:], p.previous)
	binary.BigEndian.PutUint64(h[48:], p.lowest)
	binary.BigEndian.PutUint32(h[4:], checksum(h[8:]))
	return append(b, make([]byte, sectors(len(h))-len(h))...)
}

func sectors(bytes int) int { return (bytes + sectorBytes - 1) / sectorBytes * sectorBytes }

// readRecord reads the record at the start of b; false if there is none, or not
// the one that was written.
func readRecord(b []byte) (r record, ok bool) {
	if len(b) < recordHeaderBytes || string(b[:4]) != recordMagic {
		return record{}, false
	}
	n := int(binary.BigEndian.Uint32(b[24:]))
	if n < recordHeaderBytes || n > len(b) || checksum(b[8:n]) != binary.BigEndian.Uint32(b[4:]) {
		return record{}, false
	}
	r = record{
		place: place{
			first: binary.BigEndian.Uint64(b[32:]), previous: binary.BigEndian.Uint64(b[40:]), lowest: binary.BigEndian.Uint64(b[48:]),
		},
		generation: binary.BigEndian.Uint64(b[8:]), salt: binary.BigEndian.Uint64(b[16:]),
		bytes: sectors(n),
	}
	body := b[recordHeaderBytes:n]
	for i := range uint64(binary.BigEndian.Uint32(b[28:])) {
		var l raft.Log
		if body, ok = readEntry(body, &l); !ok {
			return record{}, false
		}
		l.Index = r.first + i
		r.entries = append(r.entries, l)
	}
	return r, len(body) == 0
}

func readEntry(b []byte, l *raft.Log) (rest []byte, ok bool) {
	if len(b) < entryHeaderBytes {
		return nil, false
	}
	l.Term, l.Type = binary.BigEndian.Uint64(b), raft.LogType(b[16])
	if nanos := int64(binary.BigEndian.Uint64(b[8:])); nanos != math.MinInt64 {
		l.AppendedAt = time.Unix(0, nanos)
	}
	extensions, data := int(binary.BigEndian.Uint32(b[17:])), int(binary.BigEndian.Uint32(b[21:]))
	b = b[entryHeaderBytes:]
	if extensions+data > len(b) {
		return nil, false
	}
	if extensions > 0 {
		l.Extensions = b[:extensions:extensions]
	}
	if data > 0 {
		l.Data = b[extensions : extensions+data : extensions+data]
	}
	return b[extensions+data:], true
}

func checksum(b []byte) uint32 {
	return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
}
