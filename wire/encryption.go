package wire

import (
	"crypto/tls"
	"net"
	"strings"

	"github.com/projsql/projsql/query"
)

// encryption is what a connection is encrypted with.
func encryption(nc net.Conn) query.Encryption {
	t, ok := nc.(*tls.Conn)
	if !ok {
		return query.Encryption{}
	}
	state := t.ConnectionState()
	cipher := tls.CipherSuiteName(state.CipherSuite)
	return query.Encryption{
		Version: strings.Replace(tls.VersionName(state.Version), "TLS ", "TLSv", 1), Cipher: openSSLName(cipher), Bits: keyBits(cipher),
	}
}

func keyBits(cipher string) int {
	if strings.Contains(cipher, "AES_128") {
		return 128
	}
	return 256
}

// openSSLName is OpenSSL's name of a cipher suite: the standard's in TLS 1.3, its own before.
func openSSLName(cipher string) string {
	if !strings.Contains(cipher, "_WITH_") {
		return cipher
	}
	return strings.NewReplacer("TLS_RSA_WITH_", "", "TLS_", "", "_WITH_", "-", "AES_", "AES", "_CBC_", "-", "POLY1305_SHA256", "POLY1305", "_", "-").Replace(cipher)
}
