package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// newCertificate writes a certificate and its key.
func newCertificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "node.crt"), filepath.Join(dir, "node.key")
	writeFile(t, cert, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	writeFile(t, key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
	return cert, key
}

// TestRolesOfRealClients: libpq proves a password, also bound to the TLS connection; the commands take the user and
// the password from the environment.
func TestRolesOfRealClients(t *testing.T) {
	cert, key := newCertificate(t)
	n := startNodeWith(t, t.TempDir(), func(c *testConfig) { c.tlsCert, c.tlsKey = cert, key })
	conn := n.connect(t)
	for _, sql := range []string{
		"CREATE ROLE admin SUPERUSER LOGIN PASSWORD 'secret'",
		"CREATE USER app PASSWORD 'geheim ß'",
		"GRANT pg_read_all_data, pg_write_all_data TO app",
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	host, port, _ := net.SplitHostPort(n.pg.Addr().String())
	ask := func(settings, password string) string {
		cmd := exec.CommandContext(t.Context(), "psql", "-XAtw", "dbname=projsql host="+host+" port="+port+" "+settings, "-c",
			"SELECT current_user, ssl, current_setting('is_superuser') FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
		cmd.Env = append(os.Environ(), "PGPASSWORD="+password)
		out, err := cmd.CombinedOutput()
		if err != nil {
			_, told, _ := strings.Cut(string(out), "FATAL:  ")
			told, _, _ = strings.Cut(told, "\n")
			return told
		}
		return strings.TrimSpace(string(out))
	}
	for _, c := range []struct{ settings, password, want string }{
		{"user=admin sslmode=require channel_binding=require", "secret", "admin|t|on"},
		{"user=admin sslmode=require channel_binding=disable", "secret", "admin|t|on"},
		{"user=app sslmode=disable", "geheim ß", "app|f|off"},
		{"user=app sslmode=verify-full sslrootcert=" + cert, "geheim ß", "app|t|off"},
		{"user=app sslmode=require", "geheim", `password authentication failed for user "app"`},
		{"user=nobody sslmode=require", "secret", `password authentication failed for user "nobody"`},
	} {
		if got := ask(c.settings, c.password); got != c.want {
			t.Errorf("%s: %s, want %s", c.settings, got, c.want)
		}
	}
	file := filepath.Join(t.TempDir(), "events.jsonl")
	writeFile(t, file, lines)
	if out, err := n.projsql(t, "import", "jsonl", file); err == nil || !strings.Contains(err.Error(), `does not let "projsql" in`) || !strings.Contains(err.Error(), "PGPASSWORD") {
		t.Errorf("without a password: %v\n%s", err, out)
	}
	t.Setenv("PGUSER", "app")
	t.Setenv("PGPASSWORD", "geheim ß")
	n.mustPrint(t, "4 events read, 4 new; the log has 4 events now\n", "import", "jsonl", file)
	if _, err := n.projsql(t, "import", "jsonl", file, "--user", "admin"); err == nil {
		t.Error("--user is passed over")
	}
}

// TestRolesOfCommands: what the commands of this program take.
func TestRolesOfCommands(t *testing.T) {
	n := testNode(t)
	t.Setenv("PGPASSWORD", "secret")
	n.psql(t, `BEGIN; CREATE ROLE admin SUPERUSER LOGIN PASSWORD 'secret';
		CREATE ROLE plain LOGIN PASSWORD 'secret'; CREATE ROLE watcher LOGIN PASSWORD 'secret'; CREATE ROLE reader LOGIN PASSWORD 'secret';
		CREATE ROLE loader LOGIN PASSWORD 'secret'; GRANT pg_monitor TO watcher; GRANT pg_read_all_data TO reader, loader; GRANT pg_write_all_data TO loader; COMMIT;`)
	file := filepath.Join(t.TempDir(), "events.jsonl")
	writeFile(t, file, lines)
	for command, may := range map[string]string{
		"cluster status":       "admin watcher reader loader",
		"import jsonl " + file: "admin loader",
	} {
		for _, role := range []string{"admin", "plain", "watcher", "reader", "loader"} {
			_, err := n.projsql(t, append(strings.Fields(command), "--user", role)...)
			var told *pgconn.PgError
			denied := errors.As(err, &told) && told.Code == "42501"
			if want := !slices.Contains(strings.Fields(may), role); denied != want || !denied && err != nil && told == nil {
				t.Errorf("%s by %s: %v", command, role, err)
			}
		}
	}
}
