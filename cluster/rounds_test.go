package cluster_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/projsql/projsql/cluster"
)

// TestRoundEnds: a question that nobody answers does not hold up who comes later for longer
// than two seconds, though who asked it has all the time.
func TestRoundEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hung := true
		r := cluster.NewRounds(func(ctx context.Context) error {
			if hung {
				<-ctx.Done()
			}
			return ctx.Err()
		})
		began, first := time.Now(), make(chan error)
		go func() { first <- r.Join(t.Context()) }()
		synctest.Wait()
		hung = false
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := r.Join(ctx); err != nil {
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
