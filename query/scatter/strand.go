package scatter

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"
	"unsafe"

	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/exec"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// strand is the rows of a fragment over one share. They come from its owner; where that fails,
// this node goes on: what a fragment gives at a cut, and its order, is the same everywhere. It
// implements plan.Strand.
type strand struct {
	of       *Statement
	fragment *plan.Fragment
	params   []types.Datum
	share    projection.OwnedShare
	report   *Report
	began    time.Time

	arrived chan *arrival // from the owner; nil: this node reads
	used    chan *arrival // for what comes next
	now     *arrival      // whose rows were given last
	cancel  context.CancelFunc

	rows *exec.Rows // of this node
	skip int64      // of them, which the owner has given
}

// arrival is what came of a fragment at once, or the end of it.
type arrival struct {
	slab []types.Datum
	rows [][]types.Datum
	end  error // io.EOF, or why the owner gives no more
	// With io.EOF:
	progress hop.Progress
	proof    string
}

// arrivalsMax bounds what has come and is not used yet: the owner waits, then.
const arrivalsMax = 4

// send has the owner run the fragment, until the strand is closed: its rows may be wanted long
// after the statement's first answer.
func (s *strand) send(ctx context.Context) {
	ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.arrived, s.used, s.began = make(chan *arrival, arrivalsMax), make(chan *arrival, arrivalsMax), time.Now()
	statement := s.statement()
	go s.receive(ctx, statement, s.arrived)
}

func (s *strand) statement() *hop.Statement {
	f := s.fragment
	st := &hop.Statement{
		SQL: f.SQL + " WITH FRESHNESS AT CUT $" + strconv.Itoa(len(s.params)+1), Formats: []int16{types.BinaryFormat},
		Settings: s.of.Settings,
	}
	for i, t := range f.ParamTypes() {
		st.Params = append(st.Params, uint32(t))
		var value []byte
		if !s.params[i].IsNull() {
			value = types.AppendBinary([]byte{}, t, s.params[i])
		}
		st.Values = append(st.Values, value)
	}
	st.Params = append(st.Params, uint32(types.ByteaOID))
	return st
}

