package peer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// read takes answers, w's and those of others, until w is done and no more has arrived, or
// ctx ends. Then another reads.
func (p *pipe) read(ctx context.Context, w *waiting) {
	err := p.listen(w)
	stop := context.AfterFunc(ctx, p.interrupt)
	defer stop()
	for err == nil {
		var over, ended bool
		switch over, err = p.step(); {
		case errors.Is(err, os.ErrDeadlineExceeded):
			ended, err = p.late(ctx, w)
		case over && err == nil:
			ended, err = p.deliver(w)
		}
		if ended {
			return
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail(err)
}

// listen bounds the wait for answers: by when the first of all who wait gives up, and by how
// long the other side may be silent.
func (p *pipe) listen(w *waiting) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bound = p.heard.Add(w.silence)
	for _, other := range p.queue {
		if other.givesUpBefore(p.bound) {
			p.bound = other.until
		}
	}
	return p.conn.SetReadDeadline(p.bound)
}

// interrupt ends the wait of whoever reads, who listens on if it is another's by then. Who
// joins meanwhile leaves it so.
func (p *pipe) interrupt() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bound = past
	_ = p.conn.SetReadDeadline(past)
}

// late is what happens when the wait is over, or ctx, or that of who has read before.
func (p *pipe) late(ctx context.Context, w *waiting) (left bool, err error) {
	now := time.Now()
	if now.Sub(p.heard) >= w.silence {
		return false, errSilent
	}
	p.mu.Lock()
	p.expire(now)
	if left = w.done; left && p.reader == w { // it has its answer, and has read on for others
		p.handOn()
	}
	p.mu.Unlock()
	if left {
		return true, nil
	}
	err = p.listen(w) // first: if ctx ends now, that ends the wait
	if ctx.Err() != nil {
		p.leave(w, ctx.Err())
		return true, nil
	}
	return false, err
}

// step takes one message; over says that an answer ends with it.
func (p *pipe) step() (over bool, err error) {
	kind, length, err := p.header()
	if err != nil {
		return false, err
	}
	if length >= pipeBytes {
		return false, fmt.Errorf("peer: a message of %d bytes in a pipe", length)
	}
	message, err := p.in.Peek(1 + length)
	if err != nil {
		return false, err
	}
	if kind == dataRow {
		p.reply.answer.Row = append([]byte(nil), message...)
	} else {
		over, err = p.take(kind, message[headerBytes:])
	}
	_, _ = p.in.Discard(1 + length) // it was peeked at
	return over, err
}

// deliver gives an answer to who waits for it. ended says that w is done and another reads.
func (p *pipe) deliver(w *waiting) (ended bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 {
		return false, errors.New("peer: an answer that nobody has asked for")
	}
	p.answerFirst()
	if _, more := p.arrived(); more {
		return false, nil
	}
	p.heard = time.Now()
	p.flush(w.silence)
	p.expire(p.heard)
	if !w.done {
		return false, nil
	}
	if p.reader == w {
		p.handOn()
	}
	return true, nil
}

// answerFirst gives the first in the queue the answer that has come. It is called with mu.
func (p *pipe) answerFirst() {
	first, r := p.queue[0], p.reply
	p.queue = append(p.queue[:0], p.queue[1:]...)
	p.reply = reply{}
	p.answered++
	if first.last {
		p.flying--
	}
	if r.refused != nil {
		delete(p.prepared, first.sql) // what it was prepared for may be gone
	}
	if !first.done {
		first.finish(r.answer, r.refused)
	}
}

// handOn makes the first of those who wait the reader. It is called with mu.
func (p *pipe) handOn() {
	p.reader = nil
	for _, w := range p.queue {
		if !w.done {
			p.reader = w
			w.rouse()
			return
		}
	}
}
