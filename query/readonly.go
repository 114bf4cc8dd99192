package query

import (
	"context"
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// defining is a command that makes, changes or drops objects, temporary ones too: a
// read-only transaction has none of these.
type defining interface{ defines() string }

func (*createTableAs) defines() string { return "CREATE TABLE AS" }
func (*createView) defines() string    { return "CREATE VIEW" }
func (k *createFunction) defines() string {
	return "CREATE " + strings.ToUpper(kindOf(&k.function))
}
func (k *dropFunction) defines() string  { return "DROP " + objectWord(k.kind) }
func (*commentCommand) defines() string  { return "COMMENT" }
func (*truncateCommand) defines() string { return "TRUNCATE TABLE" }
func (k *dropCommand) defines() string   { return "DROP " + strings.ToUpper(k.kind.word) }

// lasts reports whether what a command makes may be for all sessions.
func (s *Session) lasts(c command) bool {
	switch k := c.(type) {
	case *createView:
		return k.lasting != nil
	case *createFunction: // it asks itself
		return true
	}
	return false
}

// run runs a command if the transaction allows it.
func (s *Session) run(ctx context.Context, c command, x *call) (result, error) {
	if d, ok := c.(defining); ok {
		if err := s.writable(d.defines()); err != nil {
			return result{}, err
		}
		if strings.HasPrefix(d.defines(), "CREATE ") && !s.lasts(c) {
			if err := s.mayMakeTemporary(); err != nil {
				return result{}, err
			}
		}
	}
	if g, ok := c.(governed); ok {
		if err := g.governs(s); err != nil {
			return result{}, err
		}
	}
	return c.run(ctx, s, x)
}

// alone refuses a command of the session's own that must not stand among others.
func (s *Session) alone(command string) error {
	if s.tx.state == block || !s.tx.alone {
		return sqlstate.New(sqlstate.ActiveSQLTransaction, "%s cannot run inside a transaction block", command)
	}
	return nil
}
