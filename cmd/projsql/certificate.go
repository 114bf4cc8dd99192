package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
)

// openTLS offers clients the certificate of --tls-cert, if there is one.
func (n *node) openTLS(context.Context) error {
	if n.config.tlsCert == "" {
		return nil
	}
	n.config.db.TLS = &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return n.certificate.Load(), nil },
	}
	return n.loadCertificate()
}

func (n *node) loadCertificate() error {
	certificate, err := tls.LoadX509KeyPair(n.config.tlsCert, n.config.tlsKey)
	if err != nil {
		return fmt.Errorf("--tls-cert: %w", err)
	}
	n.certificate.Store(&certificate)
	return nil
}

// reload reads the certificate again at each SIGHUP: it is renewed while the node runs.
func (n *node) reload(ctx context.Context, hangups <-chan os.Signal) {
	log := n.config.db.Logger
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
		}
		if n.config.tlsCert == "" {
			log.Info("SIGHUP: nothing is read again; flags and the configuration file are read when the node starts")
		} else if err := n.loadCertificate(); err != nil {
			log.Error("SIGHUP: the certificate stays as it was", "error", err)
		} else {
			log.Info("SIGHUP: new connections are shown the certificate of --tls-cert as it is now")
		}
	}
}
