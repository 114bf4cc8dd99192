package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/projsql/projsql/jepsen"
)

// runner runs one script.
type runner struct {
	server    *jepsen.Process
	dir, name string
}

// scriptTimeout bounds one run of one script.
const scriptTimeout = 30 * time.Second

// mark is what divides the set-up's output from the script's.
const mark = "=== the script begins here ==="

func (r *runner) compare(ctx context.Context) (tally, error) {
	statements, err := readScript(r.dir, r.name)
	if err != nil {
		return tally{}, err
	}
	setup, err := readScript(r.dir, "test_setup")
	if err != nil {
		return tally{}, err
	}
	statements = uncover(statements, setup)
	ours, err := r.psql(ctx, setup, statements, "")
	if err != nil {
		return tally{}, err
	}
	codes, err := r.psql(ctx, setup, withCodes(statements), setCodes+"\n")
	if err != nil {
		return tally{}, err
	}
	gone := newLost()
	gone.missed(setup, codes.setup)
	gone.hide(statements)
	variants, err := r.expected(statements)
	if err != nil {
		return tally{}, err
	}
	best := judge(statements, ours.script, codes.script, variants[0], gone.clone())
	for _, v := range variants[1:] {
		if j := judge(statements, ours.script, codes.script, v, gone.clone()); j.tally.same > best.tally.same {
			best = j
		}
	}
	differences := filepath.Join(r.dir, "differences")
	if err := os.MkdirAll(differences, 0o755); err != nil {
		return tally{}, err
	}
	return best.tally, os.WriteFile(filepath.Join(differences, r.name+".txt"), best.details.Bytes(), 0o644)
}

const setCodes = `\set VERBOSITY sqlstate`

// withCodes keeps a script from asking for anything but SQLSTATEs.
func withCodes(statements []statement) []statement {
	all := slices.Clone(statements)
	for i := range all {
		if strings.HasPrefix(all[i].command(), `\set VERBOSITY`) {
			all[i].lines = []string{setCodes}
		}
	}
	return all
}

// answers are the outputs of the statements of the set-up and of the script.
type answers struct{ setup, script []string }

// psql runs the script behind the set-up.
func (r *runner) psql(ctx context.Context, setup, statements []statement, before string) (answers, error) {
	ctx, cancel := context.WithTimeout(ctx, scriptTimeout)
	defer cancel()
	earlier, err := r.earlier()
	if err != nil {
		return answers{}, err
	}
	host, port, err := net.SplitHostPort(r.server.Addr)
	if err != nil {
		return answers{}, err
	}
	cmd := exec.CommandContext(ctx, "psql", "-X", "-a", "-q", "-h", host, "-p", port, "-U", "regress", "projsql",
		"-v", "HIDE_TABLEAM=on", "-v", "HIDE_TOAST_COMPRESSION=on")
	cmd.Env = append(os.Environ(), "PGTZ=America/Los_Angeles", "PGDATESTYLE=Postgres, MDY", "PGOPTIONS=-c intervalstyle=postgres_verbose", "PG_ABS_SRCDIR="+r.dir, "LANG=C.UTF-8")
	before += joinLines(setup) + earlier + dropShadowed(statements)
	cmd.Stdin = strings.NewReader(before + "\\echo " + mark + "\n" + joinLines(statements))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			return answers{}, err
		}
		if ctx.Err() != nil {
			fmt.Fprintf(os.Stderr, "%s: stopped after %s, in %q\n", r.name, scriptTimeout, lastLine(out.String()))
		}
	}
	first, output, _ := strings.Cut(out.String(), "\\echo "+mark+"\n"+mark+"\n")
	lines := func(s *statement) []string { return s.lines }
	return answers{outputs(setup, first, lines), outputs(statements, output, lines)}, nil
}

func lastLine(s string) string {
	s = strings.TrimRight(s, "\n")
	return s[strings.LastIndexByte(s, '\n')+1:]
}

func joinLines(all []statement) string {
	var b strings.Builder
	for _, s := range all {
		for _, l := range s.lines {
			b.WriteString(l + "\n")
		}
	}
	return b.String()
}

