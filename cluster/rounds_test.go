package cluster_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/wire/sqlstate"
)

// TestRoundEnds: a question that nobody answers does not hold up who comes later for longer
// than two seconds, though who asked it has all the time.
func TestRoundEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hung := true
		r := cluster.NewRounds(func(late func() (context.Context, context.CancelFunc)) error {
			ctx, cancel := late()
			defer cancel()
			if hung {
				<-ctx.Done()
			}
			return ctx.Err()
		})
		began, first := time.Now(), make(chan error)
		go func() { first <- r.Join(t.Context(), 0) }()
		synctest.Wait()
		hung = false
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := r.Join(ctx, 0); err != nil {
			t.Errorf("who came later: %v", err)
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("it waited for %v", took)
		}
		if err := <-first; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("who asked: %v", err)
		}
	})
}

// TestRoundsEndInTime: though nobody has a timer before the question on its way is late, those
// who wait end when their time is over, whether they came before that or after.
func TestRoundsEndInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := cluster.NewRounds(func(late func() (context.Context, context.CancelFunc)) error {
			time.Sleep(2 * time.Millisecond)
			ctx, cancel := late()
			defer cancel()
			<-ctx.Done()
			return ctx.Err()
		})
		var all sync.WaitGroup
		all.Go(func() { _ = r.Join(t.Context(), time.Second) })
		const most = 50 * time.Millisecond
		for range 3 {
			synctest.Wait()
			all.Go(func() {
				began := time.Now()
				if err := r.Join(t.Context(), most); codeOf(err) != sqlstate.FreshnessNotMet {
					t.Error(err)
				}
				if took := time.Since(began); took != most {
					t.Errorf("it waited for %v", took)
				}
			})
			time.Sleep(time.Millisecond + time.Millisecond/2)
		}
		all.Wait()
	})
}
