package raftlog_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"github.com/projsql/projsql/cluster/raftlog"
	"github.com/projsql/projsql/wire/sqlstate"
)

const smallSegment = 4 << 10

func openLogs(t testing.TB, dir string) raftlog.Logs {
	t.Helper()
	s, err := raftlog.OpenLogs(dir, smallSegment)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func closeLogs(t testing.TB, s raftlog.Logs) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func copyDir(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
}

func wantState(t testing.TB, err error, code sqlstate.Code) {
	t.Helper()
	if got := sqlstate.Of(err); err == nil || got.Code != code {
		t.Fatalf("error %v, want SQLSTATE %s", err, code)
	}
}

// entryOf makes an entry that tells of its index and of how often it was written.
func entryOf(index uint64, random *rand.Rand) *raft.Log {
	data := binary.BigEndian.AppendUint64(nil, random.Uint64())
	return &raft.Log{
		Index: index, Term: 1 + index/50, Type: raft.LogCommand, AppendedAt: time.Unix(int64(index), 7),
		Data: append(data, make([]byte, random.IntN(1500))...),
	}
}

// TestTheLogAgainstAModel appends and deletes at random, and now and then goes on
// with a copy of the files as they were at that moment, sometimes with the beginning
// of a write that never ended.
func TestTheLogAgainstAModel(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	s := openLogs(t, dir)
	var model []*raft.Log
	for step := range 600 {
		model = modelStep(t, s, model, random)
		if random.IntN(15) == 0 {
			crashed := filepath.Join(t.TempDir(), fmt.Sprint(step))
			copyDir(t, dir, crashed)
			closeLogs(t, s)
			tear(t, crashed, random)
			dir, s = crashed, openLogs(t, crashed)
		}
		if random.IntN(10) == 0 {
			sameLog(t, s, model)
		}
	}
	closeLogs(t, s)
}

func modelStep(t *testing.T, s raftlog.Logs, model []*raft.Log, random *rand.Rand) []*raft.Log {
	t.Helper()
	switch last, _ := s.LastIndex(); {
	case random.IntN(12) == 0 && len(model) > 3:
		cut := 1 + random.IntN(len(model)-2)
		if random.IntN(2) == 0 { // at the front
			deleteLogs(t, s, model[0].Index, model[cut-1].Index)
			return model[cut:]
		}
		deleteLogs(t, s, model[cut].Index, last)
		return model[:cut]
	default:
		var logs []*raft.Log
		for range 1 + random.IntN(4) {
			last++
			logs = append(logs, entryOf(last, random))
		}
		if err := s.StoreLogs(logs); err != nil {
			t.Fatal(err)
		}
		return append(model, logs...)
	}
}

func deleteLogs(t testing.TB, s raftlog.Logs, lowest, highest uint64) {
	t.Helper()
	if err := s.DeleteRange(lowest, highest); err != nil {
		t.Fatal(err)
	}
}

func sameLog(t *testing.T, s raftlog.Logs, model []*raft.Log) {
	t.Helper()
	first, _ := s.FirstIndex()
	last, _ := s.LastIndex()
	if len(model) == 0 || last != model[len(model)-1].Index || first > model[0].Index {
		t.Fatalf("the log is %d to %d, the model has %d entries", first, last, len(model))
	}
	for _, want := range model {
		var got raft.Log
		if err := s.GetLog(want.Index, &got); err != nil {
			t.Fatal(err)
		}
		if !got.AppendedAt.Equal(want.AppendedAt) {
			t.Fatalf("entry %d was appended at %v, want %v", want.Index, got.AppendedAt, want.AppendedAt)
		}
		got.AppendedAt = want.AppendedAt
		if !reflect.DeepEqual(&got, want) {
			t.Fatalf("entry %d is not what was written", want.Index)
		}
	}
}

// tear leaves sectors of a write that was never acknowledged where the next one
// would be: at the end of the newer segment or at the start of the older one.
func tear(t *testing.T, dir string, random *rand.Rand) {
	t.Helper()
	if random.IntN(2) == 0 {
		return
	}
	path, at := raftlog.NextRecord(t, dir, random.IntN(2) == 0)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for sector := range int64(1 + random.IntN(4)) {
		if random.IntN(2) == 0 {
			continue
		}
		torn := make([]byte, 512)
		for i := range torn {
			torn[i] = byte(random.Uint32())
		}
		if _, err := f.WriteAt(torn, at+512*sector); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAppendsBesideDeletions: what is deleted at the front while entries are
// appended takes none of those along.
func TestAppendsBesideDeletions(t *testing.T) {
	dir := t.TempDir()
	s := openLogs(t, dir)
	random := rand.New(rand.NewPCG(1, 1))
	var model []*raft.Log
	appended := make(chan uint64, 1)
	var group sync.WaitGroup
	group.Go(func() {
		for last := range appended {
			if first, _ := s.FirstIndex(); last > first+30 {
				deleteLogs(t, s, first, last-20)
			}
		}
	})
	for i := range uint64(400) {
		l := entryOf(i+1, random)
		if err := s.StoreLog(l); err != nil {
			t.Fatal(err)
		}
		model = append(model, l)
		select {
		case appended <- l.Index:
		default:
		}
	}
	close(appended)
	group.Wait()
	first, _ := s.FirstIndex()
	closeLogs(t, s)
	s = openLogs(t, dir)
	sameLog(t, s, model[first-1:])
	closeLogs(t, s)
}

// TestALostRecordIsNamed damages each record of the newest segment in turn, with a
// tail from before them, as a power cut may leave it. Only the last record could then
// be one that was never acknowledged.
func TestALostRecordIsNamed(t *testing.T) {
	const segmentBytes = 64 << 10
	dir, crashed := t.TempDir(), t.TempDir()
	s, err := raftlog.OpenLogs(dir, segmentBytes)
	if err != nil {
		t.Fatal(err)
	}
	tail := readFile(t, filepath.Join(dir, "raft.tail"))
	random := rand.New(rand.NewPCG(2, 2))
	for i := range uint64(4) {
		if err := s.StoreLog(entryOf(i+1, random)); err != nil {
			t.Fatal(err)
		}
	}
	copyDir(t, dir, crashed)
	closeLogs(t, s)
	writeFile(t, filepath.Join(crashed, "raft.tail"), tail)
	path := filepath.Join(crashed, "raft.journal-0")
	whole := readFile(t, path)
	for i, at := range recordsOf(whole)[:3] {
		b := append([]byte(nil), whole...)
		b[at+60] ^= 1
		writeFile(t, path, b)
		_, err := raftlog.OpenLogs(crashed, segmentBytes)
		var damage *raftlog.DamageError
		if !errors.As(err, &damage) || damage.File != path {
			t.Fatalf("record %d: %v", i, err)
		}
		wantState(t, err, sqlstate.DataCorrupted)
	}
}

// TestAJournalHalfNamedIsFinished crashes between the two renames that give a new
// journal its names.
func TestAJournalHalfNamedIsFinished(t *testing.T) {
	dir := t.TempDir()
	s := openLogs(t, dir)
	closeLogs(t, s)
	half := filepath.Join(dir, "raft.journal-1")
	if err := os.Rename(half, half+".new"); err != nil {
		t.Fatal(err)
	}
	s = openLogs(t, dir)
	random := rand.New(rand.NewPCG(3, 3))
	if err := s.StoreLog(entryOf(1, random)); err != nil {
		t.Fatal(err)
	}
	closeLogs(t, s)
	if err := os.Remove(half); err != nil {
		t.Fatal(err)
	}
	var damage *raftlog.DamageError
	if _, err := raftlog.OpenLogs(dir, 64<<10); !errors.As(err, &damage) {
		t.Fatalf("a lost segment gives %v", err)
	}
}

// recordsOf returns where records begin.
func recordsOf(b []byte) (at []int) {
	for i := 0; i < len(b); i += 512 {
		if string(b[i:i+3]) == "PJR" {
			at = append(at, i)
		}
	}
	return at
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeFile(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkStoreLogs appends entries of 300 bytes one by one.
func BenchmarkStoreLogs(b *testing.B) {
	s, err := raftlog.OpenLogs(b.TempDir(), 4<<20)
	if err != nil {
		b.Fatal(err)
	}
	data := make([]byte, 300)
	b.ReportAllocs()
	for i := uint64(1); b.Loop(); i++ {
		if err := s.StoreLog(&raft.Log{Index: i, Term: 1, Data: data}); err != nil {
			b.Fatal(err)
		}
	}
	closeLogs(b, s)
}
