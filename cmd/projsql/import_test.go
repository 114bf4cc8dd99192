package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// projsql runs the command line against the node and returns what it prints.
func (n *runningNode) projsql(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := rootCommand()
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(append(args, "--pg-addr", n.pg.Addr().String()))
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func (n *runningNode) mustPrint(t *testing.T, want string, args ...string) {
	t.Helper()
	got, err := n.projsql(t, args...)
	if err != nil || got != want {
		t.Errorf("projsql %s: %v\n%swant\n%s", strings.Join(args, " "), err, got, want)
	}
}

const lines = `{"entity":"a","kind":"Added","at":1370565812,"data":{"n":1}}
{"entity":"a","kind":"Added","at":1370565812,"data":{"n":1}}

{"entity":"b\tc","kind":"Added","at":"2020-02-03T04:05:06.789Z","data":"tab\tand\\back"}
{"entity":"a","kind":"Gone","event_id":"11111111-2222-3333-4444-555555555555"}
`

func TestImportJSONLTwiceAddsNothing(t *testing.T) {
	n := testNode(t)
	file := filepath.Join(t.TempDir(), "events.jsonl")
	writeFile(t, file, lines)
	n.mustPrint(t, "4 events read, 4 new; the log has 4 events now\n", "import", "jsonl", file)
	n.mustPrint(t, "4 events read, 0 new; the log has 4 events now\n", "import", "jsonl", file)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write([]byte(lines + `{"entity":"a","kind":"More"}`)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	writeFile(t, file+".gz", packed.String())
	n.mustPrint(t, "5 events read, 1 new; the log has 5 events now\n", "import", "jsonl", file+".gz")
	got := n.psql(t, "\\pset tuples_only\n\\pset format unaligned\nSELECT entity, version, kind, data, extract(epoch FROM occurred_at) FROM events WHERE kind = 'Added' ORDER BY sequence")
	want := "a|1|Added|{\"n\": 1}|1370565812.000000\na|2|Added|{\"n\": 1}|1370565812.000000\nb\tc|1|Added|\"tab\\tand\\\\back\"|1580702706.789000\n"
	if !strings.HasSuffix(got, want) {
		t.Errorf("events are\n%s\nwant\n%s", got, want)
	}
}

func TestImportSaysWhichLineIsBad(t *testing.T) {
	n := testNode(t)
	file := filepath.Join(t.TempDir(), "events.jsonl")
	good := `{"entity":"a","kind":"Added"}` + "\n"
	for bad, message := range map[string]string{
		`{"entity":"a"}`:                             `"entity" and "kind" are required`,
		`{"entity":"a","kind":"K","kidn":1}`:         `unknown field "kidn": there are entity, kind, data, at and event_id`,
		`{"entity":"a","kind":"K","at":"yesterday"}`: `"at": "yesterday" is neither Unix seconds nor an RFC 3339 text`,
		`{"entity":"a","kind":"K","event_id":"7"}`:   `"event_id"`,
		`{"entity":7,"kind":"K"}`:                    `"entity" must be a string, not number`,
		`["a","K"]`:                                  `a JSON object is expected, not array`,
		`{`:                                          `the line ends within a JSON object`,
		`nonsense`:                                   "invalid JSON: invalid character",
		`{"entity":"a","kind":"K","data":"\u0000"}`: `"data": ERROR: unsupported Unicode escape sequence (SQLSTATE 22P05)`,
	} {
		writeFile(t, file, good+bad+"\n"+good)
		_, err := n.projsql(t, "import", "jsonl", file)
		if err == nil || !strings.Contains(err.Error(), "line 2: ") || !strings.Contains(err.Error(), message) {
			t.Errorf("%s: error %v, want line 2 and %s", bad, err, message)
		}
	}
	writeFile(t, file, good+good)
	n.mustPrint(t, "2 events read, 1 new; the log has 2 events now\n", "import", "jsonl", file)
}

// TestImportOfStandardInput: plain and packed, and until a signal where nothing comes.
func TestImportOfStandardInput(t *testing.T) {
	n := testNode(t)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write([]byte(lines)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	imported := func(ctx context.Context, from io.Reader) (string, error) {
		cmd := rootCommand()
		var out bytes.Buffer
		cmd.SetIn(from)
		cmd.SetOut(&out)
		cmd.SetErr(io.Discard)
		cmd.SetArgs([]string{"import", "jsonl", "-", "--pg-addr", n.pg.Addr().String()})
		err := cmd.ExecuteContext(ctx)
		return out.String(), err
	}
	for _, c := range []struct {
		from io.Reader
		want string
	}{
		{strings.NewReader(lines), "4 events read, 4 new; the log has 4 events now\n"},
		{&packed, "4 events read, 0 new; the log has 4 events now\n"},
		{strings.NewReader(""), "0 events read, 0 new; the log has 4 events now\n"},
	} {
		if got, err := imported(t.Context(), c.from); err != nil || got != c.want {
			t.Errorf("%v, %s, want %s", err, got, c.want)
		}
	}
	if _, err := imported(t.Context(), strings.NewReader("{")); err == nil || !strings.HasPrefix(err.Error(), "line 1: ") {
		t.Errorf("error %v does not name the line", err)
	}
	silent, feed := io.Pipe()
	defer feed.Close()
	ctx, interrupt := context.WithCancel(t.Context())
	go func() {
		if _, err := io.WriteString(feed, lines[:40]); err != nil { // returns when it is read
			t.Error(err)
		}
		interrupt()
	}()
	if _, err := imported(ctx, silent); err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("error %v, want that it was interrupted", err)
	}
}

// TestImportSaysWhichLineTheServerRefuses: the line of the file, not of the batch that it
// was sent in.
func TestImportSaysWhichLineTheServerRefuses(t *testing.T) {
	n := testNode(t)
	file := filepath.Join(t.TempDir(), "events.jsonl")
	good := `{"entity":"a","kind":"Added"}` + "\n"
	writeFile(t, file, strings.Repeat(good, batchEvents+1)+"\n"+`{"entity":"a","kind":"K","data":"\u0000"}`+"\n"+good)
	_, err := n.projsql(t, "import", "jsonl", file)
	if want := fmt.Sprintf("line %d: \"data\": ERROR: unsupported Unicode", batchEvents+3); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v, want %s", err, want)
	}
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("\n%d events were sent", batchEvents)) {
		t.Errorf("error %v does not say what was sent", err)
	}
}

