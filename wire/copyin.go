package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/projsql/projsql/wire/sqlstate"
)

// noDeadline lifts a deadline.
var noDeadline time.Time

// copyReader reads the data of COPY FROM STDIN.
type copyReader struct {
	c    *conn
	done error // what Next returns from now on
}

func (c *conn) beginCopy() *copyReader {
	c.copying.Store(true)
	return &copyReader{c: c}
}

// endCopy is called when the statement is done, however it ended.
func (c *conn) endCopy() {
	if c.copying.Load() {
		c.copying.Store(false)
	}
}

// Next returns the next chunk.
func (r *copyReader) Next(ctx context.Context) ([]byte, error) {
	for r.done == nil {
		chunk, err := r.message(ctx)
		if err != nil {
			r.done = err
			r.c.endCopy()
			return nil, err
		}
		if chunk != nil {
			return chunk, nil
		}
	}
	return nil, r.done
}

// message takes one message; chunk is nil if it held no data.
func (r *copyReader) message(ctx context.Context) (chunk []byte, err error) {
	if err := r.wait(ctx); err != nil {
		return nil, err
	}
	kind, body, err := r.c.in.take()
	if err != nil {
		return nil, err
	}
	switch kind {
	case 'd':
		return body, nil
	case 'c':
		return nil, io.EOF
	case 'f':
		return nil, copyFail(body)
	case 'S', 'H':
		return nil, nil
	}
	return nil, violation("unexpected message type 0x%02X during COPY from stdin", kind)
}

// copyFail reads CopyFail without pgproto3, which panics on an empty one.
func copyFail(body []byte) error {
	if len(body) == 0 || bytes.IndexByte(body, 0) != len(body)-1 {
		return malformed{'f'}
	}
	return sqlstate.New(sqlstate.QueryCanceled, "COPY from stdin failed: %s", body[:len(body)-1])
}

// wait returns when a whole message has arrived or ctx has ended.
func (r *copyReader) wait(ctx context.Context) error {
	if r.c.in.complete() {
		return ctx.Err()
	}
	woken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(woken)
		_ = r.c.raw.SetReadDeadline(longAgo) // wakes peek
	})
	err := r.peek(ctx)
	if !stop() {
		<-woken
		_ = r.c.raw.SetReadDeadline(noDeadline)
	}
	return err
}

// peek waits for a message over deadlines that were not meant for it.
func (r *copyReader) peek(ctx context.Context) error {
	for {
		_, _, err := r.c.in.peek()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, os.ErrDeadlineExceeded):
			_ = r.c.raw.SetReadDeadline(noDeadline)
		case err != nil:
			return lost(err)
		default:
			return nil
		}
	}
}

// lost makes a failed read end the connection.
func lost(err error) error {
	var length errFrame
	if errors.As(err, &length) {
		return fatal{sqlstate.New(sqlstate.ProtocolViolation, "%s", err)}
	}
	return fatal{errClientGone}
}
