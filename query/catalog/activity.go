package catalog

import (
	"context"
	"net/netip"
	"time"

	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/types"
)

// Backend is a client's session as pg_stat_activity shows it.
type Backend struct {
	PID         uint32
	User        string
	Application string
	Client      netip.AddrPort // not valid: none that has an address
	Encryption  Encryption
	State       string
	Query       string
	Began       time.Time
	Transaction time.Time // when it began; zero: there is none
	Started     time.Time // the query; zero: there was none
	Changed     time.Time // the state
	// Cancel ends the statement that runs, End the connection; nil: nobody can.
	Cancel, End func()
}

// Encryption is what a connection is encrypted with; the zero Encryption is none.
type Encryption struct {
	Version string // TLSv1.3
	Cipher  string // as OpenSSL names it
	Bits    int    // of its key
}

const activeState = "active"

// activityRows are those of pg_stat_activity. The view's own query would find the names of
// no users but the session's.
func activityRows(_ context.Context, s Session) (rows [][]types.Datum, _ error) {
	for _, b := range backends(s) {
		wait := b.waiting()
		client := b.client()
		rows = append(rows, []types.Datum{
			oid(databaseOID), types.String(s.Database()), types.Int(int64(b.PID)), types.Null, oid(roleOID(b.User)), types.String(b.User),
			types.String(b.Application), client[0], types.Null, client[1], instant(b.Began), since(b.Transaction), since(b.Started), since(b.Changed),
			wait[0], wait[1], types.String(b.State), types.Null, types.Null, types.Null, types.String(b.Query), types.String(clientBackend),
		})
	}
	return rows, nil
}

// backends are the sessions as the session may see them: what others do only who may read all statistics.
func backends(s Session) []Backend {
	all := s.Backends()
	if s.Superuser() || s.Roles().Has(s.User(), role.ReadStat) {
		return all
	}
	for i, b := range all {
		if !s.Roles().Has(s.User(), b.User) {
			all[i] = Backend{PID: b.PID, User: b.User, Application: b.Application, Began: b.Began, Query: "<insufficient privilege>"}
		}
	}
	return all
}

const clientBackend = "client backend"

// backendRows answers pg_stat_get_activity(pid), of all backends with NULL or -1.
func backendRows(s Session, args []types.Datum) (rows [][]types.Datum, _ error) {
	for _, b := range backends(s) {
		if pid := args[0]; !pid.IsNull() && pid.Int() != -1 && pid.Int() != int64(b.PID) {
			continue
		}
		wait, client := b.waiting(), b.client()
		row := []types.Datum{
			oid(databaseOID), types.Int(int64(b.PID)), oid(roleOID(b.User)), types.String(b.Application), types.String(b.State), types.String(b.Query),
			wait[0], wait[1], since(b.Transaction), since(b.Started), instant(b.Began), since(b.Changed), client[0], types.Null, client[1],
			types.Null, types.Null, types.String(clientBackend),
		}
		row = append(row, b.Encryption.columns()...)
		rows = append(rows, append(row,
			types.Null, types.Null, types.Null, // certificates
			types.Bool(false), types.Null, types.Bool(false), // GSSAPI
			types.Null, types.Null))
	}
	return rows, nil
}

// waiting is what a backend waits for, its type and name: for its client, while it rests.
func (b *Backend) waiting() [2]types.Datum {
	if b.State == activeState {
		return [2]types.Datum{}
	}
	return [2]types.Datum{types.String("Client"), types.String("ClientRead")}
}

// client is the address and the port; -1 is that of a client over a Unix-domain socket.
func (b *Backend) client() [2]types.Datum {
	if !b.Client.IsValid() {
		return [2]types.Datum{types.Null, types.Int(-1)}
	}
	return [2]types.Datum{types.Inet(b.Client.Addr()), types.Int(int64(b.Client.Port()))}
}

func (e Encryption) columns() []types.Datum {
	if e.Version == "" {
		return []types.Datum{types.Bool(false), types.Null, types.Null, types.Null}
	}
	return []types.Datum{types.Bool(true), types.String(e.Version), types.String(e.Cipher), types.Int(int64(e.Bits))}
}

func since(t time.Time) types.Datum {
	if t.IsZero() {
		return types.Null
	}
	return instant(t)
}
