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
