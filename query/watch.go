package query

import (
	"strings"

	"github.com/projsql/projsql/query/parse"
)

// watch measures one statement for the server's hooks.
type watch struct {
	session *Session
	command string
}

// watch begins where the session read the clock last: at its message, or at the end of the
// statement before.
func (s *Session) watch(c *compiled) watch {
	if s.at.IsZero() {
		s.at = s.now()
	}
	return watch{session: s, command: c.word}
}

func (w *watch) done(err error) {
	s := w.session
	took := s.server.options.since(s.at)
	if s.at = s.at.Add(took); s.server.options.Hooks.Statement != nil {
		s.server.options.Hooks.Statement(w.command, took, err)
	}
}

// words are the commands that statements are counted by; all others are "other".
var words = [...]string{
	"SELECT", "INSERT", "COPY", "BEGIN", "COMMIT", "ROLLBACK", "SET", "SHOW", "EXPLAIN", "CREATE", "DROP",
	"FETCH", "DECLARE", "EXECUTE", "WITH", "VALUES",
}

// word is the first word of a statement if it is a known one.
func word(st *parse.Statement) string {
	text := st.Text[st.Start:]
	for _, w := range words {
		if len(text) >= len(w) && strings.EqualFold(text[:len(w)], w) {
			return w
		}
	}
	return "other"
}
