package wire

import (
	"sync"
	"time"

	"github.com/jackc/pgproto3/v2"

	"github.com/projsql/projsql/query"
)

// Listener may be implemented by a Session that tells its client of changes.
type Listener interface {
	// Notified receives when there are notifications to take; nil while there will be
	// none. The goroutine that uses the session calls it, others may wait.
	Notified() <-chan struct{}
	// Notifications takes what there is to tell. Others may call it once Notified has
	// returned a channel.
	Notifications() []query.Notification
}

// notifier tells a client of changes: between transactions only, and at once while
// the client is idle. It exists once the session listens.
type notifier struct {
	conn     *conn
	listener Listener
	stop     chan struct{}
	done     chan struct{}

	mu   sync.Mutex // of conn.out too, while the notifier exists
	idle bool       // nothing runs, and no transaction is open
}

// startNotifier begins to tell if the session listens and nobody does yet.
func (c *conn) startNotifier() {
	if c.notifier != nil || c.listener == nil {
		return
	}
	notified := c.listener.Notified()
	if notified == nil {
		return
	}
	n := &notifier{conn: c, listener: c.listener, stop: make(chan struct{}), done: make(chan struct{})}
	c.notifier = n
	go n.run(notified)
}

// silence stops notifications for good: what is written next ends the connection.
func (c *conn) silence() {
	if c.notifier != nil {
		c.deadline(time.Second) // for one that is being written
		c.notifier.busy()
	}
}

func (n *notifier) run(notified <-chan struct{}) {
	defer close(n.done)
	for {
		select {
		case <-n.stop:
			return
		case <-notified:
		}
		if !n.tell() {
			return
		}
	}
}

// tell sends what there is while the client is idle. Otherwise rest does it.
func (n *notifier) tell() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.idle {
		return true
	}
	if n.gather() == nil && n.conn.out.flush() == nil {
		return true
	}
	_ = n.conn.raw.SetReadDeadline(longAgo) // whoever waits for the client learns of it
	return false
}

func (n *notifier) gather() error {
	for _, m := range n.listener.Notifications() {
		if err := n.conn.out.send(&pgproto3.NotificationResponse{Channel: field0(m.Channel), Payload: field0(m.Payload)}); err != nil {
			return err
		}
	}
	return nil
}

// busy keeps the notifier from writing until the connection is idle again.
func (n *notifier) busy() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.idle = false
}

// ready gathers what there is to tell before ReadyForQuery, and then ends the batch.
func (n *notifier) ready(status byte) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.idle = status == 'I'
	if n.idle {
		if err := n.gather(); err != nil {
			return err
		}
	}
	return n.conn.out.readyForQuery(status)
}

// end waits for the notifier. The socket is closed, so it does not wait for long.
func (n *notifier) end() {
	close(n.stop)
	<-n.done
}
