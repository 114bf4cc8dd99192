package jepsen

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
)

const postgresBin = "/usr/lib/postgresql/15/bin/"

// Postgres is a private PostgreSQL 15 on loopback.
type Postgres struct {
	Host, Port string
	SocketDir  string
	cmd        *exec.Cmd
}

// asPostgres runs a command as a user that PostgreSQL accepts: it refuses root.
func asPostgres(name string, args ...string) *exec.Cmd {
	if os.Getuid() != 0 {
		return exec.Command(name, args...)
	}
	return exec.Command("setpriv", append([]string{"--reuid=postgres", "--regid=postgres", "--clear-groups", "--", name}, args...)...)
}

// StartPostgres makes a new database in dir and serves it, with PostgreSQL's defaults but
// for the settings (name=value). Its superuser is bench, without a password.
func StartPostgres(ctx context.Context, dir string, settings ...string) (*Postgres, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	if os.Getuid() == 0 {
		if out, err := exec.Command("chown", "postgres:", dir).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("chown: %s", out)
		}
	}
	data := filepath.Join(dir, "data")
	if out, err := asPostgres(postgresBin+"initdb", "-D", data, "-A", "trust", "-U", "bench").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	addr, err := FreeAddr()
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	args := []string{"-D", data, "-k", dir, "-h", host, "-p", port, "-c", "log_min_messages=fatal"}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	p := &Postgres{Host: host, Port: port, SocketDir: dir, cmd: asPostgres(postgresBin+"postgres", args...)}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for range 300 {
		conn, err := p.Connect(ctx)
		if err == nil {
			return p, conn.Close(ctx)
		}
		time.Sleep(100 * time.Millisecond)
	}
	p.Stop()
	return nil, fmt.Errorf("PostgreSQL did not start")
}

// Connect opens a session.
func (p *Postgres) Connect(ctx context.Context) (*pgx.Conn, error) {
	return pgx.Connect(ctx, fmt.Sprintf("host=%s port=%s user=bench dbname=postgres sslmode=disable", p.Host, p.Port))
}

// Stop ends it, as a fast shutdown.
func (p *Postgres) Stop() {
	_ = p.cmd.Process.Signal(os.Interrupt)
	_ = p.cmd.Wait()
}

// PID is the server's process.
func (p *Postgres) PID() int { return p.cmd.Process.Pid }
