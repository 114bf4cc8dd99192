package main

import (
	"context"
	"net"

	"github.com/projsql/projsql/jepsen"
)

// startPostgres serves with more memory and connections than PostgreSQL's defaults have.
func startPostgres(ctx context.Context, dir string) (*jepsen.Postgres, error) {
	return jepsen.StartPostgres(ctx, dir, "shared_buffers=1GB", "max_connections=400", "max_wal_size=4GB", "synchronous_commit=on")
}

// target is where pgbench or psql connects.
type target struct {
	host, port, user, database string
	socketDir                  string // "" = it has none
	pids                       []int  // of the server
}

func postgresTarget(p *jepsen.Postgres) target {
	return target{p.Host, p.Port, "bench", "postgres", p.SocketDir, []int{p.PID()}}
}

func projsqlTarget(p *jepsen.Process) target {
	host, port, _ := net.SplitHostPort(p.Addr)
	return target{host, port, "bench", "projsql", p.Dir + socketSuffix, []int{p.PID()}}
}

// socketSuffix makes the directory of a projsql's socket from that of its data.
const socketSuffix = ".socket"

// within is the same server over its Unix-domain socket.
func (t target) within() target {
	t.host = t.socketDir
	return t
}

func (t target) args() []string {
	return []string{"-h", t.host, "-p", t.port, "-U", t.user}
}
