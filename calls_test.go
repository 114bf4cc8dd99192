package projsql_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/projsql/projsql/cluster/hop"
)

// TestNodesAloneAreCalled: what nodes ask each other by FunctionCall, no other client may ask.
func TestNodesAloneAreCalled(t *testing.T) {
	n := openNodes(t)
	for _, c := range []struct {
		user     string
		function uint32
		answered bool
	}{
		{"ann", hop.CallOID, false},
		{hop.User, hop.CallOID, true},
		{hop.User, 1598, false}, // random()
	} {
		conn, err := n.dial(t, "n1", "user="+c.user).PgConn().Hijack()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Conn.Close()
		conn.Frontend.Send(&pgproto3.FunctionCall{
			Function: c.function, ArgFormatCodes: []uint16{1}, Arguments: [][]byte{[]byte("?")}, ResultFormatCode: 1,
		})
		if err := conn.Frontend.Flush(); err != nil {
			t.Fatal(err)
		}
		m, err := conn.Frontend.Receive()
		if err != nil {
			t.Fatal(err)
		}
		switch m := m.(type) {
		case *pgproto3.FunctionCallResponse:
			if !c.answered || len(m.Result) == 0 {
				t.Errorf("%s calls %d: %q", c.user, c.function, m.Result)
			}
		case *pgproto3.ErrorResponse:
			if c.answered || m.Code != "0A000" {
				t.Errorf("%s calls %d: %s, %s", c.user, c.function, m.Code, m.Message)
			}
		default:
			t.Errorf("%s calls %d: %T", c.user, c.function, m)
		}
	}
}
