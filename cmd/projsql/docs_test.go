package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// block is a fenced block of a page.
type block struct {
	info string // what stands behind the backticks: "sql", "text", "sql error 40001"
	text string
	line int
}

func fencedBlocks(page string) (blocks []block) {
	var current *block
	for number, line := range strings.Split(page, "\n") {
		switch {
		case current == nil && strings.HasPrefix(line, "```"):
			current = &block{info: strings.TrimPrefix(line, "```"), line: number + 1}
		case current != nil && line == "```":
			blocks = append(blocks, *current)
			current = nil
		case current != nil:
			current.text += line + "\n"
		}
	}
	return blocks
}

// TestDocs runs every ```sql block of the tutorial and the how-tos, one node a page,
// and compares the answer with the ```text block that follows it. A block
// "sql error 40001" must fail so.
func TestDocs(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*/*.md")
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, page := range pages {
		if dir := filepath.Base(filepath.Dir(page)); dir != "tutorial" && dir != "how-to" {
			continue
		}
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(page), func(t *testing.T) {
			conn := testNode(t).connect(t)
			blocks := fencedBlocks(string(text))
			for i, b := range blocks {
				if !strings.HasPrefix(b.info, "sql") {
					continue
				}
				ran++
				got := runBlock(t, conn, b)
				if i+1 < len(blocks) && blocks[i+1].info == "text" && got != blocks[i+1].text {
					t.Errorf("%s:%d: the answer is\n%s\nthe page says\n%s", page, blocks[i+1].line, got, blocks[i+1].text)
				}
			}
		})
	}
	if ran == 0 {
		t.Error("no page has SQL")
	}
}

// runBlock returns the results that have columns, as psql prints them.
func runBlock(t *testing.T, conn *pgx.Conn, b block) string {
	t.Helper()
	var results []*pgconn.Result
	var err error
	for statement := range strings.SplitSeq(strings.TrimSpace(b.text), ";\n") { // one by one, as psql does
		var result []*pgconn.Result
		result, err = conn.PgConn().Exec(t.Context(), statement).ReadAll()
		results = append(results, result...)
	}
	wantCode := strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(b.info, "sql"), " error"))
	code := ""
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		code = pgErr.Code
	}
	if code != wantCode || (err != nil && pgErr == nil) {
		t.Fatalf("line %d: %v; expected SQLSTATE %q", b.line, err, wantCode)
	}
	var out bytes.Buffer
	for _, r := range results {
		if len(r.FieldDescriptions) == 0 || r.Err != nil {
			continue
		}
		if out.Len() > 0 {
			out.WriteByte('\n')
		}
		printResult(&out, r)
	}
	return out.String()
}
