package jsonpath_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/projsql/projsql/query/types/jsonpath"
	"github.com/projsql/projsql/wire/sqlstate"
)

// To take the answers anew:
//
//	go test ./query/types/jsonpath -run TestPaths -pg 'host=/tmp/pg user=postgres'
var server = flag.String("pg", "", "connection string of a PostgreSQL 15 that gives the answers")

func answer(path string) string {
	p, err := jsonpath.Parse(path)
	if err != nil {
		e := sqlstate.Of(err)
		return strings.TrimSpace("ERROR " + string(e.Code) + " " + e.Message + " " + e.Detail)
	}
	if again, err := jsonpath.Parse(p.String()); err != nil || again.String() != p.String() {
		return "not the same again: " + p.String()
	}
	return p.String()
}

func ask(c *pgconn.PgConn, path string) string {
	r := c.ExecParams(context.Background(), "SELECT $1::text::jsonpath", [][]byte{[]byte(path)}, nil, nil, nil).Read()
	var e *pgconn.PgError
	if errors.As(r.Err, &e) {
		return strings.TrimSpace("ERROR " + e.Code + " " + e.Message + " " + e.Detail)
	}
	return string(r.Rows[0][0])
}

// TestPaths compares with what PostgreSQL 15 prints for the path of each line.
func TestPaths(t *testing.T) {
	const file = "testdata/paths.txt"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var c *pgconn.PgConn
	if *server != "" {
		if c, err = pgconn.Connect(context.Background(), *server); err != nil {
			t.Fatal(err)
		}
		defer c.Close(context.Background())
	}
	var asked strings.Builder
	for line := range strings.Lines(string(text)) {
		quoted, want, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		path, err := strconv.Unquote(quoted)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if c != nil {
			want = strconv.Quote(ask(c, path))
			asked.WriteString(quoted + "\t" + want + "\n")
		}
		if got := strconv.Quote(answer(path)); got != want {
			t.Errorf("%s\n got %s\nwant %s", path, got, want)
		}
	}
	if c != nil {
		if err := os.WriteFile(file, []byte(asked.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`strict $.a[0 to last] ? (@.b like_regex "^x" flag "i").size()`)
	f.Fuzz(func(t *testing.T, path string) {
		if !utf8.ValidString(path) || strings.ContainsRune(path, 0) {
			return // no text
		}
		if got := answer(path); strings.HasPrefix(got, "not the same") {
			t.Error(got)
		}
	})
}
