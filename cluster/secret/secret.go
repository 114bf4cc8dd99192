// Package secret makes of a text that all nodes of a cluster share what they need to
// know each other by, and to keep what they say to themselves: a key of theirs for TLS,
// and one for the gossip. It knows nothing of who connects to whom.
//
// All nodes have the same private key, which follows from the secret (HKDF, RFC 5869;
// Ed25519, RFC 8032). Each shows a certificate of it that it has made and signed itself,
// and checks the key of the other's, nothing else: no authority, name or date takes part.
package secret

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// BytesMin is what a secret has at least.
const BytesMin = 16

// ServerName is what nodes call each other in TLS, so that a server that has another
// certificate for clients shows them this one.
const ServerName = "node.projsql.invalid"

// Secret is what follows from a shared text. It is safe for concurrent use.
type Secret struct {
	public      ed25519.PublicKey
	certificate tls.Certificate
	gossip      []byte
}

// ErrPeer says that who is at the other end does not have the secret.
var ErrPeer = errors.New("the other end does not know the cluster's secret")

// New makes a Secret of a text of at least BytesMin bytes.
func New(text []byte) (*Secret, error) {
	if len(text) < BytesMin {
		return nil, fmt.Errorf("a cluster's secret has at least %d bytes, not %d", BytesMin, len(text))
	}
	seed, err := hkdf.Key(sha256.New, text, nil, "projsql node key", ed25519.SeedSize)
	if err != nil {
		return nil, err
	}
	gossip, err := hkdf.Key(sha256.New, text, nil, "projsql gossip key", 32)
	if err != nil {
		return nil, err
	}
	private := ed25519.NewKeyFromSeed(seed)
	public := private.Public().(ed25519.PublicKey)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: ServerName}, DNSNames: []string{ServerName},
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(nil, template, template, public, private)
	if err != nil {
		return nil, err
	}
	return &Secret{
		public: public, gossip: gossip,
		certificate: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private},
	}, nil
}

// Gossip is a key of 32 bytes.
func (s *Secret) Gossip() []byte { return s.gossip }

// Client is for connections to other nodes.
func (s *Secret) Client() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{s.certificate}, ServerName: ServerName,
		InsecureSkipVerify: true, // its key is checked instead
		VerifyConnection:   s.verify,
	}
}

// Server is for connections from other nodes, and from nobody else.
func (s *Secret) Server() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{s.certificate}, ClientAuth: tls.RequireAnyClientCert,
		VerifyConnection: s.verify,
	}
}

// Beside is for a server of other nodes and of clients: others gets the clients. nil
// shows them what nodes are shown.
func (s *Secret) Beside(others *tls.Config) *tls.Config {
	nodes := s.Server()
	if others == nil {
		others = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{s.certificate}}
	}
	both := others.Clone()
	both.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if hello.ServerName != ServerName {
			return others, nil
		}
		c := nodes.Clone()
		c.NextProtos = hello.SupportedProtos
		return c, nil
	}
	return both
}

// IsNode reports whether who is at the other end of a connection knows the secret.
func (s *Secret) IsNode(c *tls.ConnectionState) bool { return c != nil && s.verify(*c) == nil }

func (s *Secret) verify(c tls.ConnectionState) error {
	if len(c.PeerCertificates) == 0 || !s.public.Equal(c.PeerCertificates[0].PublicKey) {
		return ErrPeer
	}
	return nil
}
