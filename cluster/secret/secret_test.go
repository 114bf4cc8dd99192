package secret_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/projsql/projsql/cluster/secret"
)

func of(t *testing.T, text string) *secret.Secret {
	t.Helper()
	s, err := secret.New([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// talk connects two ends and returns the server's view of it, and what became of both.
func talk(t *testing.T, server, client *tls.Config) (state tls.ConnectionState, errs [2]error) {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	served := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err == nil {
			defer c.Close()
			err = exchange(c)
			state = c.(*tls.Conn).ConnectionState()
		}
		served <- err
	}()
	c, err := tls.Dial("tcp", l.Addr().String(), client)
	if err == nil {
		err = exchange(c)
		c.Close()
	}
	return state, [2]error{<-served, err}
}

func exchange(c net.Conn) error {
	if err := c.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		return err
	}
	if _, err := c.Write([]byte{1}); err != nil {
		return err
	}
	_, err := io.ReadFull(c, make([]byte, 1))
	return err
}

// stranger has a certificate like a node's, but of another key.
func stranger(t *testing.T) tls.Certificate {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(nil, &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{secret.ServerName}}, &x509.Certificate{}, public, private)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}
}

func TestWhoKnowsTheSecretIsLetIn(t *testing.T) {
	ours, same, other := of(t, "a secret of the cluster"), of(t, "a secret of the cluster"), of(t, "a secret of another cluster")
	plain := &tls.Config{InsecureSkipVerify: true}
	posing := ours.Client()
	posing.Certificates = []tls.Certificate{stranger(t)}
	for name, c := range map[string]struct {
		server, client *tls.Config
		open, node     bool
	}{
		"nodes":                      {ours.Server(), same.Client(), true, true},
		"of another cluster":         {ours.Server(), other.Client(), false, false},
		"who knows none":             {ours.Server(), plain, false, false},
		"who has a key of its own":   {ours.Server(), posing, false, false},
		"a server of none":           {&tls.Config{Certificates: []tls.Certificate{stranger(t)}}, ours.Client(), false, false},
		"a node beside clients":      {ours.Beside(nil), same.Client(), true, true},
		"a client":                   {ours.Beside(nil), plain, true, false},
		"a stranger beside clients":  {ours.Beside(nil), posing, false, false},
		"a node, with a certificate": {ours.Beside(&tls.Config{Certificates: []tls.Certificate{stranger(t)}}), same.Client(), true, true},
	} {
		state, errs := talk(t, c.server, c.client)
		if open := errs[0] == nil && errs[1] == nil; open != c.open || open && ours.IsNode(&state) != c.node {
			t.Errorf("%s: %v, is a node: %v", name, errs, ours.IsNode(&state))
		}
	}
	if ours.IsNode(nil) {
		t.Error("who comes without TLS is a node")
	}
	if !bytes.Equal(ours.Gossip(), same.Gossip()) || bytes.Equal(ours.Gossip(), other.Gossip()) || len(ours.Gossip()) != 32 {
		t.Error("the gossip's key does not follow from the secret alone")
	}
	if _, err := secret.New([]byte("short")); err == nil {
		t.Error("a secret of 5 bytes is taken")
	}
}
