package peer

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/cluster/hop"
)

// blockBytes is how much of the rows is handed on at once.
const blockBytes = 32 << 10

// Stream implements cluster.Streamer.
func (c *Client) Stream(ctx context.Context, to cluster.Member, s *hop.Statement, silence time.Duration) (hop.Rows, error) {
	r := &stream{client: c, ctx: ctx, to: to, statement: s, silence: silence}
	return r, r.begin()
}

// stream is a statement that runs at another node.
type stream struct {
	client    *Client
	ctx       context.Context
	to        cluster.Member
	statement *hop.Statement
	silence   time.Duration

	line     *line // nil: the statement is over
	fresh    bool  // the connection was made for it
	unwatch  func() bool
	block    []byte
	complete bool
	refused  error
	progress hop.Progress
	proved   bool // progress was told
	proof    string
}

// begin sends the statement.
func (r *stream) begin() (err error) {
	l, err := r.client.line(r.ctx, r.to.PG, r.statement.Settings, true)
	if err != nil {
		return err
	}
	l.heard, l.broken = false, true
	r.line, r.fresh = l, l.asked == 0
	r.unwatch = context.AfterFunc(r.ctx, func() { _ = l.conn.Close() }) // so the other node ends it
	if err = l.conn.SetDeadline(time.Now().Add(r.silence)); err == nil {
		err = l.send(r.statement)
	}
	if err != nil {
		return r.failed(err)
	}
	return nil
}

// failed ends the statement after an error of the connection. One that had been closed since
// it was used last is replaced: a read may be asked for again.
func (r *stream) failed(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	again := !r.fresh && !r.line.heard && r.ctx.Err() == nil
	r.Close()
	r.client.lines.forget(r.to.PG)
	if again {
		return r.begin()
	}
	return err
}

// Next implements hop.Rows.
func (r *stream) Next() ([]byte, error) {
	for r.line != nil {
		r.block = r.block[:0]
		err := r.read()
		if err == nil {
			return r.block, nil
		}
		if r.line == nil { // the answer is whole
			return nil, err
		}
		if err := r.failed(err); err != nil {
			return nil, err
		}
	}
	return nil, errClosed
}

var errClosed = errors.New("peer: the statement was ended")

// read reads messages until there are rows: as many as have arrived, up to a block.
func (r *stream) read() error {
	l := r.line
	for {
		if len(r.block) == 0 {
			if err := l.conn.SetReadDeadline(time.Now().Add(r.silence)); err != nil {
				return err
			}
		}
		kind, length, err := l.header()
		if err != nil {
			return err
		}
		if kind == dataRow {
			at := len(r.block)
			r.block = append(r.block, make([]byte, 1+length)...)
			if _, err := io.ReadFull(l.in, r.block[at:]); err != nil {
				return err
			}
		} else if over, err := r.other(kind, length-4); over || err != nil {
			return err
		}
		if len(r.block) > 0 && (len(r.block) >= blockBytes || !l.rowArrived()) {
			return nil
		}
	}
}

// other takes a message that is no row; over says that it was the last.
func (r *stream) other(kind byte, length int) (over bool, err error) {
	l := r.line
	_, _ = l.in.Discard(headerBytes) // it was peeked at
	body, err := l.body(length)
	if err != nil {
		return false, err
	}
	switch kind {
	case 'C':
		r.complete = true
	case 'S':
		r.told(string(body))
	case 'E':
		r.refused, err = errorOf(body)
	case 'Z':
		return true, r.end()
	}
	return false, err
}

// told takes a ParameterStatus.
func (r *stream) told(body string) {
	name, value, _ := strings.Cut(strings.TrimSuffix(body, "\x00"), "\x00")
	switch name {
	case hop.ProofParameter:
		r.proof = value
	case hop.ProgressParameter:
		if p, ok := hop.ParseProgress(value); ok {
			r.progress, r.proved = p, true
		}
	}
}

// end gives the connection back after the whole answer.
func (r *stream) end() error {
	if r.refused == nil && !(r.complete && r.proved) {
		return errors.New("peer: the answer is not whole")
	}
	l := r.line
	r.line = nil
	l.broken = !r.unwatch()
	l.asked++
	if r.refused != nil {
		delete(l.prepared, r.statement.SQL) // what it was prepared for may be gone
	}
	if !l.usable() {
		_ = l.conn.Close() // it is of no use any more
	} else {
		r.client.lines.put(l)
	}
	if r.refused != nil {
		return r.refused
	}
	return io.EOF
}

// Progress implements hop.Rows.
func (r *stream) Progress() hop.Progress { return r.progress }

// Proof implements hop.Rows.
func (r *stream) Proof() string { return r.proof }

// Close implements hop.Rows.
func (r *stream) Close() {
	if l := r.line; l != nil {
		r.unwatch()
		_ = l.conn.Close() // so the other node ends it
		r.line = nil
	}
}
