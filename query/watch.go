package query

import (
	"strings"
	"time"
)

// watch measures one statement for the server's hooks.
type watch struct {
	hook    func(string, time.Duration, error)
	server  *Server
	command string
	start   time.Duration
}

func (s *Session) watch(c *compiled) watch {
	hook := s.server.options.Hooks.Statement
	if hook == nil {
		return watch{}
	}
	return watch{hook: hook, server: s.server, command: c.word(), start: s.server.uptime()}
}

func (w *watch) done(err error) {
	if w.hook != nil {
		w.hook(w.command, w.server.uptime()-w.start, err)
	}
}

// words are the commands that statements are counted by; all others are "other".
var words = [...]string{
	"SELECT", "INSERT", "COPY", "BEGIN", "COMMIT", "ROLLBACK", "SET", "SHOW", "EXPLAIN", "CREATE", "DROP",
	"FETCH", "DECLARE", "EXECUTE", "WITH", "VALUES",
}

// word is the statement's first word if it is a known one.
func (c *compiled) word() string {
	text := c.sql[c.statement.Start:]
	for _, w := range words {
		if len(text) >= len(w) && strings.EqualFold(text[:len(w)], w) {
			return w
		}
	}
	return "other"
}
