package raftlog

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"

	"github.com/hashicorp/raft"
)

// A stored entry carries its checksum at the front of its extensions:
//
//	'P' 'L' version(1) crc32c(4, big endian) extensions…
//
// The checksum covers every field, so that an entry found under another index,
// or with another term or type, does not pass either.
const (
	frameVersion     = 1
	frameHeaderBytes = 7
)

var (
	errFrameShort    = errors.New("no checksum")
	errFrameVersion  = errors.New("unknown frame version")
	errFrameChecksum = errors.New("checksum mismatch")
)

// sealLog returns a copy of l that carries its checksum. The copy shares l.Data.
func sealLog(l *raft.Log) *raft.Log {
	sealed := *l
	ext := make([]byte, frameHeaderBytes, frameHeaderBytes+len(l.Extensions))
	ext[0], ext[1], ext[2] = 'P', 'L', frameVersion
	binary.BigEndian.PutUint32(ext[3:], checksumLog(l))
	sealed.Extensions = append(ext, l.Extensions...)
	return &sealed
}

// openLog checks what sealLog wrote and takes the checksum off again.
func openLog(l *raft.Log) error {
	ext := l.Extensions
	if len(ext) < frameHeaderBytes || ext[0] != 'P' || ext[1] != 'L' {
		return errFrameShort
	}
	if ext[2] != frameVersion {
		return errFrameVersion
	}
	want := binary.BigEndian.Uint32(ext[3:])
	l.Extensions = ext[frameHeaderBytes:]
	if len(l.Extensions) == 0 {
		l.Extensions = nil
	}
	if checksumLog(l) != want {
		return errFrameChecksum
	}
	return nil
}

func checksumLog(l *raft.Log) uint32 {
	var head [41]byte
	binary.BigEndian.PutUint64(head[0:], l.Index)
	binary.BigEndian.PutUint64(head[8:], l.Term)
	head[16] = byte(l.Type)
	binary.BigEndian.PutUint64(head[17:], uint64(appendedNanos(l)))
	binary.BigEndian.PutUint64(head[25:], uint64(len(l.Data)))
	binary.BigEndian.PutUint64(head[33:], uint64(len(l.Extensions)))
	table := crc32.MakeTable(crc32.Castagnoli)
	sum := crc32.Update(0, table, head[:])
	sum = crc32.Update(sum, table, l.Data)
	return crc32.Update(sum, table, l.Extensions)
}

// appendedNanos is independent of how the time's location was encoded.
func appendedNanos(l *raft.Log) int64 {
	if l.AppendedAt.IsZero() {
		return math.MinInt64
	}
	return l.AppendedAt.UnixNano()
}
