package peer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/cluster/peer"
	"github.com/projsql/projsql/wire/sqlstate"
)

// drain returns the rows that a stream gives, and the error that ends it.
func drain(rows hop.Rows) (n int, err error) {
	var values [][]byte
	for {
		b, err := rows.Next()
		if err != nil {
			return n, err
		}
		for len(b) > 0 {
			if values, b, err = hop.CutRow(b, values); err != nil {
				return n, err
			}
			if want := fmt.Sprint("row ", n); string(values[0]) != want || values[1] != nil {
				return n, fmt.Errorf("%q, want %q", values, want)
			}
			n++
		}
	}
}

func (s *server) sendRows(from, to int) {
	for i := from; i < to; i++ {
		s.Send(&pgproto3.DataRow{Values: [][]byte{fmt.Append(nil, "row ", i), nil}})
	}
	_ = s.Flush()
}

func (s *server) end(progress string) {
	s.Send(&pgproto3.ParameterStatus{Name: hop.ProofParameter, Value: "proof"})
	s.Send(&pgproto3.ParameterStatus{Name: hop.ProgressParameter, Value: progress})
	s.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")})
	s.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	_ = s.Flush()
}

var asked = &hop.Statement{SQL: "SELECT", Settings: "TimeZone=UTC"}

func streamed(t *testing.T, c *peer.Client, m cluster.Member, silence time.Duration) (int, hop.Rows, error) {
	t.Helper()
	rows, err := c.Stream(t.Context(), m, asked, silence)
	if err != nil {
		return 0, nil, err
	}
	n, err := drain(rows)
	return n, rows, err
}

// TestStreamsGiveRowsAsTheyCome: many rows, one after the other, what is told beside them, and
// the next statement over the same connection.
func TestStreamsGiveRowsAsTheyCome(t *testing.T) {
	const many = 20_000
	m, seen := nodeOf(t, func(s *server, n int) {
		s.sendRows(0, 1)
		s.Send(&pgproto3.ParameterStatus{Name: hop.ProgressParameter, Value: "1 2"})
		s.sendRows(1, many)
		s.end("20000 7")
	})
	c := newClient(t)
	for range 3 {
		n, rows, err := streamed(t, c, m, time.Minute)
		if n != many || !errors.Is(err, io.EOF) || rows.Proof() != "proof" || rows.Progress() != (hop.Progress{States: many, Folded: 7}) {
			t.Fatalf("%d rows, %v, %q, %v", n, err, rows.Proof(), rows.Progress())
		}
	}
	if all := seen(); len(all) != 1 || len(all[0].prepared) != 1 || all[0].startup["TimeZone"] != "UTC" {
		t.Errorf("%d connections", len(all))
	}
}

// TestStreamsBreakOff: an error of the other, a connection that ends, a node that says nothing.
func TestStreamsBreakOff(t *testing.T) {
	var said atomic.Int32
	m, _ := nodeOf(t, func(s *server, n int) {
		s.sendRows(0, 5)
		switch said.Add(1) {
		case 1:
			s.Send(&pgproto3.ErrorResponse{Severity: "ERROR", Code: "22012", Message: "division by zero"})
			s.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
		case 2:
			_ = s.conn.Close()
		default:
			s.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT 5")}) // without a proof
			s.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
		}
	})
	c := newClient(t)
	n, _, err := streamed(t, c, m, time.Minute)
	var e *sqlstate.Error
	if n != 5 || !errors.As(err, &e) || e.Code != "22012" {
		t.Errorf("%d rows, %v", n, err)
	}
	for range 2 {
		if n, _, err := streamed(t, c, m, time.Minute); n != 5 || err == nil || errors.Is(err, io.EOF) {
			t.Errorf("%d rows, %v", n, err)
		}
	}
	silent, _ := nodeOf(t, func(s *server, _ int) { s.sendRows(0, 5) })
	for silence := time.Second; ; silence *= 4 {
		n, _, err := streamed(t, c, silent, silence)
		if !errors.Is(err, context.DeadlineExceeded) && !isTimeout(err) {
			t.Errorf("%d rows of a node that fell silent, %v", n, err)
		}
		if n == 5 || silence > time.Minute { // the machine may be too slow for a shorter silence
			if n != 5 {
				t.Errorf("%d rows before it fell silent", n)
			}
			break
		}
	}
}

func isTimeout(err error) bool {
	var e interface{ Timeout() bool }
	return errors.As(err, &e) && e.Timeout()
}

// TestStreamsEndWithTheirContext: the other node sees its client go, whatever it does.
func TestStreamsEndWithTheirContext(t *testing.T) {
	gone := make(chan error, 1)
	m, _ := nodeOf(t, func(s *server, _ int) {
		s.sendRows(0, 1)
		_, err := s.conn.Read(make([]byte, 1))
		gone <- err
	})
	c := newClient(t)
	ctx, cancel := context.WithCancel(t.Context())
	rows, err := c.Stream(ctx, m, asked, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rows.Next(); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-gone; err == nil {
		t.Error("the other node's client is still there")
	}
	if _, err := rows.Next(); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("the rows of an ended statement: %v", err)
	}
}

// TestStreamsOverConnectionsThatWereClosed are begun again.
func TestStreamsOverConnectionsThatWereClosed(t *testing.T) {
	m, seen := nodeOf(t, func(s *server, n int) {
		s.sendRows(0, 2)
		s.end("2 0")
		if len(s.bound) == 1 {
			_ = s.conn.Close()
		}
	})
	c := newClient(t)
	for i := range 3 {
		if n, _, err := streamed(t, c, m, time.Minute); n != 2 || !errors.Is(err, io.EOF) {
			t.Fatalf("statement %d: %d rows, %v", i, n, err)
		}
	}
	if n := len(seen()); n != 3 {
		t.Errorf("%d connections", n)
	}
}
