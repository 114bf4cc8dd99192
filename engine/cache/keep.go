package cache

import (
	"errors"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// handOverEvery is the least time between two writes of the log: what one process may
// lose when it is killed, and what keeps a write to the operating system from costing
// more than the read that it follows.
const handOverEvery = 5 * time.Millisecond

// A database that is lost is opened again after healAfterMin, then ever less often.
const (
	healAfterMin = 100 * time.Millisecond
	healAfterMax = 30 * time.Second
)

// keep is the cache's goroutine: it hands over what Put left in Pebble's memory, and
// opens a database that is lost anew.
func (p *Pebble) keep() {
	healAfter := healAfterMin
	for {
		select {
		case <-p.quit:
			return
		case <-p.dirty:
		}
		pause := handOverEvery
		switch {
		case p.broken.Load():
			pause, healAfter = healAfter, min(2*healAfter, healAfterMax)
		default:
			healAfter = healAfterMin
			p.handOver()
		}
		if !p.pause(pause) {
			return
		}
		if p.broken.Load() && !p.heal() && !p.stuck {
			p.wake()
		}
	}
}

// pause reports whether the cache is still open after it.
func (p *Pebble) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-p.quit:
		return false
	case <-t.C:
		return true
	}
}

func (p *Pebble) handOver() {
	if err := p.Sync(); err != nil && !errors.Is(err, ErrUnavailable) {
		p.logger.Warn("external cache cannot write its log", "error", err)
	}
}

// heal opens the database anew, once the disk takes writes again; false if it does not
// yet. The rows that were on the disk are there again.
func (p *Pebble) heal() bool {
	if err := p.probe(); err != nil {
		return false
	}
	p.mu.Lock()
	p.healing = true
	p.mu.Unlock()
	p.users.Wait()
	defer func() {
		p.mu.Lock()
		p.healing = false
		p.mu.Unlock()
	}()
	if !p.abandon() {
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
	p.logger.Info("external cache is back")
	return true
}

// probeBytes is how much the disk must take before a database is opened on it.
const probeBytes = 1 << 20

func (p *Pebble) probe() (err error) {
	fs, name := p.options.FS, p.options.FS.PathJoin(p.dir, "probe")
	f, err := fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, probeBytes))
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
