package peer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Nodes of an older release know no FunctionCall; they are asked by a statement.
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
	ctx, cancel := context.WithCancelCause(ctx)
	d := &dialed{done: make(chan struct{}), cancel: cancel}
	go func() {
		defer cancel(nil)
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
	cancel   context.CancelCauseFunc
	done     chan struct{} // closed when there is an outcome
	response []byte
	err      error
}

// Wait implements cluster.Call.
func (d *dialed) Wait(ctx context.Context) ([]byte, error) {
	select {
	case <-d.done:
	case <-ctx.Done():
		d.cancel(context.Cause(ctx))
		<-d.done
	}
	return d.response, d.err
}

// Until implements cluster.Call.
func (d *dialed) Until(moment time.Time) ([]byte, error) {
	t := time.NewTimer(time.Until(moment))
	defer t.Stop()
	select {
	case <-d.done:
		return d.response, d.err
	case <-t.C:
		return nil, cluster.ErrUnanswered
	}
}

// call is a request that was sent over a line.
type call struct {
	client  *Client
	line    *line
	request []byte
	sent    error // that it was not
}

// past is a deadline that has passed.
var past = time.Unix(1, 0)

// atOnceBytes are sent without waiting over a connection on which nothing else is on its way.
const atOnceBytes = 4 << 10

func (c *Client) sendOver(ctx context.Context, l *line, request []byte) *call {
	r := &call{client: c, line: l, request: request}
	if len(request) <= atOnceBytes {
		r.sent = l.call(request)
		return r
	}
	stop := context.AfterFunc(ctx, l.interrupt)
	if r.sent = l.call(request); !stop() && r.sent == nil {
		r.sent = context.Cause(ctx)
	}
	return r
}

// Wait implements cluster.Call.
func (r *call) Wait(ctx context.Context) ([]byte, error) {
	if r.sent != nil {
		return r.end(nil, r.sent)
	}
	r.line.unbind()
	stop := context.AfterFunc(ctx, r.line.interrupt)
	response, err := r.receive()
	if stop() {
		return r.end(response, err)
	}
	if err != nil {
		return r.end(nil, context.Cause(ctx))
	}
	_ = r.line.conn.Close() // nobody can use it any more
	return response, nil
}

// Until implements cluster.Call.
func (r *call) Until(moment time.Time) ([]byte, error) {
	if r.sent != nil {
		return r.end(nil, r.sent)
	}
	err := r.line.bind(moment)
	if err == nil {
		_, err = r.line.in.Peek(1)
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, cluster.ErrUnanswered
	case err != nil:
		return r.end(nil, err)
	}
	return r.end(r.receive())
}

// receive takes the answer. Who refuses to be called is asked by the statement.
func (r *call) receive() ([]byte, error) {
	response, err := r.line.result()
	var refused *sqlstate.Error
	if r.line.byStatement || !errors.As(err, &refused) || refused.Code != sqlstate.FeatureNotSupported {
		return response, err
	}
	r.line.byStatement = true
	if err := r.line.call(r.request); err != nil {
		return nil, err
	}
	return r.line.result()
}

// end keeps the connection of a call that was answered.
func (r *call) end(response []byte, err error) ([]byte, error) {
	if err == nil {
		r.line.asked++
		r.client.calls.put(r.line)
		return response, nil
	}
	_ = r.line.conn.Close()            // of no use any more
	r.client.calls.forget(r.line.addr) // the others may be as dead
	return nil, err
}
