package raftlog

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hashicorp/raft"
)

// journal is what makes an append durable: one write and one sync, where a bbolt
// transaction takes two syncs and several pages. It has two segments, written in
// turn. Entries go on into bbolt when a segment is full, and the other one is taken
// up again only after that. A segment is written over in place, so that a sync
// rarely has to write the file's size. It is used by one goroutine at a time.
type journal struct {
	segments [2]*segment
	active   *segment
	limit    int64 // a segment that is longer is full
	buffer   []byte
}

// segment is one file of records, all of one generation; what lies behind them is
// from earlier ones.
type segment struct {
	path       string
	file       *os.File
	generation uint64 // 0: no record
	salt       uint64 // drawn for the generation, so that no event can look like a record
	end        int64
}

const (
	journalBufferMax = 4 << 20 // kept between writes
	NewSuffix        = ".new"  // of a file that is not complete yet
)

func journalPath(dir string, n int) string {
	return filepath.Join(dir, fmt.Sprintf("raft.journal-%d", n))
}

// openJournal opens the segments in dir and reads their records, the older
// segment's first. Both missing, or still being named, is a journal that is empty:
// the tail knows better if it is not.
func openJournal(dir string, limit int64) (*journal, []record, error) {
	j := &journal{limit: limit}
	if err := j.openFiles(dir); err != nil {
		return nil, nil, errors.Join(err, j.close())
	}
	records, err := j.read()
	if err != nil {
		return nil, nil, errors.Join(err, j.close())
	}
	return j, records, nil
}

func (j *journal) openFiles(dir string) error {
	missing := 0
	for n := range j.segments {
		path := journalPath(dir, n)
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if errors.Is(err, os.ErrNotExist) {
			missing++
			continue
		}
		if err != nil {
			return err
		}
		j.segments[n] = &segment{path: path, file: f}
	}
	switch missing {
	case 0:
		return nil
	case len(j.segments):
		return j.create(dir)
	}
	// Between the two renames of create a crash leaves the second under its first name.
	if last := journalPath(dir, len(j.segments)-1); j.segments[len(j.segments)-1] == nil && os.Rename(last+NewSuffix, last) == nil {
		return errors.Join(j.close(), SyncDir(dir), j.openFiles(dir))
	}
	return &DamageError{File: filepath.Join(dir, "raft.journal"), Cause: "one of its two segments is missing"}
}

// create makes both files with their room filled in, and their names durable at once.
func (j *journal) create(dir string) error {
	for n := range j.segments {
		path := journalPath(dir, n)
		f, err := os.OpenFile(path+NewSuffix, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		j.segments[n] = &segment{path: path, file: f}
		if _, err := f.Write(make([]byte, j.limit)); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
	}
	for _, s := range j.segments {
		if err := os.Rename(s.path+NewSuffix, s.path); err != nil {
			return err
		}
	}
	return SyncDir(dir)
}

// begin starts a new generation in the older segment, whose entries must be in
// bbolt.
func (j *journal) begin() error {
	older, newer := j.segments[0], j.segments[1]
	if older.generation > newer.generation {
		older, newer = newer, older
	}
	var salt [8]byte
	if _, err := rand.Read(salt[:]); err != nil {
		return err
	}
	older.generation, older.salt, older.end = newer.generation+1, binary.BigEndian.Uint64(salt[:]), 0
	j.active = older
	return nil
}

// full reports whether the active segment has had its share.
func (j *journal) full() bool { return j.active.end >= j.limit }

// write makes a record durable.
func (j *journal) write(p place, logs []*raft.Log) error {
	s := j.active
	j.buffer = appendRecord(j.buffer[:0], s, p, logs)
	if _, err := s.file.WriteAt(j.buffer, s.end); err != nil {
		return err
	}
	if err := dataSync(s.file); err != nil {
		return err
	}
	s.end += int64(len(j.buffer))
	if cap(j.buffer) > journalBufferMax {
		j.buffer = nil
	}
	return nil
}

func (j *journal) close() (err error) {
	for _, s := range j.segments {
		if s != nil {
			err = errors.Join(err, s.file.Close())
		}
	}
	return err
}
