package projsql

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"os"
	"time"

	"github.com/jackc/pgproto3/v2"
	"github.com/xdg-go/scram"

	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/wire"
	"github.com/projsql/projsql/wire/sqlstate"
)

// SASL mechanisms, the second one bound to the TLS connection.
const (
	scramSHA256     = "SCRAM-SHA-256"
	scramSHA256Plus = "SCRAM-SHA-256-PLUS"
)

// byPassword lets in, while no roles are defined, every client of this machine under any name, and then who
// proves to know a role's password by SCRAM-SHA-256. Clients of other machines need TLS. Who runs the server needs no
// password over a Unix-domain socket, nor does the program that it is in.
type byPassword struct {
	roles    func() *role.Set
	insecure bool        // clients of other machines are as those of this one
	tls      *tls.Config // of clients; nil: there is none
	caughtUp func(context.Context) error
	mock     [sha256.Size]byte // makes the salts of roles that there are not
}

func (db *DB) byPassword() *byPassword {
	a := &byPassword{
		roles:    func() *role.Set { return db.registry.Current().Roles },
		insecure: db.options.Insecure, tls: db.options.TLS, caughtUp: db.caughtUp,
	}
	_, _ = rand.Read(a.mock[:]) // it never fails
	return a
}

// binding is the channel binding (tls-server-end-point) to the certificate that the client was shown, where all are
// shown the same; else it is none.
func (a *byPassword) binding() (none scram.ChannelBinding) {
	c := a.tls
	if c == nil || c.GetConfigForClient != nil {
		return none
	}
	shown := &tls.Certificate{}
	switch {
	case c.GetCertificate != nil:
		var err error
		if shown, err = c.GetCertificate(&tls.ClientHelloInfo{}); err != nil {
			return none
		}
	case len(c.Certificates) == 1:
		shown = &c.Certificates[0]
	}
	if len(shown.Certificate) == 0 {
		return none
	}
	leaf, err := x509.ParseCertificate(shown.Certificate[0])
	if err != nil {
		return none
	}
	b, err := scram.NewTLSServerEndpointBinding(&tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf}})
	if err != nil { // a signature without a hash: Ed25519
		return none
	}
	return b
}

// Authenticate implements wire.Authenticator. Errors: 28000 for who may not connect at all, 28P01 for a wrong
// password, 08P01 for what is no SCRAM, 57P03 while it is not known whether there are roles.
func (a *byPassword) Authenticate(ctx context.Context, e *wire.Exchange) error {
	if e.Addr == innerAddr {
		e.Trusted = true
		return nil
	}
	if e.User != hop.User { // nodes ask while they find each other
		if err := a.caughtUp(ctx); err != nil && !a.roles().Guarded() {
			return err
		}
	}
	set := a.roles()
	switch near := e.IsLocal() || a.insecure; {
	case !set.Guarded() && near:
		return nil
	case !set.Guarded():
		return wire.RefuseHost(e).WithHint("While there are no roles only clients of the node's machine may connect: CREATE ROLE there.")
	case e.User == hop.User:
		return sqlstate.New(sqlstate.InvalidAuthorizationSpecification, "user \"%s\" is for nodes that know the cluster's secret", hop.User)
	case !near && e.TLS == nil:
		refused := wire.RefuseHost(e)
		refused.Message += ", no encryption"
		return refused
	}
	r := set.Get(e.User)
	if e.Peer >= 0 && e.Peer == os.Geteuid() {
		if r == nil {
			return sqlstate.New(sqlstate.InvalidAuthorizationSpecification, "role \"%s\" does not exist", e.User)
		}
	} else if err := a.prove(e, r); err != nil {
		return err
	}
	if !r.Login {
		return sqlstate.New(sqlstate.InvalidAuthorizationSpecification, "role \"%s\" is not permitted to log in", e.User)
	}
	return nil
}

// prove has the client prove that it knows the role's password. One that has none, or is not there (nil), takes as
// many messages.
func (a *byPassword) prove(e *wire.Exchange, r *role.Role) error {
	credentials, known := a.credentials(e.User, r)
	server, err := scram.SHA256.NewServer(func(string) (scram.StoredCredentials, error) { return credentials, nil })
	if err != nil {
		return err
	}
	offered := []string{scramSHA256}
	binding := a.binding()
	bound := e.TLS != nil && binding.IsSupported()
	if bound {
		offered = []string{scramSHA256Plus, scramSHA256}
	}
	if err := e.Send(&pgproto3.AuthenticationSASL{AuthMechanisms: offered}); err != nil {
		return err
	}
	body, err := e.Receive()
	if err != nil {
		return err
	}
	mechanism, first, ok := initialResponse(body)
	if !ok || mechanism != scramSHA256 && !(bound && mechanism == scramSHA256Plus) {
		return sqlstate.New(sqlstate.ProtocolViolation, "client selected an invalid SASL authentication mechanism")
	}
	talk := server.NewConversation()
	if bound {
		talk = server.NewConversationWithChannelBinding(binding)
	}
	challenge, err := talk.Step(first)
	if err != nil {
		return sqlstate.New(sqlstate.ProtocolViolation, "malformed SCRAM message").WithDetail("%s", err)
	}
	if err := e.Send(&pgproto3.AuthenticationSASLContinue{Data: []byte(challenge)}); err != nil {
		return err
	}
	if body, err = e.Receive(); err != nil {
		return err
	}
	final, err := talk.Step(string(body))
	if err != nil || !talk.Valid() || !known {
		return sqlstate.New(sqlstate.InvalidPassword, "password authentication failed for user \"%s\"", e.User)
	}
	return e.Send(&pgproto3.AuthenticationSASLFinal{Data: []byte(final)})
}

// credentials are what a password is proved against; of a role without one, or whose has run out, they are such that
// nothing proves it.
func (a *byPassword) credentials(user string, r *role.Role) (c scram.StoredCredentials, known bool) {
	if r != nil {
		if c, ok := role.Credentials(r.Verifier); ok && !r.Expired(time.Now()) {
			return c, true
		}
	}
	mac := hmac.New(sha256.New, a.mock[:])
	mac.Write([]byte(user))
	salt := mac.Sum(nil)
	c.Salt, c.Iters = string(salt[:16]), 4096
	c.StoredKey, c.ServerKey = make([]byte, sha256.Size), make([]byte, sha256.Size)
	_, _ = rand.Read(c.StoredKey)
	_, _ = rand.Read(c.ServerKey)
	return c, false
}

// initialResponse takes SASLInitialResponse apart.
func initialResponse(body []byte) (mechanism, response string, ok bool) {
	for i, b := range body {
		if b != 0 {
			continue
		}
		rest := body[i+1:]
		if len(rest) < 4 || int64(binary.BigEndian.Uint32(rest)) != int64(len(rest)-4) {
			return "", "", false
		}
		return string(body[:i]), string(rest[4:]), true
	}
	return "", "", false
}
