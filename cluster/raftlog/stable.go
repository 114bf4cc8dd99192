package raftlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	raftboltdb "github.com/hashicorp/raft-boltdb/v2"
)

// ErrKeyNotFound is the error of a key that was never set; raft knows it by its text.
var ErrKeyNotFound = raftboltdb.ErrKeyNotFound

// Keys of the stable store.
const (
	KeyCurrentTerm = "CurrentTerm" // raft's name
	KeyNodeID      = "NodeID"      // this node's persistent id
	KeyClusterID   = "ClusterID"   // of the cluster it is a member of
)

// stableKeys are all keys of the stable store: Raft's and ours.
func stableKeys() []string {
	return []string{KeyCurrentTerm, "LastVoteTerm", "LastVoteCand", KeyNodeID, KeyClusterID}
}

const (
	stableVersion     = 1
	stableHeaderBytes = 5 // version, crc32c of key and value
)

// Set stores a value durably. Keys other than stableKeys are refused: the tail's
// checksum would not cover them.
func (s *Store) Set(key, value []byte) error {
	next, err := s.stableSum(string(key), value)
	if err != nil {
		return err
	}
	framed := sealStable(key, value)
	return s.writer.do(func() error {
		s.tail.tail.StableNext = next
		if err := s.tail.writeSync(); err != nil {
			return err
		}
		if err := guard(s.path, 0, func() error { return s.bolt.Set(key, framed) }); err != nil {
			return err
		}
		s.tail.tail.Stable = next
		return s.tail.writeSync()
	}, nil)
}

// Get returns a value; "not found" if it was never set.
func (s *Store) Get(key []byte) (value []byte, err error) {
	var framed []byte
	err = guard(s.path, 0, func() error {
		framed, err = s.bolt.Get(key)
		return err
	})
	if errors.Is(err, ErrKeyNotFound) {
		return nil, ErrKeyNotFound
	}
	if err != nil {
		return nil, s.Damage(0, err)
	}
	value, err = openStable(key, framed)
	if err != nil {
		return nil, &DamageError{File: s.path, Cause: fmt.Sprintf("key %q: %v", key, err)}
	}
	return value, nil
}

// SetUint64 stores a number durably.
//
// Raft panics if its term cannot be written. The node has failed by then, and gives no
// vote and takes no entry in that term, since every later write fails too; so raft may go
// on until it is shut down.
func (s *Store) SetUint64(key []byte, value uint64) error {
	err := s.Set(key, binary.BigEndian.AppendUint64(nil, value))
	var failed *WriteError
	if string(key) == KeyCurrentTerm && errors.As(err, &failed) {
		return nil
	}
	return err
}

// GetUint64 returns a number; 0 and "not found" if it was never set.
func (s *Store) GetUint64(key []byte) (uint64, error) {
	b, err := s.Get(key)
	if err != nil {
		return 0, err
	}
	if len(b) != 8 {
		return 0, &DamageError{File: s.path, Cause: fmt.Sprintf("key %q: %d bytes", key, len(b))}
	}
	return binary.BigEndian.Uint64(b), nil
}

func sealStable(key, value []byte) []byte {
	framed := binary.BigEndian.AppendUint32([]byte{stableVersion}, stableChecksum(key, value))
	return append(framed, value...)
}

func openStable(key, framed []byte) ([]byte, error) {
	if len(framed) < stableHeaderBytes {
		return nil, errFrameShort
	}
	if framed[0] != stableVersion {
		return nil, errFrameVersion
	}
	value := framed[stableHeaderBytes:]
	if binary.BigEndian.Uint32(framed[1:]) != stableChecksum(key, value) {
		return nil, errFrameChecksum
	}
	return value, nil
}

func stableChecksum(key, value []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	sum := crc32.Update(0, table, binary.BigEndian.AppendUint64(nil, uint64(len(key))))
	return crc32.Update(crc32.Update(sum, table, key), table, value)
}

// stableSum is the checksum of all stable keys, with one changed.
func (s *Store) stableSum(changed string, value []byte) (uint32, error) {
	var sum uint32
	known := changed == ""
	for _, key := range stableKeys() {
		v := value
		if key != changed {
			var err error
			if v, err = s.Get([]byte(key)); errors.Is(err, ErrKeyNotFound) {
				continue
			} else if err != nil {
				return 0, err
			}
		}
		known = known || key == changed
		sum = sum*31 + stableChecksum([]byte(key), v)
	}
	if !known {
		return 0, fmt.Errorf("cluster: unknown stable key %q", changed)
	}
	return sum, nil
}

// openTail opens the tail beside the log and holds the stable keys against it.
func (s *Store) openTail(dir string) (err error) {
	s.tail, err = openTail(dir)
	if errors.Is(err, errNoTail) {
		return s.createTail(dir)
	}
	if err != nil {
		return err
	}
	sum, err := s.stableSum("", nil)
	if err == nil && sum != s.tail.tail.Stable && sum != s.tail.tail.StableNext {
		err = &DamageError{File: s.path, Cause: "the stable keys are not those written last"}
	}
	if err != nil {
		return err
	}
	s.tail.tail.Stable, s.tail.tail.StableNext = sum, sum
	return nil
}

// createTail is for a log that is still empty: any other has had a tail.
func (s *Store) createTail(dir string) error {
	last, err := s.LastIndex()
	if err != nil {
		return err
	}
	sum, err := s.stableSum("", nil)
	if err != nil {
		return err
	}
	if last != 0 || sum != 0 {
		return &DamageError{File: s.path, Cause: tailFile + " beside it is missing"}
	}
	s.tail, err = createTail(dir)
	return err
}
