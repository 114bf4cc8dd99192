package cluster

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/hashicorp/raft"
)

const (
	checkpointPrefix = "checkpoint-" // copies being streamed
	incomingPrefix   = "incoming-"   // snapshots being received
)

// snapshots is raft's snapshot store. The machine's files are the snapshot: to
// take one is to flush them and note what they cover, nothing is copied. Only
// Open, for a member that needs it all, makes a checkpoint and streams it; what
// the stream covers is read from that checkpoint, not from the note.
type snapshots struct {
	dir     string
	machine Machine

	mu          sync.Mutex
	meta        *snapshotMeta // newest; nil = none
	memberships []membership  // ascending; from the newest snapshot's on
	streams     int           // number of the last checkpoint
}

// membership is the group's configuration from one log index on.
type membership struct {
	index         uint64
	configuration raft.Configuration
}

var _ raft.SnapshotStore = (*snapshots)(nil)

// openSnapshots reads the note of the newest snapshot, finishes an install that was
// interrupted, and removes what else a crash has left.
func openSnapshots(dir string, machine Machine) (*snapshots, error) {
	s := &snapshots{dir: dir, machine: machine}
	meta, err := readSnapshotMeta(s.metaPath())
	if err != nil {
		return nil, err
	}
	if meta != nil {
		s.meta = meta
		s.memberships = []membership{{meta.ConfigurationIndex, raft.DecodeConfiguration(meta.Configuration)}}
		if err := s.finishInstall(); err != nil {
			return nil, err
		}
	}
	return s, s.clean()
}

func (s *snapshots) metaPath() string { return filepath.Join(s.dir, "snapshot.meta") }

// finishInstall swaps in a snapshot that had arrived whole when the node ended.
func (s *snapshots) finishInstall() error {
	if s.meta.Install == "" {
		return nil
	}
	if applied, _ := s.machine.Applied(); applied < s.meta.Index {
		if err := s.machine.Restore(filepath.Join(s.dir, s.meta.Install)); err != nil {
			return fmt.Errorf("could not finish the install of snapshot %s: %w", s.meta.id(), err)
		}
	}
	return s.installed()
}

// installed notes that the machine has taken the directory over.
func (s *snapshots) installed() error {
	meta := *s.meta
	meta.Install = ""
	return s.save(&meta)
}

func (s *snapshots) save(meta *snapshotMeta) error {
	if err := meta.write(s.metaPath()); err != nil {
		return err
	}
	s.meta = meta
	return nil
}

func (s *snapshots) clean() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if name := e.Name(); strings.HasPrefix(name, checkpointPrefix) || strings.HasPrefix(name, incomingPrefix) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(s.dir, name)))
		}
	}
	return err
}

// index is what the newest snapshot covers, 0 without one.
func (s *snapshots) index() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.meta == nil {
		return 0
	}
	return s.meta.Index
}

// learn notes the group's configuration from an applied index on.
func (s *snapshots) learn(index uint64, c raft.Configuration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.memberships); n == 0 || s.memberships[n-1].index < index {
		s.memberships = append(s.memberships, membership{index, c})
	}
}

// Create begins a snapshot: either of this machine (then its sink is told what was
// flushed), or one that another member sends (then it is written to).
func (s *snapshots) Create(version raft.SnapshotVersion, index, term uint64, c raft.Configuration, configurationIndex uint64, _ raft.Transport) (raft.SnapshotSink, error) {
	return &snapshotSink{store: s, meta: snapshotMeta{
		Version: version, Index: index, Term: term,
		Configuration: raft.EncodeConfiguration(c), ConfigurationIndex: configurationIndex,
	}}, nil
}

// List returns the newest snapshot, if there is one.
func (s *snapshots) List() ([]*raft.SnapshotMeta, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.meta == nil {
		return nil, nil
	}
	return []*raft.SnapshotMeta{s.meta.raft()}, nil
}

// Open streams the machine as it is now, which covers the snapshot and more. For
// a snapshot that was just received it returns the way to it (see restore).
func (s *snapshots) Open(id string) (*raft.SnapshotMeta, io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.meta == nil {
		return nil, nil, fmt.Errorf("there is no snapshot %q", id)
	}
	if s.meta.Install != "" {
		return s.meta.raft(), received{dir: filepath.Join(s.dir, s.meta.Install)}, nil
	}
	return s.stream()
}

func (s *snapshots) stream() (*raft.SnapshotMeta, io.ReadCloser, error) {
	s.streams++
	dir := filepath.Join(s.dir, fmt.Sprint(checkpointPrefix, s.streams))
	index, term, err := s.machine.Checkpoint(dir)
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	stream, err := openStream(dir, index, term)
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	m := s.membershipAt(index)
	meta := &raft.SnapshotMeta{
		Version: raft.SnapshotVersionMax, ID: snapshotID(term, index), Index: index, Term: term,
		Configuration: m.configuration, ConfigurationIndex: m.index, Size: stream.size,
	}
	return meta, stream, nil
}

// membershipAt returns the configuration that holds at an applied index.
func (s *snapshots) membershipAt(index uint64) membership {
	at := membership{}
	for _, m := range s.memberships {
		if m.index <= index {
			at = m
		}
	}
	return at
}

// forget drops the configurations that no future checkpoint can need.
func (s *snapshots) forget(index uint64) {
	for len(s.memberships) > 1 && s.memberships[1].index <= index {
		s.memberships = s.memberships[1:]
	}
}

// restore swaps a received snapshot into the machine.
func (s *snapshots) restore(source io.ReadCloser) error {
	if w, ok := source.(raft.ReadCloserWrapper); ok {
		source = w.WrappedReadCloser()
	}
	from, ok := source.(received)
	if !ok {
		return fmt.Errorf("cannot restore from %T", source)
	}
	if err := s.machine.Restore(from.dir); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.memberships = []membership{{s.meta.ConfigurationIndex, raft.DecodeConfiguration(s.meta.Configuration)}}
	return s.installed()
}

// received is a snapshot that lies unpacked in a directory.
type received struct{ dir string }

// Read returns io.EOF: the content is taken over by rename.
func (received) Read([]byte) (int, error) { return 0, io.EOF }

// Close does nothing.
func (received) Close() error { return nil }
