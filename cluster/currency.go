package cluster

import "time"

// currencyInterval is how often a node makes sure that it is current while nobody
// asks: what it knows then is what it can say when it is cut off.
const currencyInterval = 250 * time.Millisecond

// current returns this node's position, confirmed to cover everything that was
// acknowledged before the call, and when that was.
func (n *Node) current(w *wait) (*round, error) {
	r, err := n.rounds.join(w)
	if err != nil {
		return nil, err
	}
	n.note(&r.at)
	return r, nil
}

// note keeps the newest moment at which this node knew itself current.
func (n *Node) note(at *time.Time) {
	for {
		before := n.known.Load()
		if before != nil && !at.After(*before) {
			return
		}
		if n.known.CompareAndSwap(before, at) {
			if before == nil {
				n.leader.changed()
			}
			return
		}
	}
}

// keepCurrent asks for a position when nobody else has for a while.
func (n *Node) keepCurrent() {
	for sleep(n.life, currencyInterval) {
		if age, known := n.age(); n.leader.alone.Load() || known && age < currencyInterval {
			continue
		}
		_, _ = n.current(&wait{ctx: n.life}) // without a leader the age grows, and is told
	}
}

// age returns how long ago this node last knew itself current, by its own monotonic
// clock; false if it never has.
func (n *Node) age() (age time.Duration, known bool) {
	if n.options.Network == nil || n.leader.alone.Load() {
		return 0, true
	}
	at := n.known.Load()
	if at == nil {
		return 0, false
	}
	return max(0, n.options.Now().Sub(*at)), true
}

// knownAt returns when this node last knew itself current, zero if never.
func (n *Node) knownAt() time.Time {
	if n.options.Network == nil || n.leader.alone.Load() {
		return n.options.Now()
	}
	if at := n.known.Load(); at != nil {
		return *at
	}
	return time.Time{}
}
