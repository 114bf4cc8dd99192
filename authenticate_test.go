package projsql

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/wire"
	"github.com/projsql/projsql/wire/sqlstate"
)

// TestWhoMayConnectFromWhere: clients of other machines only where there are roles, and then with TLS; nobody as a node.
func TestWhoMayConnectFromWhere(t *testing.T) {
	near, far := &net.TCPAddr{IP: net.ParseIP("127.0.0.1")}, &net.TCPAddr{IP: net.ParseIP("10.0.0.7")}
	roles := (&role.Set{}).With(&role.Role{Name: "root", Superuser: true, Login: true, Verifier: "v"})
	for _, c := range []struct {
		name     string
		set      *role.Set
		insecure bool
		user     string
		addr     net.Addr
		want     string // "" = let in
	}{
		{"near, no roles", nil, false, "ann", near, ""},
		{"far, no roles", nil, false, "ann", far, `no rule lets user "ann" connect to database "" from host "10.0.0.7:0"`},
		{"far, no roles, insecure", nil, true, "ann", far, ""},
		{"far, without TLS", roles, false, "root", far, `no rule lets user "root" connect to database "" from host "10.0.0.7:0", no encryption`},
		{"a node", roles, false, hop.User, near, `user "projsql_node" is for nodes that know the cluster's secret`},
		{"a node, insecure", roles, true, hop.User, far, `user "projsql_node" is for nodes that know the cluster's secret`},
		{"the program", roles, false, "anybody", innerAddr, ""},
	} {
		known := func(context.Context) error { return nil }
		a := &byPassword{roles: func() *role.Set { return c.set }, insecure: c.insecure, caughtUp: known}
		err := a.Authenticate(context.Background(), &wire.Exchange{Startup: wire.Startup{User: c.user}, Addr: c.addr, Peer: -1})
		var refused *sqlstate.Error
		if errors.As(err, &refused) && refused.Code != sqlstate.InvalidAuthorizationSpecification || (err == nil) != (c.want == "") || err != nil && refused.Message != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestSalts: a role that is not there has the same salt each time, as one that is.
func TestSalts(t *testing.T) {
	a := &byPassword{}
	one, known := a.credentials("nobody", nil)
	again, _ := a.credentials("nobody", nil)
	other, _ := a.credentials("somebody", nil)
	if known || one.Salt != again.Salt || one.Salt == other.Salt || string(one.StoredKey) == string(again.StoredKey) {
		t.Error("salts tell who there is")
	}
}

func FuzzInitialResponse(f *testing.F) {
	f.Add([]byte("SCRAM-SHA-256\x00\x00\x00\x00\x02n,"))
	f.Add([]byte("\x00\xff\xff\xff\xff"))
	f.Fuzz(func(_ *testing.T, body []byte) { initialResponse(body) })
}
