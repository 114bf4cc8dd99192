package hlc_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/projsql/projsql/storage/hlc"
)

func TestElapsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		ahead := hlc.Elapsed(func() time.Time { return time.Now().Add(time.Minute) })
		own := hlc.Elapsed(nil)
		time.Sleep(time.Second)
		if a, b := ahead(began), own(began); a != time.Minute+time.Second || b != time.Second {
			t.Errorf("by the given clock %v ago, by the system's %v", a, b)
		}
	})
}
