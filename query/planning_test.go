package query_test

import (
	"strings"
	"testing"
)

// TestFunctionsOfTheSystemInPlace: functions in SQL that PostgreSQL itself has stand in the place of calls however many there are.
func TestFunctionsOfTheSystemInPlace(t *testing.T) {
	session := startNode(t).session(t, nil)
	calls := strings.Repeat("information_schema._pg_char_max_length(1043, 9) + ", 300)
	if got := said(t, session, "SELECT "+calls+"0 AS sum"); !strings.Contains(got, "\n1500\n") {
		t.Error(got)
	}
	nested := strings.Repeat("information_schema._pg_char_max_length(1043, ", 40) + "n" + strings.Repeat(")", 40)
	if got := said(t, session, "SELECT "+nested+" FROM generate_series(1, 2) n"); !strings.Contains(got, "54001") {
		t.Error(got)
	}
}
