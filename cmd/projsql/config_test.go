package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/projsql/projsql/wire/sqlstate"
)

// TestConfigurationFile: what it says comes to the flags, and what it cannot say is refused by its line.
func TestConfigurationFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "projsql.toml")
	for _, c := range []struct{ text, flag, want string }{
		{"# one\nmax-connections = 7", "max-connections", "7"},
		{`join = ["a:1", "b:2"]`, "join", "[a:1,b:2]"},
		{`insecure = true`, "insecure", "true"},
		{`pg-addr = "file"`, "pg-addr", "line"},
		{"# one\nmax-conections = 7", "", file + ", line 2: there is no flag --max-conections; is it max-connections?"},
		{"insecure = true\npg_addr = 'x'", "", file + ", line 2: there is no flag --pg_addr; is it pg-addr?"},
		{"\n[serve]\npg-addr = 'x'", "", file + ", line 2: there is no flag --serve"},
		{`max-connections = "many"`, "", file + `, line 1: max-connections "many": it is a whole number, such as 10000 (`},
		{`max-connections = `, "", file + ": toml: line 1"},
	} {
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		flags := serveCommand().Flags()
		flags.String("config", file, "")
		if err := flags.Parse([]string{"--pg-addr", "line"}); err != nil {
			t.Fatal(err)
		}
		switch err := configure(flags, func(string) (string, bool) { return "", false }); {
		case c.flag == "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%q: %v, want %s", c.text, err, c.want)
		case c.flag != "" && (err != nil || flags.Lookup(c.flag).Value.String() != c.want):
			t.Errorf("%q: %s is %s, want %s; %v", c.text, c.flag, flags.Lookup(c.flag).Value, c.want, err)
		}
	}
}

// TestFlagsInWords: what a command line has wrong is told in words, with what would be right.
func TestFlagsInWords(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"serve --max-connections many":                   `--max-connections "many": it is a whole number, such as 10000 (client connections at once)`,
		"serve --voters 99999999999999999999":            `--voters "99999999999999999999": it is a whole number that is not as large, such as 5 (`,
		"serve --drain-timeout 5":                        `--drain-timeout "5": it is a time with its unit, such as 500ms, 10s or 2m (`,
		"serve --warm-share half":                        `--warm-share "half": it is a number, such as 0.25 (`,
		"serve --insecure=perhaps":                       `--insecure "perhaps": it is true or false (`,
		`serve --join "a`:                                `--join "\"a": it is a list with commas between its values (`,
		"serve --max-connections":                        "--max-connections needs a value: client connections at once\n",
		"serve --max-connection 7":                       "there is no flag --max-connection; is it --max-connections?\nprojsql serve --help lists the flags",
		"import jsonl x --pgaddr 7":                      "there is no flag --pgaddr; is it --pg-addr?\nprojsql import jsonl --help lists the flags",
		"serve --nosuch 7":                               "there is no flag --nosuch\n",
		"serve -x":                                       "unknown shorthand flag: 'x' in -x\n",
		"serve --data= --raft-addr= --pg-addr 0.0.0.0:1": `--data "": it is a directory`,
	} {
		cmd := rootCommand()
		cmd.SetArgs(strings.Fields(line))
		if err := cmd.ExecuteContext(t.Context()); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v\nwant %s", line, err, want)
		}
	}
}

// TestEnvironment: a variable that no flag of any command has is named, one with a wrong value refused.
func TestEnvironment(t *testing.T) {
	for _, v := range []string{
		"PROJSQL_PG_ADR=x", "PROJSQL_FOO=x", "PROJSQL_PORT=5433", "PROJSQL_USER=of import", "PROJSQL_VERSION=1",
		"PROJSQL_RO_PORT=tcp://10.0.0.1:5433", "PROJSQL_PORT_5433_TCP_ADDR=10.0.0.1", "PROJSQL_SERVICE_PORT_PG=5433",
	} {
		name, value, _ := strings.Cut(v, "=")
		t.Setenv(name, value)
	}
	told := func(args ...string) (string, error) {
		var log strings.Builder
		cmd := rootCommand()
		cmd.SetArgs(args)
		cmd.SetOut(io.Discard)
		cmd.SetErr(&log)
		err := cmd.ExecuteContext(t.Context())
		return log.String(), err
	}
	want := "projsql: warning: PROJSQL_FOO in the environment is no flag, and is ignored\n" +
		"projsql: warning: PROJSQL_PG_ADR in the environment is no flag, and is ignored; is it PROJSQL_PG_ADDR?\n" +
		"projsql: warning: PROJSQL_PORT in the environment is no flag, and is ignored\n"
	if got, err := told("version"); err != nil || got != want {
		t.Errorf("%v\n%swant\n%s", err, got, want)
	}
	got, _ := told("serve", "--data=", "--log-format", "json")
	if strings.Count(got, "\n") != 3 || !strings.Contains(got, `"level":"WARN","msg":"an environment variable is ignored: no flag has its name","name":"PROJSQL_PG_ADR","did_you_mean":"PROJSQL_PG_ADDR"}`) {
		t.Errorf("the log is\n%s", got)
	}
	if got, _ := told("serve", "--data=", "--log-level", "error"); got != "" {
		t.Errorf("at level error the log is\n%s", got)
	}
	t.Setenv("PROJSQL_SLOT_MEMORY", "1GB")
	if _, err := told("serve"); err == nil || !strings.HasPrefix(err.Error(), `environment variable PROJSQL_SLOT_MEMORY "1GB": it is a whole number, such as 256 (`) {
		t.Errorf("error %v", err)
	}
}

