package role

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/xdg-go/scram"
)

// What PostgreSQL makes verifiers with.
const (
	verifierScheme     = "SCRAM-SHA-256"
	verifierIterations = 4096
	saltBytes          = 16
)

// NewVerifier returns what a password is proved against by SCRAM-SHA-256, as PostgreSQL stores it:
// SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey. It does not tell the password.
func NewVerifier(password string) (string, error) {
	salt := make([]byte, saltBytes)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	// A password that SASLprep refuses is taken as it is, as PostgreSQL does.
	c, err := scram.SHA256.NewClient("", password, "")
	if err != nil {
		if c, err = scram.SHA256.NewClientUnprepped("", password, ""); err != nil {
			return "", err
		}
	}
	made, err := c.GetStoredCredentialsWithError(scram.KeyFactors{Salt: string(salt), Iters: verifierIterations})
	if err != nil {
		return "", err
	}
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("%s$%d:%s$%s:%s", verifierScheme, verifierIterations, b64(salt), b64(made.StoredKey), b64(made.ServerKey)), nil
}

// Credentials reads a verifier; false: it is none.
func Credentials(verifier string) (c scram.StoredCredentials, ok bool) {
	fields := strings.FieldsFunc(verifier, func(r rune) bool { return r == '$' || r == ':' })
	if len(fields) != 5 || fields[0] != verifierScheme {
		return c, false
	}
	iterations, err := strconv.Atoi(fields[1])
	if err != nil || iterations < 1 {
		return c, false
	}
	var bytes [3][]byte
	for i := range bytes {
		if bytes[i], err = base64.StdEncoding.DecodeString(fields[2+i]); err != nil || len(bytes[i]) == 0 {
			return c, false
		}
	}
	const keyBytes = 32
	if len(bytes[1]) != keyBytes || len(bytes[2]) != keyBytes {
		return c, false
	}
	c.Salt, c.Iters, c.StoredKey, c.ServerKey = string(bytes[0]), iterations, bytes[1], bytes[2]
	return c, true
}
