package jepsen

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// Nodes are the processes of one cluster; the first has formed it.
type Nodes struct {
	All  []*Process
	seed string // gossip address of the first
}

// Add starts a process as one more node, named n1, n2 and so on, and returns when it
// answers SQL.
func (c *Nodes) Add(ctx context.Context, p *Process) error {
	raft, err := FreeAddr()
	if err != nil {
		return err
	}
	gossip, err := FreeAddr()
	if err != nil {
		return err
	}
	p.Name = fmt.Sprint("n", len(c.All)+1)
	p.Flags = append(slices.Clone(p.Flags), "--node-name", p.Name, "--raft-addr", raft, "--gossip-addr", gossip)
	if c.seed != "" {
		p.Flags = append(p.Flags, "--join", c.seed)
	} else {
		c.seed = gossip
	}
	c.All = append(c.All, p)
	return p.Start(ctx)
}

// AwaitVoters returns when so many nodes vote, as the first one sees it.
func (c *Nodes) AwaitVoters(ctx context.Context, n int) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for voters := 0; ; {
		err := c.All[0].ask(ctx, &voters, "SELECT count(*) FROM projsql.nodes WHERE role IN ('leader', 'voter')")
		if err == nil && voters == n {
			return nil
		}
		if !sleep(ctx, 20*time.Millisecond) {
			return errors.Join(fmt.Errorf("%d of %d nodes vote", voters, n), err)
		}
	}
}

// Leader returns the node that leads, as the nodes that answer see it. It waits for one.
func (c *Nodes) Leader(ctx context.Context) (*Process, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		p, err := c.leads(ctx)
		if err == nil || !sleep(ctx, 50*time.Millisecond) {
			return p, err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

func (c *Nodes) leads(ctx context.Context) (*Process, error) {
	err := errors.New("no node answers")
	for _, p := range c.All {
		var addr string
		if err = p.ask(ctx, &addr, "SELECT pg_addr FROM projsql.nodes WHERE role = 'leader'"); err != nil {
			continue
		}
		for _, leader := range c.All {
			if leader.Addr == addr {
				return leader, nil
			}
		}
	}
	return nil, fmt.Errorf("there is no leader: %w", err)
}

// ask puts the answer of a query of one row and column into to.
func (p *Process) ask(ctx context.Context, to any, sql string, args ...any) error {
	conn, err := p.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return conn.QueryRow(ctx, sql, append([]any{pgx.QueryExecModeExec}, args...)...).Scan(to)
}
