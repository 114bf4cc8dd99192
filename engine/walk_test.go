package engine_test

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// storeLog is a real store that one goroutine appends to.
type storeLog struct {
	*storage.Store
	entries uint64
}

func openStoreLog(t *testing.T) *storeLog {
	t.Helper()
	s, err := storage.Open("/db", storage.Options{FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &storeLog{Store: s}
}

// append gives every entity one event.
func (l *storeLog) append(t *testing.T, entities int) {
	l.entries++
	var tx event.Transaction
	for i := range entities {
		tx.Drafts = append(tx.Drafts, event.Draft{
			ID: event.NewID(), Entity: storeEntity(i), Kind: "add", Data: fmt.Append(nil, l.entries), OccurredAt: event.NoTime,
		})
	}
	c := event.Command{Stamp: hlc.New(int64(l.entries), 0), Transactions: []event.Transaction{tx}}
	if _, err := l.Apply([]event.Entry{{Index: l.entries, Term: 1, Command: event.AppendCommand(nil, &c)}}); err != nil {
		t.Error(err)
	}
}

func storeEntity(i int) event.Entity { return event.Entity(fmt.Sprintf("acct:%03d", i)) }

// at is an older cut, or the newest as it is now.
func (l *storeLog) at(s event.Sequence) projection.Cut {
	newest, _ := l.Frontier()
	return projection.Cut{Sequence: s, Newest: s == newest, OccurredBy: event.NoTime}
}

// TestScanBesideAppends scans at cuts that fall behind while it scans: its rows are
// those of point reads at the same cut.
func TestScanBesideAppends(t *testing.T) {
	const entities, rounds = 150, 12
	l := openStoreLog(t)
	for range rounds {
		l.append(t, entities)
	}
	end, _ := l.Frontier()
	for _, cut := range []event.Sequence{end, end - 70, end / 2, 40} {
		var appending sync.WaitGroup
		e := newEngine(t, engine.Options{Log: l})
		c := l.at(cut)
		appending.Go(func() {
			for range rounds {
				l.append(t, entities)
			}
		})
		got := map[event.Entity]string{}
		err := e.Scan(context.Background(), projection.ScanRequest{Definition: tallyDefinition("tally", 1), Cut: c}, func(name event.Entity, o *projection.Outcome) error {
			got[name] = show(o.State())
			return nil
		})
		appending.Wait()
		if err != nil {
			t.Fatal(err)
		}
		if want := l.pointReads(t, entities, c); !maps.Equal(got, want) {
			t.Errorf("scan at %d\n%v, want\n%v", cut, got, want)
		}
	}
}

func (l *storeLog) pointReads(t *testing.T, entities int, c projection.Cut) map[event.Entity]string {
	c.Newest = false
	e := newEngine(t, engine.Options{Log: l, SlotBytesMax: -1})
	states := map[event.Entity]string{}
	for i := range entities {
		out := mustProject(t, e, projection.Request{Definition: tallyDefinition("tally", 1), Entity: storeEntity(i), Cut: c})
		if out.State() != nil {
			states[storeEntity(i)] = show(out.State())
		}
	}
	return states
}
