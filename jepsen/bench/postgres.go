package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/projsql/projsql/jepsen"
)

const postgresBin = "/usr/lib/postgresql/15/bin/"

// postgres is a private PostgreSQL 15 on loopback, with its defaults but for more
// memory.
type postgres struct {
	host, port string
	cmd        *exec.Cmd
}

// asPostgres runs a command as a user that PostgreSQL accepts: it refuses root.
func asPostgres(name string, args ...string) *exec.Cmd {
	if os.Getuid() != 0 {
		return exec.Command(name, args...)
	}
	return exec.Command("setpriv", append([]string{"--reuid=postgres", "--regid=postgres", "--clear-groups", "--", name}, args...)...)
}

func startPostgres(ctx context.Context, dir string) (*postgres, error) {
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
	addr, err := jepsen.FreeAddr()
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	p := &postgres{host: host, port: port}
	p.cmd = asPostgres(postgresBin+"postgres", "-D", data, "-k", dir, "-h", host, "-p", port,
		"-c", "shared_buffers=1GB", "-c", "max_connections=400", "-c", "max_wal_size=4GB",
		"-c", "synchronous_commit=on", "-c", "log_min_messages=fatal")
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for range 300 {
		conn, err := p.connect(ctx)
		if err == nil {
			return p, conn.Close(ctx)
		}
		time.Sleep(100 * time.Millisecond)
	}
	p.stop()
	return nil, fmt.Errorf("PostgreSQL did not start")
}

func (p *postgres) connect(ctx context.Context) (*pgx.Conn, error) {
	return pgx.Connect(ctx, fmt.Sprintf("host=%s port=%s user=bench dbname=postgres sslmode=disable", p.host, p.port))
}

func (p *postgres) stop() {
	_ = p.cmd.Process.Signal(os.Interrupt) // fast shutdown
	_ = p.cmd.Wait()
}

// target is where pgbench or psql connects.
type target struct {
	host, port, user, database string
	pids                       []int // of the server
}

func (p *postgres) target() target {
	return target{p.host, p.port, "bench", "postgres", []int{p.cmd.Process.Pid}}
}

func projsqlTarget(p *jepsen.Process) target {
	host, port, _ := net.SplitHostPort(p.Addr)
	return target{host, port, "bench", "projsql", []int{p.PID()}}
}

func (t target) args() []string {
	return []string{"-h", t.host, "-p", t.port, "-U", t.user}
}
