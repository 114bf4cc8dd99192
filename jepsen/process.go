package jepsen

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// Process is one projsql server on loopback, with a data directory that
// outlives it.
type Process struct {
	Binary string
	Dir    string
	Name   string   // of the node, in a cluster
	Addr   string   // host:port of the Postgres protocol
	Flags  []string // of serve, beside those that a server always gets
	Log    *os.File

	cmd  *exec.Cmd
	done chan error
}

// FreeAddr returns a loopback address that nothing listens on.
func FreeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// Start runs the server and returns when it answers SQL.
func (p *Process) Start(ctx context.Context) error {
	httpAddr, err := FreeAddr()
	if err != nil {
		return err
	}
	flags := []string{"serve", "--data", p.Dir, "--pg-addr", p.Addr, "--http-addr", httpAddr}
	p.cmd = exec.Command(p.Binary, append(flags, p.Flags...)...)
	p.cmd.Stdout, p.cmd.Stderr = p.Log, p.Log
	if err := p.cmd.Start(); err != nil {
		return err
	}
	p.done = make(chan error, 1)
	go func() { p.done <- p.cmd.Wait() }()
	return p.awaitReady(ctx)
}

func (p *Process) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
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
	config, err := pgx.ParseConfig("sslmode=disable connect_timeout=10")
	if err != nil {
		return nil, err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, err
	}
	config.Host, config.Port, config.User, config.Database = host, uint16(number), "jepsen", "projsql"
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
	case <-time.After(30 * time.Second):
		return errors.Join(errors.New("no graceful shutdown within 30 s"), p.Kill())
	}
}
