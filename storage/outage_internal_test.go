package storage

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/projsql/projsql/wire/sqlstate"
)

// TestOutage: what Pebble cannot read by itself stops the store only if that goes on;
// outages that end are forgotten. What it cannot write, and damage, stop it at once.
func TestOutage(t *testing.T) {
	unread := fmt.Errorf("table 4: %w", markRead(errors.New("the disk is gone")))
	for name, c := range map[string]struct {
		errors  []error
		pauses  []time.Duration // before each error
		stopped sqlstate.Code
	}{
		"once":         {errors: []error{unread}, pauses: []time.Duration{0}},
		"for long":     {errors: []error{unread, unread, unread}, pauses: []time.Duration{0, 30 * time.Second, 30 * time.Second}},
		"for longer":   {errors: []error{unread, unread, unread}, pauses: []time.Duration{0, 30 * time.Second, 31 * time.Second}, stopped: sqlstate.IOError},
		"now and then": {errors: []error{unread, unread, unread, unread}, pauses: []time.Duration{0, 41 * time.Second, time.Hour, 41 * time.Second}},
		"written":      {errors: []error{errors.New("no space left")}, pauses: []time.Duration{0}, stopped: sqlstate.IOError},
		"damaged":      {errors: []error{fmt.Errorf("%w: %w", markRead(errors.New("checksum")), pebble.ErrCorruption)}, pauses: []time.Duration{0}, stopped: sqlstate.DataCorrupted},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Unix(1, 0)
			f := newFailure(slog.New(slog.DiscardHandler), func() time.Time { return now })
			for i, err := range c.errors {
				if f.first() != nil {
					t.Fatalf("stopped before error %d: %v", i, f.first())
				}
				now = now.Add(c.pauses[i])
				f.background(err)
			}
			switch err := f.first(); {
			case c.stopped == "" && err != nil, c.stopped != "" && (err == nil || sqlstate.Of(err).Code != c.stopped):
				t.Errorf("got %v, want %q", err, c.stopped)
			}
		})
	}
}
