package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/projsql/projsql"
)

// clusterConfig is how a node and the others of its cluster reach each other.
type clusterConfig struct {
	raftAddr      string
	gossipAddr    string
	advertise     string
	join          []string
	voters        int
	gossipKeyFile string
	secretFile    string
	readLease     bool
	election      time.Duration
	driftMax      time.Duration
	clockOffset   time.Duration // for tests
}

func (c *clusterConfig) flags(f *pflag.FlagSet) {
	f.StringVar(&c.raftAddr, "raft-addr", "", "address of the replication between nodes (default --pg-addr's host, its port + 1000)")
	f.StringVar(&c.gossipAddr, "gossip-addr", "", "address of the gossip between nodes, TCP and UDP (default --pg-addr's host, its port + 2000)")
	f.StringVar(&c.advertise, "advertise-addr", "", "host at which the other nodes reach this one (default the hosts it listens on)")
	f.StringSliceVar(&c.join, "join", nil, "gossip addresses of members of the cluster to join; without, the node is the first of a new one")
	f.IntVar(&c.voters, "voters", 5, "members that vote; further ones learn, answer reads and stand in for voters that die")
	f.BoolVar(&c.readLease, "read-lease", false, "let a leader answer CONSISTENT by a lease, right while the members' clocks run at the same rate; for all nodes or none")
	f.DurationVar(&c.election, "election-timeout", electionMin, "how long a node hears nothing of the leader before it stands for election; longer where machines or the network stall")
	f.StringVar(&c.secretFile, "cluster-secret-file", "", "file with a text of 16 bytes or more that all nodes share: they know each other by it, and encrypt what they say to each other")
	f.DurationVar(&c.driftMax, "clock-drift-max", 500*time.Millisecond, "how far this node's clock may be from the others' before it refuses to lead")
	f.DurationVar(&c.clockOffset, "clock-offset", 0, "how far this node's clock is put forth, or back; for tests")
	_ = f.MarkHidden("clock-offset") // it exists
	f.StringVar(&c.gossipKeyFile, "gossip-key-file", "", "file with keys that encrypt the gossip, in base64, one a line: the first encrypts, all decrypt")
}

// electionMin is the least --election-timeout: leases count on it.
const electionMin = 750 * time.Millisecond

// Ports of the replication and the gossip, where no flag names them, lie so far above
// that of the Postgres protocol.
const (
	raftPortOffset   = 1000
	gossipPortOffset = 2000
)

// listenCluster opens what other nodes connect to. A default port that is taken is
// replaced by any: nodes tell each other where they are.
func (n *node) listenCluster(ctx context.Context) error {
	c := &n.config.cluster
	if c.voters < 1 {
		return fmt.Errorf("--voters: %d is not at least 1", c.voters)
	}
	if c.driftMax <= 0 {
		return fmt.Errorf("--clock-drift-max %s: it is more than 0", c.driftMax)
	}
	if c.election < electionMin {
		return fmt.Errorf("--election-timeout %s: it is at least %s", c.election, electionMin)
	}
	if c.clockOffset != 0 {
		n.config.db.Now = func() time.Time { return time.Now().Add(c.clockOffset) }
	}
	keys, err := readGossipKeys(c.gossipKeyFile)
	if err != nil {
		return fmt.Errorf("--gossip-key-file: %w", err)
	}
	secret, err := readSecret(c.secretFile)
	if err != nil {
		return fmt.Errorf("--cluster-secret-file: %w", err)
	}
	raft, err := n.listenNear(ctx, "raft-addr", c.raftAddr, raftPortOffset)
	if err != nil {
		return err
	}
	gossip, err := n.listenNear(ctx, "gossip-addr", c.gossipAddr, gossipPortOffset)
	if err != nil {
		return errors.Join(err, raft.Close())
	}
	gossipAddr := gossip.Addr().String()
	if err := gossip.Close(); err != nil { // it was there to find a port
		return errors.Join(err, raft.Close())
	}
	n.config.db.Cluster = &projsql.ClusterOptions{
		Raft: raft, RaftAddr: n.advertised(raft.Addr()), PGAddr: n.advertised(n.pg.Addr()),
		GossipAddr: gossipAddr, Advertise: c.advertise, GossipKeys: keys, Secret: secret, Join: c.join, VotersMax: c.voters,
		ReadLease: c.readLease, ClockDriftMax: c.driftMax, ElectionTimeout: c.election,
	}
	return nil
}

func (n *node) listenNear(ctx context.Context, flag, addr string, offset int) (net.Listener, error) {
	if addr != "" {
		return listen(ctx, flag, addr)
	}
	host, text, err := net.SplitHostPort(n.pg.Addr().String())
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil, err
	}
	if _, asked, _ := net.SplitHostPort(n.config.pgAddr); asked != "0" && port+offset < 1<<16 {
		if l, err := listen(ctx, flag, net.JoinHostPort(host, strconv.Itoa(port+offset))); err == nil {
			return l, nil
		}
	}
	return listen(ctx, flag, net.JoinHostPort(host, "0"))
}

// advertised is an address as other nodes reach it.
func (n *node) advertised(a net.Addr) string {
	if n.config.cluster.advertise == "" {
		return a.String()
	}
	_, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	return net.JoinHostPort(n.config.cluster.advertise, port)
}

// readSecret reads a secret, without the white space around it.
func readSecret(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	b, err := os.ReadFile(path)
	b = bytes.TrimSpace(b)
	if err == nil && len(b) < secretBytesMin {
		err = fmt.Errorf("it has %d bytes, and needs %d", len(b), secretBytesMin)
	}
	return b, err
}

const secretBytesMin = 16

func readGossipKeys(path string) (keys [][]byte, err error) {
	if path == "" {
		return nil, nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for i, line := range strings.Fields(string(b)) {
		key, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(key) != 16 && len(key) != 24 && len(key) != 32 {
			return nil, fmt.Errorf("line %d is not base64 of 16, 24 or 32 bytes", i+1)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("there is no key in it")
	}
	return keys, nil
}
