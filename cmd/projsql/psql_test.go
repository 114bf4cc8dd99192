package main

import (
	"regexp"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// sessionNumber is what the name of a session's temporary schema ends with.
var sessionNumber = regexp.MustCompile(`pg_temp_\d+`)

// TestPsqlCommands runs psql's own commands, each case of the script in a session of its
// own: psql asks the catalogs, and shows what they answer.
func TestPsqlCommands(t *testing.T) {
	n := clientNode(t)
	datadriven.RunTest(t, "testdata/psql.txt", func(t *testing.T, d *datadriven.TestData) string {
		return sessionNumber.ReplaceAllString(n.psql(t, d.Input), "pg_temp_N")
	})
}
