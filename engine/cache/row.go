package cache

import (
	"encoding/binary"
	"errors"
	"hash/crc32"

	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// A row at rest is
//
//	format   1 byte
//	checksum 4 bytes, CRC-32C of the key and of all that follows
//	lineage 16 bytes
//	watermark, HLC, generation, known: 8 bytes each, little endian
//	flags    1 byte
//	state    the rest
//
// The key is in the checksum, so a row that turns up under another key is damaged.
const (
	rowFormat      = 1
	rowHeaderBytes = 1 + 4 + 16 + 4*8 + 1
	checksumEnd    = 5
	flagNoState    = 1
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errDamaged = errors.New("row is damaged")

func appendRow(buf, key []byte, lineage [16]byte, r *Row) []byte {
	start := len(buf)
	buf = append(buf, rowFormat, 0, 0, 0, 0)
	buf = append(buf, lineage[:]...)
	buf = binary.LittleEndian.AppendUint64(buf, uint64(r.Watermark))
	buf = binary.LittleEndian.AppendUint64(buf, uint64(r.HLC))
	buf = binary.LittleEndian.AppendUint64(buf, uint64(r.Generation))
	buf = binary.LittleEndian.AppendUint64(buf, uint64(r.Known))
	buf = append(buf, r.flags())
	buf = append(buf, r.State...)
	row := buf[start:]
	binary.LittleEndian.PutUint32(row[1:], checksum(key, row[checksumEnd:]))
	return buf
}

func (r *Row) flags() byte {
	if r.NoState {
		return flagNoState
	}
	return 0
}

func checksum(key, rest []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, rest)
}

// decodeRow returns the row, which shares b, and its lineage.
func decodeRow(key, b []byte) (Row, [16]byte, error) {
	var lineage [16]byte
	if len(b) < rowHeaderBytes || b[0] != rowFormat ||
		binary.LittleEndian.Uint32(b[1:]) != checksum(key, b[checksumEnd:]) {
		return Row{}, lineage, errDamaged
	}
	b = b[checksumEnd:]
	copy(lineage[:], b)
	b = b[len(lineage):]
	r := Row{
		Watermark:  event.Sequence(binary.LittleEndian.Uint64(b)),
		HLC:        hlc.Timestamp(binary.LittleEndian.Uint64(b[8:])),
		Generation: event.Version(binary.LittleEndian.Uint64(b[16:])),
		Known:      event.Sequence(binary.LittleEndian.Uint64(b[24:])),
		NoState:    b[32]&flagNoState != 0,
		State:      b[33:],
	}
	return r, lineage, nil
}

// A key is name, 0, version (8 bytes, big endian), entity. A name has no zero byte.

func keyBytes(name string, e event.Entity) int { return len(name) + 1 + 8 + len(e) }

func appendKey(buf []byte, name string, version uint64, e event.Entity) []byte {
	buf = append(buf, name...)
	buf = append(buf, 0)
	buf = binary.BigEndian.AppendUint64(buf, version)
	return append(buf, e...)
}

// splitKey is the inverse of appendKey.
func splitKey(key []byte) (name []byte, version uint64, entity []byte, ok bool) {
	for i, c := range key {
		if c == 0 && len(key) >= i+9 {
			return key[:i], binary.BigEndian.Uint64(key[i+1:]), key[i+9:], true
		}
	}
	return nil, 0, nil, false
}

// prefixEnd returns the first key after all that begin with prefix; nil = none.
func prefixEnd(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}
