package warm

import (
	"context"
	"time"
)

// sliceMax is how long the warmer works before it lets others have the processor.
const sliceMax = time.Millisecond

// pace keeps a goroutine's work to a share of one processor.
type pace struct {
	share float64
	begun time.Time // of the slice
}

func (p *pace) begin() { p.begun = time.Now() }

// rest pauses if the slice is used up. The error is the context's.
func (p *pace) rest(ctx context.Context) error {
	worked := time.Since(p.begun)
	if worked < sliceMax {
		return context.Cause(ctx)
	}
	err := pause(ctx, time.Duration(float64(worked)*(1/p.share-1)))
	p.begin()
	return err
}

// pause waits, unless the context ends before.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
