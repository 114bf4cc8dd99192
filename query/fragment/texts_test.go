package fragment_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/projsql/projsql/query/fragment"
)

// TestTextsParseOnce: a text is parsed once for all who ask, and there are never too many.
func TestTextsParseOnce(t *testing.T) {
	texts := fragment.NewTexts()
	const sql = "SELECT entity, owner FROM account WHERE balance > $1 ORDER BY entity"
	first := texts.Parse(sql)
	if again := texts.Parse(sql); first == nil || again != first {
		t.Error("parsed anew")
	}
	for _, bad := range []string{"SELEC", "SELECT 1; SELECT 2", ""} {
		if n := texts.Parse(bad); n != nil {
			t.Errorf("%q is %v", bad, n)
		}
	}
	long := "SELECT '" + strings.Repeat("x", fragment.TextBytesMax) + "'"
	if n := texts.Parse(long); n == nil || texts.Parse(long) == n {
		t.Error("a long one is kept")
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 2 * fragment.TextsMax {
				if n := texts.Parse(fmt.Sprint("SELECT ", i)); n.GetSelectStmt() == nil {
					t.Errorf("%d: %v", i, n)
				}
			}
		})
	}
	all.Wait()
	if texts.Len() != fragment.TextsMax {
		t.Errorf("%d are kept", texts.Len())
	}
}
