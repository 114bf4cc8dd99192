package query_test

import (
	"context"
	"strings"
	"testing"

	"github.com/projsql/projsql/wire/sqlstate"
)

// Whether an append is in the log may be known to nobody when its wait ends. The client
// hears that, not that the statement was canceled: what is canceled has done nothing.
func TestUnknownFateIsNoCancellation(t *testing.T) {
	for _, c := range []struct {
		name    string
		cancels bool
		cause   error
		sql     string
	}{
		{"the leader did not answer in time", false, context.DeadlineExceeded, "INSERT INTO events (entity, kind) VALUES ('e', 'K')"},
		{"the leader did not answer a statement with WITH in time", false, context.DeadlineExceeded, "WITH x AS (INSERT INTO events (entity, kind) VALUES ('e', 'K') RETURNING *) SELECT * FROM x"},
		{"the client canceled a statement with WITH", true, context.Canceled, "WITH x AS (SELECT 'e' AS e) INSERT INTO events (entity, kind) SELECT e, 'K' FROM x"},
		{"the client canceled", true, context.Canceled, "INSERT INTO events (entity, kind) VALUES ('e', 'K')"},
		{"the client canceled a block", true, context.Canceled, "BEGIN; INSERT INTO events (entity, kind) VALUES ('e', 'K'); COMMIT"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := startNode(t)
			s := n.session(t, nil)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			n.loseAnswer(func() error {
				if c.cancels {
					cancel()
				}
				e := sqlstate.New(sqlstate.StatementCompletionUnknown, "the append may or may not have been committed")
				e.Cause = c.cause
				return e
			})
			out := &recorder{}
			out.tell(s.Simple(ctx, c.sql, out))
			if got := out.String(); !strings.Contains(got, "ERROR 40003: the append may or may not have been committed") {
				t.Errorf("the client hears %s", got)
			}
			out = &recorder{}
			out.tell(s.Simple(t.Context(), "SELECT count(*) FROM events", out))
			if got := out.String(); !strings.Contains(got, "\n1\n") {
				t.Errorf("the log has %s", got)
			}
		})
	}
}

// An append that had no answer and is proposed again finds what may be its own event. With ON CONFLICT DO NOTHING
// that somebody else was faster would be said of it, and the client would leave undone what follows from it.
func TestWhatARetryFinds(t *testing.T) {
	const unknown = "ERROR 40003: the append may or may not have been committed"
	const named = "INSERT INTO events (entity, kind, event_id) VALUES ('e', 'K', '01890000-0000-7000-8000-000000000001')"
	for _, c := range []struct{ name, sql, want string }{
		{"an id of the client's", named + " ON CONFLICT DO NOTHING", unknown},
		{"one that is told of", named + " ON CONFLICT DO NOTHING RETURNING version + 0", unknown},
		{"in WITH", "WITH x AS (" + named + " ON CONFLICT DO NOTHING RETURNING *) SELECT version FROM x", unknown},
		{"in a block", "BEGIN; " + named + " ON CONFLICT DO NOTHING; COMMIT", unknown},
		{"a version that is told in a block", "BEGIN; " + named + " RETURNING version; COMMIT", unknown},
		{"in a block that is told nothing", "BEGIN; " + named + "; COMMIT", "COMMIT"},
		{"the first receipt", named + " RETURNING version", "\n1\nINSERT 0 1"},
		{"what is computed from it", named + " RETURNING version + 0", "\n1\nINSERT 0 1"},
		{"an id that nobody else has", "INSERT INTO events (entity, kind) VALUES ('e', 'K') ON CONFLICT DO NOTHING", "INSERT 0 1"},
		{"and that is told of", "INSERT INTO events (entity, kind) VALUES ('e', 'K') ON CONFLICT DO NOTHING RETURNING version + 0", "\n1\nINSERT 0 1"},
		{"COPY", "COPY events (entity, kind) FROM STDIN", "COPY 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := startNode(t)
			s := n.session(t, nil)
			n.proposeTwice()
			out := &recorder{input: "e\tK\n"}
			out.tell(s.Simple(t.Context(), c.sql, out))
			if got := out.String(); !strings.Contains(got, c.want) {
				t.Errorf("the client hears %s", got)
			}
			out = &recorder{}
			out.tell(s.Simple(t.Context(), "ROLLBACK; SELECT count(*) FROM events", out))
			if got := out.String(); !strings.Contains(got, "\n1\n") {
				t.Errorf("the log has %s", got)
			}
		})
	}
}
