package cache

import (
	"errors"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// handOverAfter is how long a row waits to be written with others: what one process may
// lose when it is killed, and what keeps a write to the operating system from costing
// more than the read that it follows. Most statements have been answered by then.
const handOverAfter = 20 * time.Millisecond

// A database that is lost is opened again after healAfterMin, then ever less often, until
// it was well for healAfterMax.
const (
	healAfterMin = 100 * time.Millisecond
	healAfterMax = 30 * time.Second
)

// keep is the cache's goroutine: it hands over what Put left in Pebble's memory, and
// opens a database that is lost anew.
func (p *Pebble) keep() {
	healAfter, healed := healAfterMin, time.Time{}
	for {
		select {
		case <-p.quit:
			return
		case <-p.dirty:
		}
		if !p.broken.Load() {
			if time.Since(healed) > healAfterMax { // well, and not for a moment
				healAfter = healAfterMin
			}
			if !p.pause(handOverAfter, p.lost) {
				return
			}
			p.handOver()
		}
		if !p.broken.Load() {
			continue
		}
		if p.leave(); !p.pause(healAfter, nil) {
			return
		}
		healAfter = min(2*healAfter, healAfterMax)
		if p.heal() {
			healed = time.Now()
		} else if !p.stuck {
			p.wake()
		}
	}
}

// pause reports whether the cache is still open after it. It ends early if its other
// channel tells something.
func (p *Pebble) pause(d time.Duration, early <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-p.quit:
		return false
	case <-early:
	case <-t.C:
	}
	return true
}

func (p *Pebble) handOver() {
	if err := p.Sync(); err != nil && !errors.Is(err, ErrUnavailable) {
		p.logger.Warn("external cache cannot write its log", "error", err)
	}
}

// leave closes a database that is lost: it would try again without a pause to write what
// it cannot. Nobody enters from then on, until it is healed.
func (p *Pebble) leave() {
	p.mu.Lock()
	p.healing = true
	p.mu.Unlock()
	p.users.Wait()
	p.pending.discard()
	p.abandon()
}

// heal opens the database anew, once the disk takes writes again; false if it does not
// yet. The rows that were on the disk are there again.
func (p *Pebble) heal() bool {
	if p.leave(); p.stuck {
		return false
	}
	if err := p.probe(); err != nil {
		return false
	}
	p.losses.Add(1)
	p.broken.Store(false)
	err := p.open(p.dir, p.options)
	if err != nil {
		err = p.reopen(p.dir, p.options, err)
	}
	if err != nil {
		p.broken.Store(true)
		p.logger.Warn("external cache is still lost", "error", err)
		return false
	}
	p.mu.Lock()
	p.healing = false
	p.mu.Unlock()
	p.logger.Info("external cache is back")
	return true
}

// probe writes as much as opening a database may: what its logs have, to tables.
func (p *Pebble) probe() (err error) {
	fs, name := p.options.FS, p.options.FS.PathJoin(p.dir, "probe")
	f, err := fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	for piece, n := make([]byte, p.options.MemTableBytes), 0; n < memTables && err == nil; n++ {
		_, err = f.Write(piece)
	}
	return errors.Join(err, f.Sync(), f.Close(), fs.Remove(name))
}

// abandonPatience bounds the wait for a database that is lost.
const abandonPatience = 10 * time.Second

// abandon closes a database that is lost, unless it was already. What it says does not
// matter; should it never come back, nothing else may be opened in its directory.
func (p *Pebble) abandon() bool {
	if p.db == nil || p.stuck {
		return !p.stuck
	}
	done := make(chan struct{})
	go func(db *pebble.DB) {
		defer close(done)
		defer func() {
			if r := recover(); r != nil {
				p.logger.Warn("external cache: " + fmt.Sprint(r))
			}
		}()
		_ = db.Close() // why it is lost is logged
	}(p.db)
	t := time.NewTimer(abandonPatience)
	defer t.Stop()
	select {
	case <-done:
		p.db = nil
		return true
	case <-t.C:
		p.stuck = true
		return false
	}
}
