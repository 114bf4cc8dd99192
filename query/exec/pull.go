package exec

import (
	"iter"
	"strings"

	"github.com/projsql/projsql/query/types"
)

// pull turns a producer that pushes batches into one that is asked for them. The
// producer ends when its yield returns false.
type pull struct {
	next func() ([][]types.Datum, error, bool)
	stop func()
}

func newPull(seq iter.Seq2[[][]types.Datum, error]) *pull {
	next, stop := iter.Pull2(seq)
	return &pull{next: next, stop: stop}
}

// newSinglePull is newPull for a producer of one row at most, which needs no
// coroutine and so no second stack.
func newSinglePull(seq iter.Seq2[[][]types.Datum, error]) *pull {
	asked := false
	next := func() (rows [][]types.Datum, err error, ok bool) {
		if asked {
			return nil, nil, false
		}
		asked = true
		seq(func(r [][]types.Datum, e error) bool {
			rows, err, ok = r, e, true
			return false
		})
		return rows, err, ok
	}
	return &pull{next: next, stop: func() { asked = true }}
}

func (p *pull) batch() ([][]types.Datum, error) {
	rows, err, ok := p.next()
	if !ok {
		return nil, nil
	}
	return rows, err
}

func (p *pull) close() {
	if p != nil {
		p.stop()
	}
}

// firstRows is the size of a scan's first batch; it doubles from there, so that
// LIMIT 1 reads little and a long scan makes few calls.
const firstRows = 8

// feed collects the rows of a producer into batches.
type feed struct {
	run   *run
	out   output
	size  int
	seen  int // rows dropped since the context was looked at
	yield func([][]types.Datum, error) bool
	ended bool
}

func newFeed(r *run, width int, yield func([][]types.Datum, error) bool) *feed {
	return &feed{run: r, out: output{width: width}, size: firstRows, yield: yield}
}

// added hands the batch on if it is full; false says that nobody wants more.
func (f *feed) added() bool {
	if len(f.out.rows) < f.size {
		return true
	}
	return f.flush()
}

// dropRows is how many rows a filter may drop before a cancel is noticed.
const dropRows = 1024

// dropped takes back the last row, which no one wants.
func (f *feed) dropped() bool { return f.droppedMany(1) }

// droppedMany takes back the last n rows.
func (f *feed) droppedMany(n int) bool {
	f.out.dropMany(n)
	if f.seen += n; f.seen < dropRows {
		return true
	}
	f.seen = 0
	if err := f.run.check(); err != nil {
		return f.fail(err)
	}
	return true
}

func (f *feed) flush() bool {
	if f.ended {
		return false
	}
	if err := f.run.check(); err != nil {
		return f.fail(err)
	}
	if len(f.out.rows) > 0 && !f.yield(f.out.rows, nil) {
		f.ended = true
		return false
	}
	f.out.reset()
	f.size = min(2*f.size, batchRows)
	return true
}

// fail hands an error on; nothing follows it.
func (f *feed) fail(err error) bool {
	if !f.ended {
		f.ended = true
		f.yield(nil, err)
	}
	return false
}

// late hands on the rows before the last one, which an error is about, and then the error.
func (f *feed) late(err error) bool {
	f.out.drop()
	return f.flush() && f.fail(err)
}

// bytesBlock is the size of an arena's blocks.
const bytesBlock = 32 << 10

// arena copies bytes into blocks that are never written again.
type arena struct{ free []byte }

func (a *arena) keep(s string) types.Datum {
	if len(s) > bytesBlock/4 {
		return types.String(strings.Clone(s))
	}
	if len(a.free) < len(s) {
		a.free = make([]byte, bytesBlock)
	}
	n := copy(a.free, s)
	kept := a.free[:n:n]
	a.free = a.free[n:]
	return alias(kept)
}
