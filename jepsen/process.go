package jepsen

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Process is one projsql server on loopback, with a data directory that
// outlives it.
type Process struct {
	Binary   string
	Dir      string
	Name     string   // of the node, in a cluster
	Addr     string   // host:port of the Postgres protocol
	Flags    []string // of serve, beside those that a server always gets
	Within   []string // command that runs the server in its own process; none: it is run as it is
	Patience string   // interval for which sessions' reads wait where the server cannot answer; "" = its default
	Log      *os.File

	cmd  *exec.Cmd
	done chan error
}

// Ports that servers get are below those that systems give to who asks for any: nobody gets
// one before its server listens, or while that is away.
const portMin, portMax = 20_000, 32_000

var given sync.Map // ports, each to one

// FreeAddr returns a loopback address that nothing listens on, and that it has not returned
// before.
func FreeAddr() (string, error) {
	for range 1000 {
		port := portMin + rand.IntN(portMax-portMin)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		addr, err := l.Addr().String(), l.Close()
		if _, taken := given.LoadOrStore(port, true); !taken {
			return addr, err
		}
	}
	return "", errors.New("no port is free")
}

// patience is how long a busy machine may take for what takes a moment.
const patience = 3 * time.Minute

// Start runs the server and returns when it answers SQL.
func (p *Process) Start(ctx context.Context) error {
	command := slices.Concat(p.Within, []string{p.Binary, "serve", "--data", p.Dir, "--pg-addr", p.Addr, "--http-addr", "127.0.0.1:0"}, p.Flags)
	p.cmd = exec.Command(command[0], command[1:]...)
	p.cmd.Stdout, p.cmd.Stderr = p.Log, p.Log
	if err := p.cmd.Start(); err != nil {
		return err
	}
	p.done = make(chan error, 1)
	go func() { p.done <- p.cmd.Wait() }()
	return p.awaitReady(ctx)
}

func (p *Process) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		conn, err := p.Connect(ctx)
		if err == nil {
			_, err = conn.Exec(ctx, "SELECT count(*) FROM events")
			conn.Close(ctx)
		}
		if err == nil {
			return nil
		}
		select {
		case exit := <-p.done:
			p.done <- exit
			return fmt.Errorf("server ended while starting: %v (see %s)", exit, p.Log.Name())
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("server did not become ready"), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Connect opens a session.
func (p *Process) Connect(ctx context.Context) (*pgx.Conn, error) {
	host, port, err := net.SplitHostPort(p.Addr)
	if err != nil {
		return nil, err
	}
	config, err := pgx.ParseConfig("sslmode=disable connect_timeout=30")
	if err != nil {
		return nil, err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, err
	}
	config.Host, config.Port, config.User, config.Database = host, uint16(number), "jepsen", "projsql"
	if p.Patience != "" {
		config.RuntimeParams["projsql.freshness"] = "consistent on stale wait " + p.Patience
	}
	return pgx.ConnectConfig(ctx, config)
}

// PID is the id of the running process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Kill ends the process as kill -9 does and waits until it is gone.
func (p *Process) Kill() error {
	if err := p.cmd.Process.Kill(); err != nil {
		return err
	}
	<-p.done
	return nil
}

// Wait waits until the process is gone and returns its exit error.
func (p *Process) Wait() error { return <-p.done }

// Stop asks for a graceful shutdown and returns the exit error.
func (p *Process) Stop() error {
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	select {
	case err := <-p.done:
		return err
	case <-time.After(patience):
		return errors.Join(fmt.Errorf("no graceful shutdown within %v", patience), p.Kill())
	}
}
