package regex_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/projsql/projsql/query/types/regex"
	"github.com/projsql/projsql/wire/sqlstate"
)

// To take the answers anew, from a database with LC_CTYPE C.UTF-8:
//
//	go test ./query/types/regex -run TestAnswers -pg 'host=/tmp/pg user=postgres dbname=corpus'
//
// With -random N so many random probes are compared and not kept.
var (
	server = flag.String("pg", "", "connection string of a PostgreSQL 15 that gives the answers")
	random = flag.Int("random", 0, "number of random probes to compare")
	seed   = flag.Uint64("seed", 1, "of the random probes")
)

// probe is an expression, its flags and a text.
type probe struct{ pattern, flags, text string }

func (p probe) String() string {
	return strconv.Quote(p.pattern) + " " + strconv.Quote(p.flags) + " " + strconv.Quote(p.text)
}

func parseProbe(t *testing.T, line string) probe {
	var p probe
	if n, err := fmt.Sscanf(line, "%q %q %q", &p.pattern, &p.flags, &p.text); n != 3 {
		t.Fatalf("%s: %v", line, err)
	}
	return p
}

// answer is what the package says: of all matches the groups' texts, or the match's
// where there are no groups.
func answer(p probe) string {
	o, _, err := regex.Options{}.WithFlags(p.flags)
	if err != nil {
		return "ERROR " + sqlstate.Of(err).Error()
	}
	r, err := regex.Compile(p.pattern, o)
	if err != nil {
		return "ERROR " + sqlstate.Of(err).Error()
	}
	var out []string
	whole := r.Groups() == 0
	for from := 0; from <= len(p.text); {
		m, err := r.Find(p.text, from, true, nil)
		if err != nil {
			return "ERROR " + err.Error()
		}
		if m == nil {
			break
		}
		var groups []string
		for i := 0; i < len(m); i += 2 {
			if i == 0 && !whole {
				continue
			}
			if m[i] < 0 {
				groups = append(groups, "NULL")
				continue
			}
			groups = append(groups, strconv.Quote(p.text[m[i]:m[i+1]]))
		}
		out = append(out, strings.Join(groups, ","))
		if from = m[1]; m[0] == m[1] {
			_, n := utf8.DecodeRuneInString(p.text[from:])
			from += max(n, 1)
		}
	}
	if found, _ := r.Match(p.text, nil); found != (len(out) > 0) {
		return fmt.Sprintf("Match says %v", found)
	}
	return strings.Join(out, " ")
}

// ask asks PostgreSQL.
func ask(c *pgconn.PgConn, p probe) string {
	r := c.ExecParams(context.Background(), "SELECT (SELECT string_agg(array_to_string(ARRAY(SELECT coalesce(to_json(g)::text, 'NULL') FROM unnest(m) WITH ORDINALITY AS u(g, n) ORDER BY n), ','), ' ') FROM regexp_matches($1, $2, $3) m)",
		[][]byte{[]byte(p.text), []byte(p.pattern), []byte(p.flags + "g")}, nil, nil, nil).Read()
	var pgErr *pgconn.PgError
	if errors.As(r.Err, &pgErr) {
		return "ERROR " + pgErr.Message
	}
	if len(r.Rows) != 1 {
		return fmt.Sprint("ERROR ", r.Err)
	}
	return string(r.Rows[0][0])
}

func connect(t *testing.T) *pgconn.PgConn {
	c, err := pgconn.Connect(context.Background(), *server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

// TestAnswers compares with what PostgreSQL 15 answered.
func TestAnswers(t *testing.T) {
	text, err := os.ReadFile("testdata/probes.txt")
	if err != nil {
		t.Fatal(err)
	}
	var asked strings.Builder
	var c *pgconn.PgConn
	if *server != "" {
		c = connect(t)
	}
	in := bufio.NewScanner(strings.NewReader(string(text)))
	for in.Scan() {
		line, want, _ := strings.Cut(in.Text(), "\t")
		p := parseProbe(t, line)
		if c != nil {
			want = ask(c, p)
			asked.WriteString(line + "\t" + want + "\n")
		}
		if got := answer(p); got != want {
			t.Errorf("%s\n got %s\nwant %s", p, got, want)
		}
	}
	if c != nil {
		if err := os.WriteFile("testdata/probes.txt", []byte(asked.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRandom compares random expressions with a running PostgreSQL.
func TestRandom(t *testing.T) {
	if *server == "" {
		for i := range 300 { // still, nothing panics
			answer(randomProbe(rand.New(rand.NewPCG(*seed, uint64(i)))))
		}
		return
	}
	c := connect(t)
	for i := range *random {
		p := randomProbe(rand.New(rand.NewPCG(*seed, uint64(i))))
		if got, want := answer(p), ask(c, p); got != want {
			t.Errorf("%s\n got %s\nwant %s", p, got, want)
		}
	}
}

func randomProbe(r *rand.Rand) probe {
	p := probe{pattern: randomPattern(r, 3)}
	for range r.IntN(10) {
		p.text += pick(r, "a", "a", "b", "b", "c", "A", " ", "_", "\n", "é")
	}
	if r.IntN(4) == 0 {
		p.flags = pick(r, "i", "n", "p", "w", "x", "e")
	}
	return p
}

func pick(r *rand.Rand, of ...string) string { return of[r.IntN(len(of))] }

func randomPattern(r *rand.Rand, depth int) string {
	var b strings.Builder
	for range 1 + r.IntN(4) {
		atom := pick(r, "a", "b", "c", ".", "[ab]", "[^a]", `\w`, "a", "b", `\1`)
		if depth > 0 {
			switch r.IntN(6) {
			case 0, 1:
				atom = "(" + randomPattern(r, depth-1) + ")"
			case 2:
				atom = "(?:" + randomPattern(r, depth-1) + ")"
			case 3:
				atom = pick(r, "^", "$", `\m`, `\M`, `\y`, `\Y`, `\A`, `\Z`, `\2`, `\1`, `\1`, "")
				if atom == "" {
					atom = "(?" + pick(r, "=", "!", "<=", "<!") + randomPattern(r, depth-1) + ")"
				}
			}
		}
		b.WriteString(atom)
		if strings.ContainsAny(atom[len(atom)-1:], "^$mMyYAZ") && atom != "A" || strings.HasPrefix(atom, "(?=") || strings.HasPrefix(atom, "(?!") || strings.HasPrefix(atom, "(?<") {
			continue
		}
		if r.IntN(5) < 3 {
			b.WriteString(pick(r, "", "*", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,2}?", "{0}"))
		}
	}
	if r.IntN(5) == 0 {
		b.WriteString("|" + randomPattern(r, max(depth-1, 0)))
	}
	return b.String()
}