func TestVersionIsAFlagToo(t *testing.T) {
	t.Parallel()
	var told [2]strings.Builder
	for i, arg := range []string{"version", "--version"} {
		cmd := rootCommand()
		cmd.SetArgs([]string{arg})
		cmd.SetOut(&told[i])
		if err := cmd.Execute(); err != nil {
			t.Fatal(err)
		}
	}
	if told[0].String() != told[1].String() || !strings.HasPrefix(told[1].String(), "projsql ") {
		t.Errorf("version says %q, --version %q", told[0].String(), told[1].String())
	}
}

func TestHints(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"Make room":   fmt.Errorf("the node stops: %w", sqlstate.New(sqlstate.DiskFull, "no space left")),
		"Join others": sqlstate.New(sqlstate.DiskFull, "no space left").WithHint("Join others."),
	} {
		if hint := hintOf(err); !strings.HasPrefix(hint, want) {
			t.Errorf("%v: %q, want %s", err, hint, want)
		}
	}
	if hint := hintOf(io.EOF); hint != "" {
		t.Errorf("a hint for %v: %s", io.EOF, hint)
	}
}

// writeCertificate makes a certificate of a serial number, and its key, in dir.
func writeCertificate(t *testing.T, dir string, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "cert.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	writeFile(t, filepath.Join(dir, "key.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
}

// TestSIGHUP: a certificate that was renewed is shown to new connections; one that cannot be read is not, and the node goes on.
func TestSIGHUP(t *testing.T) {
	dir := t.TempDir()
	writeCertificate(t, dir, 1)
	stderr, log := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		cmd := rootCommand()
		cmd.SetArgs(strings.Fields(fmt.Sprintf("serve --pg-addr 127.0.0.1:0 --http-addr 127.0.0.1:0 --raft-addr= --data %s/data --tls-cert %[1]s/cert.pem --tls-key %[1]s/key.pem", dir)))
		cmd.SetErr(log)
		ended <- cmd.ExecuteContext(ctx)
		log.Close()
	}()
	lines := bufio.NewScanner(stderr)
	await := func(what string) string {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), what) {
				return lines.Text()
			}
		}
		t.Fatalf("the log does not say %q", what)
		return ""
	}
	_, addr, _ := strings.Cut(await("msg=listening"), " pg=")
	addr, _, _ = strings.Cut(addr, " ")
	shown := func() int64 {
		t.Helper()
		config, err := pgconn.ParseConfig("postgres://ada@" + addr + "/projsql?sslmode=require")
		if err != nil {
			t.Fatal(err)
		}
		conn, err := pgconn.ConnectConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(context.Background())
		return conn.Conn().(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}
	hangUp := func(answer string) {
		t.Helper()
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		await(answer)
	}
	if n := shown(); n != 1 {
		t.Errorf("certificate %d is shown, want 1", n)
	}
	writeCertificate(t, dir, 2)
	hangUp("new connections are shown the certificate")
	if n := shown(); n != 2 {
		t.Errorf("certificate %d is shown, want the renewed one", n)
	}
	writeFile(t, filepath.Join(dir, "cert.pem"), "none")
	hangUp("the certificate stays as it was")
	if n := shown(); n != 2 {
		t.Errorf("certificate %d is shown, want the one before", n)
	}
	stop()
	go io.Copy(io.Discard, stderr)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
