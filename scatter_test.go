package projsql_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// measured is what differs from run to run.
var measured = regexp.MustCompile(`(time=|Age: )[0-9.]+ ms`)

// pushed tells, for each line of conditions on account, which of them the nodes judge.
func (n *nodes) pushed(t *testing.T, conditions string) string {
	var out strings.Builder
	for c := range strings.Lines(conditions) {
		plan := n.run(t.Context(), "n2", "EXPLAIN SELECT entity FROM account WHERE "+c)
		_, fragment, ok := strings.Cut(plan, `Fragment: SELECT entity`)
		fragment, _, _ = strings.Cut(fragment, " ORDER BY entity\n")
		if !ok {
			fragment = "nothing: " + plan
		}
		fmt.Fprintln(&out, strings.Replace(fragment, ` FROM "public"."account"`, "", 1))
	}
	return out.String()
}

// fragments tells, for each line with a statement, what the nodes are sent.
func (n *nodes) fragments(t *testing.T, statements string) string {
	var out strings.Builder
	for sql := range strings.Lines(statements) {
		for line := range strings.Lines(n.run(t.Context(), "n2", "EXPLAIN "+sql)) {
			if _, fragment, ok := strings.Cut(line, "Fragment: "); ok {
				out.WriteString(fragment)
			}
		}
		out.WriteString("--\n")
	}
	return out.String()
}

// TestScansAreShared runs testdata/scatter against three nodes.
func TestScansAreShared(t *testing.T) {
	t.Parallel()
	n := openNodes(t)
	datadriven.RunTest(t, "testdata/scatter", func(t *testing.T, d *datadriven.TestData) string {
		switch d.Cmd {
		case "close":
			if err := n.close(d.CmdArgs[0].Key); err != nil {
				return err.Error() + "\n"
			}
			return "ok\n"
		case "pushed":
			return n.pushed(t, d.Input)
		case "fragments":
			return n.fragments(t, d.Input)
		case "n1", "n2", "n3":
		default:
			t.Fatalf("unknown command %s", d.Cmd)
		}
		run := func() string { return measured.ReplaceAllString(n.run(t.Context(), d.Cmd, d.Input), "${1}T") }
		got := run()
		if !d.Rewrite && d.HasArg("wait") {
			await(t, d.Pos, func() bool { got = run(); return got == d.Expected })
		}
		return got
	})
}

// busy is how many fragments a node runs.
func (n *nodes) busy(t *testing.T, name string) (running int) {
	if err := n.conns[name].QueryRow(t.Context(), "SELECT running FROM projsql.fragments").Scan(&running); err != nil {
		t.Error(err)
	}
	return running
}

// TestOwnersGoInTheMiddle: an owner that ends while its rows come is replaced where they broke
// off; what nobody wants any more, and what is cancelled, ends at the owners too.
func TestOwnersGoInTheMiddle(t *testing.T) {
	t.Parallel()
	n := openNodes(t)
	n.do(t, "n1", "CREATE PROJECTION long (x text) WHEN ANY THEN UPDATE SET x = data->>'x'")
	for first := 1; first < 2000; first += 100 { // in entries that a follower on a busy disk writes before an election is due
		n.do(t, "n1", fmt.Sprintf("INSERT INTO events (entity, kind, data) SELECT 'e' || x, 'X', jsonb_build_object('x', repeat(md5(x::text), 600)) FROM generate_series(%d, %d) x", first, first+99))
	}
	n.do(t, "n2", "SET projsql.distribute = off")
	want := n.run(t.Context(), "n2", "SELECT entity, md5(x) FROM long WHERE x > ''")
	n.do(t, "n2", "SET projsql.distribute = on")
	await(t, "three nodes share scans", func() bool {
		return strings.Count(n.run(t.Context(), "n2", "EXPLAIN SELECT entity FROM long"), "Fragment of long") == 3
	})
	begin := "BEGIN;\nDECLARE c CURSOR FOR SELECT entity, md5(x) FROM long WHERE x > '';\n"
	got := n.run(t.Context(), "n2", begin+"FETCH 10 FROM c;\n")
	if owned := n.run(t.Context(), "n2", "SELECT sent - redone FROM projsql.fragments"); owned != "2\n" {
		t.Errorf("fragments that run: %s", owned)
	}
	if err := n.close("n3"); err != nil {
		t.Fatal(err)
	}
	got += n.run(t.Context(), "n2", "FETCH ALL FROM c;\n")
	if got != want {
		t.Errorf("%d bytes of rows, want %d", len(got), len(want))
	}
	if redone := n.run(t.Context(), "n2", "SELECT redone FROM projsql.fragments"); redone != "1\n" {
		t.Errorf("fragments that were redone: %s", redone)
	}
	n.run(t.Context(), "n2", "COMMIT")

	n.run(t.Context(), "n2", begin+"FETCH 10 FROM c;\nROLLBACK")
	await(t, "the fragment of a closed cursor ends", func() bool { return n.busy(t, "n1") == 0 })
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		await(t, "a fragment runs", func() bool { return n.busy(t, "n1") > 0 })
	}()
	_, err := n.conns["n2"].Exec(ctx, "SELECT sum(length(x)) FROM long, generate_series(1, 100000) WHERE x > ''")
	if err == nil {
		t.Error("a cancelled statement has an answer")
	}
	await(t, "the fragment of a cancelled statement ends", func() bool { return n.busy(t, "n1") == 0 })
}
