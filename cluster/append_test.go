package cluster_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/storage"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// TestWritersThatGiveUp has 64 writers append, many of which lose patience. What
// was acknowledged is in the log once, where it was said to be; what was canceled
// is not in it; what has an unknown fate may be.
func TestWritersThatGiveUp(t *testing.T) {
	dir := t.TempDir()
	n, err := openReal(dir, func(o *cluster.Options) { o.EntryDraftsMax, o.QueueBytesMax = 20, 6000 })
	if err != nil {
		t.Fatal(err)
	}
	fates := fates{acknowledged: map[event.ID]ack{}, canceled: map[event.ID]bool{}}
	var writers sync.WaitGroup
	for w := range uint64(64) {
		writers.Go(func() { fates.write(t, n, w) })
	}
	writers.Wait()
	for e, err := range n.Log(newest(t, n)).Log(1, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if fates.canceled[e.ID] {
			t.Fatalf("event %v was canceled", e.ID)
		}
	}
	if err := n.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	verifyHistory(t, dir, fates.acknowledged)
	t.Logf("%d acknowledged, %d canceled, %d unknown", len(fates.acknowledged), len(fates.canceled), fates.unknown)
	if len(fates.acknowledged) == 0 || len(fates.canceled) == 0 {
		t.Error("the test tests nothing")
	}
}

type fates struct {
	mu           sync.Mutex
	acknowledged map[event.ID]ack
	canceled     map[event.ID]bool
	unknown      int
}

func (f *fates) write(t *testing.T, n *cluster.Node, writer uint64) {
	random := rand.New(rand.NewPCG(writer, 1))
	for i := range uint64(40) {
		ctx, cancel := context.Background(), func() {}
		if random.IntN(2) == 0 {
			ctx, cancel = context.WithTimeout(ctx, time.Duration(random.IntN(3000))*time.Microsecond)
		}
		d := draft(writer*1000+i, event.Entity(fmt.Sprint("acct:", random.IntN(20))))
		receipts, err := n.Append(ctx, transaction(d))
		cancel()
		f.note(t, d, receipts, err)
	}
}

func (f *fates) note(t *testing.T, d event.Draft, receipts []event.Receipt, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case err == nil:
		r := receipts[0]
		f.acknowledged[d.ID] = ack{d.ID, d.Entity, r.Version, r.Sequence, r.HLC}
	case sqlstate.Of(err).Code == sqlstate.QueryCanceled:
		f.canceled[d.ID] = true
	case sqlstate.Of(err).Code == sqlstate.StatementCompletionUnknown:
		f.unknown++
	default:
		t.Error(err)
	}
}

// TestTransactionsAreAtomic: a conflict in one of a transaction's drafts leaves no
// other of them in the log, whatever shares the entry.
func TestTransactionsAreAtomic(t *testing.T) {
	n, err := openReal(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var writers sync.WaitGroup
	for w := range uint64(32) {
		writers.Go(func() {
			guarded := draft(w*2+1, "guard")
			guarded.Expected = event.Expect(0)
			_, err := n.Append(context.Background(), transaction(draft(w*2, "other"), guarded))
			if err != nil && sqlstate.Of(err).Code != sqlstate.SerializationFailure {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	if all := everything(t, n.Log(newest(t, n))); len(all) != 2 {
		t.Errorf("%d events, want the two of the first transaction", len(all))
	}
	if err := n.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkAppend appends events of 200 bytes with as many goroutines, each
// waiting for its receipt, on the file system of the temporary directory.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 64, 256} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) { benchmarkAppend(b, writers) })
	}
}

func benchmarkAppend(b *testing.B, writers int) {
	n, err := openOver(b.TempDir(), storage.Options{})
	if err != nil {
		b.Fatal(err)
	}
	data := fmt.Appendf(nil, `{"amount": 10, "memo": %q}`, make([]byte, 42))
	b.ReportAllocs()
	b.ResetTimer()
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := w; i < b.N; i += writers {
				d := draft(uint64(i), event.Entity(fmt.Sprint("acct:", i%10000)))
				d.Data = data
				if _, err := n.Append(context.Background(), transaction(d)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
	b.ReportMetric(float64(b.N)/float64(n.Status().Entries), "appends/entry")
	if err := n.Close(context.Background()); err != nil {
		b.Fatal(err)
	}
}
