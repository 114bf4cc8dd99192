package raftlog

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// tail is what the log must hold at least. bbolt keeps no checksums of its pages:
// one flipped bit in a page's count, or a damaged meta page, makes the newest
// entries invisible instead of unreadable. The tail, kept in a file of its own and
// never ahead of the log, tells such a log from a short one.
type tail struct {
	LastIndex uint64
	LastSum   uint32 // checksum of that entry
	// Checksum of the stable keys as they are, and as a write under way makes them.
	Stable, StableNext uint32
}

const (
	tailFile        = "raft.tail"
	tailMagic       = "PJTAIL\x00\x01" // the last byte is the version
	tailRecordBytes = 8 + 8 + 8 + 4 + 4 + 4 + 4
	tailSlotBytes   = 4096 // the two slots never share a sector
)

var errNoTail = errors.New("no tail record")

// tailLog writes tails into two slots in turn, so that a torn write leaves the
// one before. It is used by one goroutine at a time.
type tailLog struct {
	file       *os.File
	generation uint64
	tail       tail
}

// openTail opens the file in dir; a missing one is errNoTail.
func openTail(dir string) (*tailLog, error) {
	path := filepath.Join(dir, tailFile)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil, errNoTail
	}
	if err != nil {
		return nil, err
	}
	t := &tailLog{file: f}
	for slot := range 2 {
		t.readSlot(slot)
	}
	if t.generation == 0 {
		return nil, errors.Join(&DamageError{File: path, Cause: "no valid record"}, f.Close())
	}
	return t, nil
}

// createTail makes the file of a log that is still empty, whole before it gets its name: a
// crash in between must not look like damage.
func createTail(dir string) (*tailLog, error) {
	path := filepath.Join(dir, tailFile)
	f, err := os.OpenFile(path+NewSuffix, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	t := &tailLog{file: f}
	for range 2 {
		if err := t.write(); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	err = f.Sync()
	if err == nil {
		err = os.Rename(path+NewSuffix, path)
	}
	if err == nil {
		err = SyncDir(dir)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return t, nil
}

func (t *tailLog) readSlot(slot int) {
	var b [tailRecordBytes]byte
	if _, err := t.file.ReadAt(b[:], int64(slot)*tailSlotBytes); err != nil && !errors.Is(err, io.EOF) {
		return
	}
	if string(b[:8]) != tailMagic || binary.BigEndian.Uint32(b[36:]) != checksum(b[:36]) {
		return
	}
	generation := binary.BigEndian.Uint64(b[8:])
	if generation <= t.generation {
		return
	}
	t.generation = generation
	t.tail = tail{
		LastIndex:  binary.BigEndian.Uint64(b[16:]),
		LastSum:    binary.BigEndian.Uint32(b[24:]),
		Stable:     binary.BigEndian.Uint32(b[28:]),
		StableNext: binary.BigEndian.Uint32(b[32:]),
	}
}

// write puts the current tail into the older slot, without a sync: a record that
// a power cut takes away only makes the tail older.
func (t *tailLog) write() error {
	t.generation++
	var b [tailRecordBytes]byte
	copy(b[:], tailMagic)
	binary.BigEndian.PutUint64(b[8:], t.generation)
	binary.BigEndian.PutUint64(b[16:], t.tail.LastIndex)
	binary.BigEndian.PutUint32(b[24:], t.tail.LastSum)
	binary.BigEndian.PutUint32(b[28:], t.tail.Stable)
	binary.BigEndian.PutUint32(b[32:], t.tail.StableNext)
	binary.BigEndian.PutUint32(b[36:], checksum(b[:36]))
	_, err := t.file.WriteAt(b[:], int64(t.generation%2)*tailSlotBytes)
	return err
}

func (t *tailLog) writeSync() error {
	if err := t.write(); err != nil {
		return err
	}
	return t.file.Sync()
}

func (t *tailLog) close() error {
	return errors.Join(t.file.Sync(), t.file.Close())
}

// SyncDir makes renames and new names in dir durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
