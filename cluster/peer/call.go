package peer

import (
	"context"
	"fmt"
	"time"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/cluster/hop"
)

const (
	statement = "SELECT pg_catalog.projsql_node_call($1)"
	byteaOID  = 17
)

var (
	binaryFormat = []int16{1}
	byteaParams  = []uint32{byteaOID}
)

// Send implements cluster.Caller. The request leaves in the caller's goroutine if there is
// a connection for it.
func (c *Client) Send(ctx context.Context, to cluster.Member, request []byte) cluster.Call {
	if l := c.calls.take(to.PG, "", false); l != nil {
		return c.sendOver(ctx, l, request)
	}
	d := &dialed{done: make(chan struct{})}
	go func() {
		defer close(d.done)
		l, err := c.connect(ctx, to.PG, "", false)
		if err != nil {
			d.err = fmt.Errorf("%w: %w", cluster.ErrNotSent, err)
			return
		}
		d.response, d.err = c.sendOver(ctx, l, request).Wait(ctx)
	}()
	return d
}

// dialed is a call whose connection is made first.
type dialed struct {
	done     chan struct{} // closed when there is an outcome
	response []byte
	err      error
}

// Wait implements cluster.Call.
func (d *dialed) Wait(ctx context.Context) ([]byte, error) {
	select {
	case <-d.done:
		return d.response, d.err
	case <-ctx.Done():
		return nil, cluster.ErrUnanswered
	}
}

// call is a request that was sent over a line.
type call struct {
	client *Client
	ctx    context.Context // of the whole call
	detach func() bool     // from it
	line   *line
	sent   error // that it was not
}

// past is a deadline that has passed.
var past = time.Unix(1, 0)

// sendOver sends a request. The connection gets no deadline of its own for it: to change
// one wakes a processor, which costs more than a call.
func (c *Client) sendOver(ctx context.Context, l *line, request []byte) *call {
	r := &call{client: c, ctx: ctx, line: l}
	r.detach = context.AfterFunc(ctx, func() { _ = l.conn.SetDeadline(past) }) // an error means that it is closed
	r.sent = l.send(&hop.Statement{SQL: statement, Params: byteaParams, Values: [][]byte{request}, Formats: binaryFormat})
	return r
}

// Wait implements cluster.Call.
func (r *call) Wait(ctx context.Context) (response []byte, err error) {
	if r.sent != nil {
		return r.end(nil, r.sent)
	}
	if ctx == r.ctx || r.begun(ctx) {
		return r.end(r.receive())
	}
	return nil, cluster.ErrUnanswered
}

// begun reports, when a response begins or fails, that it has; or else that ctx has ended.
func (r *call) begun(ctx context.Context) bool {
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(interrupted)
		_ = r.line.conn.SetReadDeadline(past)
	})
	_, err := r.line.in.Peek(1)
	if stop() {
		return true
	}
	<-interrupted
	_ = r.line.conn.SetReadDeadline(time.Time{})
	return err == nil || r.ctx.Err() != nil
}

func (r *call) receive() ([]byte, error) {
	a, err := r.line.receive()
	if err == nil {
		err = a.refused
	}
	if err != nil {
		return nil, err
	}
	return a.answer.Value()
}

// end keeps the connection of a call that was answered.
func (r *call) end(response []byte, err error) ([]byte, error) {
	if r.detach() && err == nil {
		r.line.asked++
		r.client.calls.put(r.line)
		return response, nil
	}
	_ = r.line.conn.Close() // of no use any more
	if err == nil {
		return response, nil
	}
	r.client.calls.forget(r.line.addr) // the others may be as dead
	if cause := context.Cause(r.ctx); cause != nil {
		err = cause
	}
	return nil, err
}
