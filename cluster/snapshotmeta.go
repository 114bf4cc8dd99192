package cluster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hashicorp/raft"

	"github.com/projsql/projsql/cluster/raftlog"
)

// snapshotMeta is the note of the newest snapshot, kept in a file: one line with
// the format's version and a checksum, then JSON.
type snapshotMeta struct {
	Version            raft.SnapshotVersion
	Index, Term        uint64
	Configuration      []byte // raft.EncodeConfiguration
	ConfigurationIndex uint64
	// Install names the directory of a received snapshot that the machine may not
	// have taken over yet.
	Install string `json:",omitempty"`
}

const snapshotMetaLine = "projsql snapshot 1 %08x\n"

func snapshotID(term, index uint64) string { return fmt.Sprintf("%d-%d", term, index) }

func (m *snapshotMeta) id() string { return snapshotID(m.Term, m.Index) }

func (m *snapshotMeta) raft() *raft.SnapshotMeta {
	return &raft.SnapshotMeta{
		Version: m.Version, ID: m.id(), Index: m.Index, Term: m.Term,
		Configuration: raft.DecodeConfiguration(m.Configuration), ConfigurationIndex: m.ConfigurationIndex,
	}
}

// write replaces the file at path, durably.
func (m *snapshotMeta) write(path string) error {
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return replaceFile(path, append(fmt.Appendf(nil, snapshotMetaLine, castagnoli(body)), body...))
}

// readSnapshotMeta returns nil if there is no such file.
func readSnapshotMeta(path string) (*snapshotMeta, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	line, body, _ := bytes.Cut(b, []byte("\n"))
	if string(line)+"\n" != fmt.Sprintf(snapshotMetaLine, castagnoli(body)) {
		return nil, &raftlog.DamageError{File: path, Cause: "checksum mismatch or unknown version"}
	}
	var m snapshotMeta
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, &raftlog.DamageError{File: path, Cause: err.Error()}
	}
	return &m, nil
}

func replaceFile(path string, content []byte) error {
	fresh := path + raftlog.NewSuffix
	f, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	return raftlog.SyncDir(filepath.Dir(path))
}
