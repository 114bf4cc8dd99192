package raftlog_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"github.com/projsql/projsql/cluster/raftlog"
)

// FuzzLogFrame: a sealed entry opens to what it was; one with any other field, or
// any byte string in place of its extensions, does not open.
func FuzzLogFrame(f *testing.F) {
	f.Add(uint64(1), uint64(1), byte(0), []byte("data"), []byte(nil), int64(0), []byte("PL\x01"))
	f.Add(uint64(7), uint64(2), byte(5), []byte{}, []byte("ext"), int64(1700000000), []byte("PL\x01\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, index, term uint64, kind byte, data, extensions []byte, appended int64, other []byte) {
		l := raft.Log{Index: index, Term: term, Type: raft.LogType(kind), Data: data, AppendedAt: time.Unix(0, appended)}
		if len(extensions) > 0 {
			l.Extensions = extensions
		}
		opened := *raftlog.SealLog(&l)
		if err := raftlog.OpenLog(&opened); err != nil || !reflect.DeepEqual(opened, l) {
			t.Fatalf("%+v came back as %+v, %v", l, opened, err)
		}
		for name, change := range map[string]func(*raft.Log){
			"index":      func(l *raft.Log) { l.Index++ },
			"term":       func(l *raft.Log) { l.Term ^= 1 << 40 },
			"type":       func(l *raft.Log) { l.Type++ },
			"data":       func(l *raft.Log) { l.Data = append([]byte{0}, l.Data...) },
			"extensions": func(l *raft.Log) { l.Extensions = append(l.Extensions, 0) },
			"time":       func(l *raft.Log) { l.AppendedAt = l.AppendedAt.Add(1) },
			"no frame":   func(l *raft.Log) { l.Extensions = extensions },
		} {
			changed := *raftlog.SealLog(&l)
			change(&changed)
			if raftlog.OpenLog(&changed) == nil && name != "no frame" {
				t.Fatalf("an entry with another %s opens", name)
			}
		}
		wild := l
		wild.Extensions = other
		_ = raftlog.OpenLog(&wild) // must not panic
	})
}