// expected returns the outputs that PostgreSQL accepts: there may be variants.
func (r *runner) expected(statements []statement) ([][]string, error) {
	files, err := filepath.Glob(filepath.Join(r.dir, "expected", r.name+"_[0-9].out"))
	if err != nil {
		return nil, err
	}
	var all [][]string
	for _, f := range append([]string{filepath.Join(r.dir, "expected", r.name+".out")}, files...) {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		all = append(all, outputs(statements, string(text), func(s *statement) []string { return s.written }))
	}
	return all, nil
}

// missed stands for the output of a statement that psql did not come to.
const missed = "(nothing: psql did not come to this statement)"

// outputs finds the statements that psql echoed in its output: what stands between
// one and the next is the former's answer.
func outputs(statements []statement, output string, lines func(*statement) []string) []string {
	rest := strings.Split(output, "\n")
	all := make([]string, len(statements))
	last := -1
	for i := range statements {
		all[i] = missed
		block := lines(&statements[i])
		if len(block) == 0 {
			all[i] = ""
			continue
		}
		at := indexOf(rest, block)
		if at < 0 {
			continue
		}
		if last >= 0 {
			all[last] = normal(rest[:at])
		}
		rest, last = rest[at+len(block):], i
	}
	if last >= 0 {
		all[last] = normal(rest)
	}
	return all
}

// indexOf returns where a block of lines stands, -1 if nowhere.
func indexOf(all, block []string) int {
	for i := range len(all) - len(block) + 1 {
		if slices.Equal(all[i:i+len(block)], block) {
			return i
		}
	}
	return -1
}

// normal leaves out spaces at the ends of lines, empty lines around, and notices that
// something will be temporary.
func normal(lines []string) string {
	made := slices.DeleteFunc(public(lines), madeTemporaryNotice.MatchString)
	for i, l := range made {
		made[i] = strings.TrimRight(l, " \t")
	}
	return strings.Trim(strings.Join(made, "\n"), "\n")
}

// public puts back the schema of the relations that were made temporary, and centres
// psql's title anew.
func public(lines []string) []string {
	made := slices.Clone(lines)
	for i, l := range made {
		if !temporarySchema.MatchString(l) {
			continue
		}
		title := temporarySchema.ReplaceAllString(strings.TrimSpace(l), "public.")
		if i+2 < len(made) && strings.HasPrefix(made[i+2], "--") {
			title = strings.Repeat(" ", max(len(made[i+2])-len(title), 0)/2) + title
		}
		made[i] = title
	}
	return made
}

// madeTemporaryNotice tells of what the script did not ask to be temporary.
var madeTemporaryNotice = regexp.MustCompile(`^NOTICE:  (function|procedure|view|type) ".*" will be a temporary `)

var temporarySchema = regexp.MustCompile(`pg_temp_[0-9]+\.`)

type judgement struct {
	tally   tally
	details bytes.Buffer
}

var (
	refusal = regexp.MustCompile(`ERROR:  0A000`)
	// What misses something: a relation, a transaction, a prepared statement, a
	// cursor, a savepoint, a type, a function.
	missing = regexp.MustCompile(`ERROR:  (42P01|25P02|26000|34000|3B001|42704|42883)`)
)

func judge(statements []statement, ours, codes, expected []string, gone *lost) *judgement {
	j := &judgement{}
	refused := false
	for i := range statements {
		command := statements[i].command()
		if command == "" || strings.HasPrefix(command, `\`) && !strings.HasPrefix(command, `\d`) {
			continue
		}
		used := useOf(command)
		verdict, count := "different", &j.tally.different
		switch {
		case ours[i] == expected[i]:
			verdict, count = "same", &j.tally.same
		case strings.HasPrefix(strings.ToLower(command), "explain"):
			verdict, count = "plan", &j.tally.plan
		case refusal.MatchString(codes[i]):
			verdict, count, refused = "refused", &j.tally.refused, true
		case sameRows(command, ours[i], expected[i]):
			verdict, count = "order", &j.tally.order
		case refused && missing.MatchString(codes[i]) && !missing.MatchString(expected[i]), gone.depends(used):
			verdict, count = "follows", &j.tally.follows
		}
		gone.see(command, used, verdict != "refused" && verdict != "follows")
		*count++
		if verdict != "same" {
			fmt.Fprintf(&j.details, "==== %s\n%s\n---- PostgreSQL\n%s\n---- projsql\n%s\n", verdict, statements[i].text(), expected[i], ours[i])
		}
	}
	return j
}
