package cluster

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// snapshotSink makes one snapshot; see snapshots.Create. It is used by one
// goroutine.
type snapshotSink struct {
	store *snapshots
	meta  snapshotMeta

	local   bool           // flushed was called
	stream  *io.PipeWriter // of a received snapshot, to unpack
	unpack  chan error
	settled bool
}

// ID returns the snapshot's name.
func (s *snapshotSink) ID() string { return s.meta.id() }

// flushed says that the machine's files hold everything up to index.
func (s *snapshotSink) flushed(index uint64) error {
	if index < s.meta.Index {
		return fmt.Errorf("the machine flushed up to %d, the snapshot is of %d", index, s.meta.Index)
	}
	s.local = true
	return nil
}

// Write unpacks a part of a stream that another member's Open made.
func (s *snapshotSink) Write(p []byte) (int, error) {
	if s.stream == nil {
		s.meta.Install = incomingPrefix + s.meta.id()
		if err := s.beginUnpack(); err != nil {
			return 0, err
		}
	}
	return s.stream.Write(p)
}

func (s *snapshotSink) beginUnpack() error {
	dir := s.incoming()
	if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700)); err != nil {
		return err
	}
	from, to := io.Pipe()
	s.stream, s.unpack = to, make(chan error, 1)
	go func() {
		err := unpackStream(from, dir, s.meta.Index, s.meta.Term)
		s.unpack <- errors.Join(err, from.CloseWithError(errUnpackEnded))
	}()
	return nil
}

var errUnpackEnded = errors.New("the snapshot stream is refused")

func (s *snapshotSink) incoming() string { return filepath.Join(s.store.dir, s.meta.Install) }

// Close makes the snapshot the newest one. A received one must have passed all its
// checksums. Further calls do nothing.
func (s *snapshotSink) Close() error {
	if s.settled {
		return nil
	}
	s.settled = true
	if s.stream != nil {
		if err := s.endUnpack(nil); err != nil {
			return err
		}
	} else if !s.local {
		return errors.New("nothing was written to the snapshot")
	}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.store.forget(s.meta.Index)
	return s.store.save(&s.meta)
}

// endUnpack waits for the unpacking; unless all arrived, what did is removed.
func (s *snapshotSink) endUnpack(cause error) error {
	err := errors.Join(cause, s.stream.CloseWithError(cause), <-s.unpack)
	if err != nil {
		err = errors.Join(err, os.RemoveAll(s.incoming()))
	}
	return err
}

// Cancel gives the snapshot up.
func (s *snapshotSink) Cancel() error {
	if s.settled {
		return nil
	}
	s.settled = true
	if s.stream != nil {
		return os.RemoveAll(s.cancelUnpack())
	}
	return nil
}

func (s *snapshotSink) cancelUnpack() string {
	_ = s.stream.CloseWithError(errUnpackEnded)
	<-s.unpack
	return s.incoming()
}