// TestCommandsTellWhatTheServerTold: its detail and hint too.
func TestCommandsTellWhatTheServerTold(t *testing.T) {
	n := testNode(t)
	file := filepath.Join(t.TempDir(), "events.jsonl")
	writeFile(t, file, lines)
	n.mustPrint(t, "4 events read, 4 new; the log has 4 events now\n", "import", "jsonl", file)
	writeFile(t, file, `{"entity":"a","kind":"Else","event_id":"11111111-2222-3333-4444-555555555555"}`)
	_, err := n.projsql(t, "import", "jsonl", file)
	if want := `event_id 11111111-2222-3333-4444-555555555555 is version 3 of entity "a".`; detailOf(err) != want {
		t.Errorf("%v: detail %q, want %q", err, detailOf(err), want)
	}
	if hint := hintOf(fmt.Errorf("line 1: %w", &pgconn.PgError{Hint: "Mend it."})); hint != "Mend it." {
		t.Errorf("the hint is %q", hint)
	}
}

// TestImportOfFilesAsTheyAre: with the mark that Windows puts in front, with its ends of
// lines, packed under any name.
func TestImportOfFilesAsTheyAre(t *testing.T) {
	n := testNode(t)
	file := filepath.Join(t.TempDir(), "events")
	text := "\ufeff" + strings.ReplaceAll(lines, "\n", "\r\n")
	writeFile(t, file, text)
	n.mustPrint(t, "4 events read, 4 new; the log has 4 events now\n", "import", "jsonl", file)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	writeFile(t, file, packed.String())
	n.mustPrint(t, "4 events read, 0 new; the log has 4 events now\n", "import", "jsonl", file)
}

func TestImportWithoutServer(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "events")
	writeFile(t, file, lines)
	load := func(ctx context.Context) error {
		cmd := rootCommand()
		cmd.SetArgs([]string{"import", "jsonl", file, "--pg-addr", "127.0.0.1:1"})
		return cmd.ExecuteContext(ctx)
	}
	err := load(t.Context())
	if err == nil || strings.Count(err.Error(), "connection refused") != 1 || !strings.HasSuffix(err.Error(), "\nstart one with: projsql serve") {
		t.Errorf("without a server: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := load(ctx); err == nil || err.Error() != "interrupted" {
		t.Errorf("interrupted: %v", err)
	}
}

func TestImportGit(t *testing.T) {
	n := testNode(t)
	repo := t.TempDir()
	for _, step := range []string{
		"git init -q -b main . && git config user.email a@example.org && git config user.name Ada",
		"printf 'one\\ntwo\\n' > a.txt && printf 'x\\n' > 'sp ace.txt' && git add -A && git commit -qm first",
		"printf 'one\\nzwei\\ndrei\\n' > a.txt && head -c 64 /dev/zero > bin && git add -A && git commit -qm 'second \"quoted\"'",
		"git commit -q --allow-empty -m empty",
		"git rm -q a.txt && git commit -qm third",
	} {
		run(t, "cd "+repo+" && "+step, "bash", "-e")
	}
	n.mustPrint(t, "5 events read, 5 new; the log has 5 events now\n", "import", "git", repo)
	n.mustPrint(t, "5 events read, 0 new; the log has 5 events now\n", "import", "git", repo)
	got := n.psql(t, "\\pset tuples_only\n\\pset format unaligned\nSELECT entity, version, kind, data->>'author', data->'added', data->'removed', data->>'subject', occurred_at < now() + '1 day' FROM events ORDER BY sequence")
	want := `a.txt|1|FileAdded|Ada|2|0|first|t
sp ace.txt|1|FileAdded|Ada|1|0|first|t
a.txt|2|FileModified|Ada|2|1|second "quoted"|t
bin|1|FileAdded|Ada|null|null|second "quoted"|t
a.txt|3|FileDeleted|Ada|0|3|third|t
`
	if !strings.HasSuffix(got, want) {
		t.Errorf("events are\n%s\nwant\n%s", got, want)
	}
	run(t, "git init -q "+filepath.Join(repo, "empty"), "bash", "-e")
	if _, err := n.projsql(t, "import", "git", filepath.Join(repo, "empty")); err == nil || !strings.Contains(err.Error(), "empty has no commits") {
		t.Errorf("a repository without commits gives %v", err)
	}
	if _, err := n.projsql(t, "import", "git", t.TempDir()); err == nil || !strings.Contains(err.Error(), "not a git repository") {
		t.Errorf("a directory without repository gives %v", err)
	}
}