// receive hands on what the owner sends. It is a goroutine of its own, so that all owners
// work while one is waited for.
func (s *strand) receive(ctx context.Context, st *hop.Statement, to chan<- *arrival) {
	defer close(to)
	rows, err := s.of.By.Others.Stream(ctx, s.share, st, s.of.Cut, s.fragment.Definition.Version)
	for err == nil {
		var block []byte
		if block, err = rows.Next(); err != nil {
			break
		}
		var a *arrival
		select {
		case a = <-s.used:
		default:
			a = &arrival{}
		}
		if err = a.decode(block, s.fragment.Query.Columns); err != nil {
			break
		}
		select {
		case to <- a:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	last := &arrival{end: err}
	if rows != nil {
		last.progress, last.proof = rows.Progress(), rows.Proof()
		rows.Close()
	}
	select {
	case to <- last:
	case <-ctx.Done():
	}
}

// decode reads a block of rows. Texts share the memory of a copy of it.
func (a *arrival) decode(block []byte, columns []plan.Column) error {
	a.slab, a.rows = a.slab[:0], a.rows[:0]
	b := append(make([]byte, 0, len(block)), block...)
	values := make([][]byte, 0, len(columns))
	for len(b) > 0 {
		var err error
		if values, b, err = hop.CutRow(b, values); err != nil {
			return err
		}
		if len(values) != len(columns) {
			return errColumns
		}
		for i, v := range values {
			d, err := decodeShared(columns[i].Type.OID, v)
			if err != nil {
				return err
			}
			a.slab = append(a.slab, d)
		}
	}
	for at := 0; at < len(a.slab); at += len(columns) {
		a.rows = append(a.rows, a.slab[at:at+len(columns):at+len(columns)])
	}
	return nil
}

var errColumns = errors.New("a row of another node has other columns")

// decodeShared reads a value, whose text is b's memory.
func decodeShared(t types.OID, b []byte) (types.Datum, error) {
	switch {
	case b == nil:
		return types.Null, nil
	case t == types.TextOID && len(b) > 0:
		return types.String(unsafe.String(&b[0], len(b))), nil
	}
	return types.DecodeBinary(types.Of(t), b)
}

// Next implements plan.Strand.
func (s *strand) Next(ctx context.Context) ([][]types.Datum, error) {
	if s.arrived != nil {
		rows, err := s.nextArrived(ctx)
		if err == nil || s.arrived != nil {
			return rows, err
		}
		if s.redo(err); s.skip > 0 && s.fragment.Unordered {
			s.skip, s.report.Rows = 0, 0
			return nil, plan.ErrAnew
		}
	}
	return s.nextOwn(ctx)
}

// nextArrived takes the owner's next rows; after an error s.arrived is nil if this node is to
// go on.
func (s *strand) nextArrived(ctx context.Context) ([][]types.Datum, error) {
	if s.now != nil {
		select {
		case s.used <- s.now:
		default:
		}
		s.now = nil
	}
	defer s.waited(s.of.By.Now())
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case a, open := <-s.arrived:
		switch {
		case !open:
			return nil, nil
		case a.end == nil:
			s.now = a
			s.report.Rows += int64(len(a.rows))
			return a.rows, nil
		case errors.Is(a.end, io.EOF):
			err := s.proved(a)
			if err != nil {
				s.stop()
			}
			return nil, err
		default:
			s.stop()
			return nil, a.end
		}
	}
}

// proved takes over what the owner says that it has read; an error if it does not.
func (s *strand) proved(a *arrival) error {
	t := s.of.Tally
	s.report.Progress, s.report.Time = a.progress, time.Since(s.began)
	if a.progress.States == 0 {
		return nil
	}
	o, err := hop.ParseProof(a.proof)
	if err != nil {
		return err
	}
	t.Reads += int(a.progress.States)
	t.Folded += int(a.progress.Folded)
	t.Last, t.Of = o, s.fragment.Definition.Name
	return nil
}

// redo has this node read the share after all.
func (s *strand) redo(why error) {
	s.of.By.Logger.Debug("an owner did not give its share of a scan", "node", s.share.Node, "rows", s.report.Rows, "error", why)
	s.skip, s.report.Redone = s.report.Rows, why.Error()
	s.report.Progress = hop.Progress{}
}

// nextOwn reads the share here.
func (s *strand) nextOwn(ctx context.Context) ([][]types.Datum, error) {
	began := time.Now()
	defer func() { s.report.Time += time.Since(began) }()
	if s.rows == nil {
		if err := s.open(ctx); err != nil {
			return nil, err
		}
	}
	for {
		rows, err := s.rows.Next(ctx)
		if err != nil || len(rows) == 0 {
			return nil, err
		}
		if s.skip >= int64(len(rows)) {
			s.skip -= int64(len(rows))
			continue
		}
		rows = rows[s.skip:]
		s.skip = 0
		s.report.Rows += int64(len(rows))
		return rows, nil
	}
}

func (s *strand) open(ctx context.Context) (err error) {
	o := s.of.Options(ctx)
	o.Source, o.Params = &ofShare{Statement: s.of, share: s.share, report: s.report}, s.params
	s.rows, err = exec.Open(ctx, s.fragment.Query, o)
	return err
}

// waited adds to the statement's times one that was spent on other nodes.
func (s *strand) waited(since time.Time) {
	if s.of.Tally.Timed {
		s.of.Tally.Total.Phase[projection.PhaseRoute] += s.of.By.Now().Sub(since)
	}
}

// stop ends the owner's part, and waits until nothing of it runs any more.
func (s *strand) stop() {
	if s.arrived == nil {
		return
	}
	s.cancel()
	for range s.arrived {
	}
	s.arrived, s.now = nil, nil
}

// Close implements plan.Strand.
func (s *strand) Close() {
	s.stop()
	if s.rows != nil {
		s.rows.Close()
	}
}
