package projection_test

import (
	"bytes"
	"testing"

	"github.com/projsql/projsql/engine/projection"
)

// Memos of all lengths hold a copy, and whoever appends to one's row writes nowhere else.
func TestMemo(t *testing.T) {
	row := make([]byte, 0, 300)
	for n := range cap(row) {
		m := projection.NewMemo("shape", row)
		want := bytes.Clone(row)
		for i := range row {
			row[i]++
		}
		if m.Shape != "shape" || !bytes.Equal(m.Row, want) || cap(m.Row) != n {
			t.Errorf("the memo of %d bytes has %v, %d bytes of %d", n, m.Shape, len(m.Row), cap(m.Row))
		}
		row = append(row, byte(n))
	}
}
