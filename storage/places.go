package storage

import (
	"github.com/cockroachdb/pebble/v2"

	"github.com/projsql/projsql/storage/event"
)

// places tells where the events of the log are, by their sequences. The next one and
// those near it cost least.
type places struct {
	content *content
	runs    *pebble.Iterator
	run     run
}

func (c *content) places() (*places, error) {
	it, err := c.iter(tableRun)
	if err != nil {
		return nil, err
	}
	return &places{content: c, runs: it}, nil
}

func (p *places) close() { _ = p.runs.Close() }

// at returns where an event of the log is. It shares memory that the next call may
// change.
func (p *places) at(s event.Sequence) (place, error) {
	if !p.has(s) {
		if err := p.seek(s); err != nil {
			return place{}, err
		}
	}
	return p.run.places[s-p.run.sequence], nil
}

func (p *places) has(s event.Sequence) bool {
	return s >= p.run.sequence && s-p.run.sequence < event.Sequence(len(p.run.places))
}

// seek reads the run that holds a sequence: most often the next one.
func (p *places) seek(s event.Sequence) error {
	if len(p.run.places) == 0 || s != p.run.sequence+event.Sequence(len(p.run.places)) {
		return p.content.seekRun(p.runs, s, &p.run)
	}
	if !p.runs.Next() {
		return orDamage(p.runs.Error(), "no run holds sequence %d", s)
	}
	if err := p.content.run(p.runs, &p.run); err != nil {
		return err
	}
	if p.run.sequence != s {
		return damage("no run holds sequence %d", s)
	}
	return nil
}
