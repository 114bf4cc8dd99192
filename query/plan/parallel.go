package plan

import (
	"context"
	"time"
)

// Divider may be implemented by a Source of whose scans several goroutines may read a part each.
type Divider interface {
	// Divide returns parts of a scan that may be read side by side, by ranges of entities in their order: the rows of
	// each come before those of the next. nil: the scan is read as it is.
	Divide(ctx context.Context, s *Scan) []Part
}

// Part is a Source whose scans are of one range of the entities.
type Part interface {
	Source
	// Go has a worker do something, and returns what waits for his end.
	Go(work func() error) (wait func() error)
	// Done tells how many rows were made of it, and in which time. Nobody reads it any more.
	Done(rows int, took time.Duration)
}
