package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/projsql/projsql/jepsen"
)

// arena has a cluster of three nodes and its peers, all on this machine.
type arena struct {
	options
	jepsen.Nodes
	leader, follower *jepsen.Process
	owned            map[*jepsen.Process][]string // entities by who owns them
	etcd             *etcd
	etcdLeader       int
	postgres         *jepsen.Postgres
	dir              string
}

// benchCluster measures three nodes beside three of etcd and one PostgreSQL.
func benchCluster(ctx context.Context, binary, dir string, o options) error {
	a := &arena{options: o, dir: dir}
	defer a.stop()
	if err := a.start(ctx, binary); err != nil {
		return err
	}
	for _, bench := range []func(context.Context) error{a.appends, a.load, a.reads, a.wrongNode, a.idle, a.failover} {
		if err := bench(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (a *arena) start(ctx context.Context, binary string) (err error) {
	if err := os.Chmod(a.dir, 0o755); err != nil { // the postgres user works in it too
		return err
	}
	if a.etcd, err = startEtcd(a.options.etcd, a.dir); err != nil {
		return err
	}
	if a.etcdLeader, err = a.etcd.leader(); err != nil {
		return err
	}
	if a.postgres, err = startPostgres(ctx, filepath.Join(a.dir, "postgres")); err != nil {
		return err
	}
	for i := range 3 {
		p, err := newProcess(binary, a.dir, fmt.Sprint("n", i+1))
		if err != nil {
			return err
		}
		if a.readLease {
			p.Flags = []string{"--read-lease"}
		}
		if err := a.Add(ctx, p); err != nil {
			return err
		}
	}
	if err := a.AwaitVoters(ctx, 3); err != nil {
		return err
	}
	return a.findLeader(ctx)
}

func newProcess(binary, dir, name string) (*jepsen.Process, error) {
	addr, err := jepsen.FreeAddr()
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, name+".log"))
	return &jepsen.Process{Binary: binary, Dir: filepath.Join(dir, name), Addr: addr, Log: log}, err
}

func (a *arena) findLeader(ctx context.Context) (err error) {
	if a.leader, err = a.Leader(ctx); err != nil {
		return err
	}
	for _, p := range a.All {
		if p != a.leader {
			a.follower = p
		}
	}
	return nil
}

func (a *arena) stop() {
	for _, p := range a.All {
		_ = p.Kill() // measured already
	}
	if a.etcd != nil {
		a.etcd.stop()
	}
	if a.postgres != nil {
		a.postgres.Stop()
	}
}

func (a *arena) pids() (all []int) {
	for _, p := range a.All {
		all = append(all, p.PID())
	}
	return all
}

// pgbench has clients of a node ask; the CPU time is that of all nodes.
func (a *arena) pgbench(ctx context.Context, p *jepsen.Process, l load) (figures, error) {
	t := projsqlTarget(p)
	t.pids = a.pids()
	return pgbench(ctx, t, a.dir, l)
}

func (a *arena) appends(ctx context.Context) error {
	theirs, err := a.postgres.Connect(ctx)
	if err != nil {
		return err
	}
	defer theirs.Close(ctx)
	if _, err := theirs.Exec(ctx, eventsTable); err != nil {
		return err
	}
	fmt.Println("appends of one 200-byte event at the leader, on disk at a majority before the answer | etcd: puts of as much | PostgreSQL: INSERTs, one node; a second")
	fmt.Printf("%7s %9s %9s %9s  %-22s %-22s %s\n", "clients", "projsql", "etcd", "PG", "ratio to etcd", "ratio to PG", "CPU us: projsql etcd PG")
	for _, clients := range []int{1, 8, 64, 256} {
		l := load{script: appendScript, mode: "prepared", clients: clients, seconds: a.seconds}
		all, err := alternate(a.rounds,
			func() (figures, error) { return a.pgbench(ctx, a.leader, l) },
			func() (figures, error) {
				return a.etcd.run(ctx, a.etcd.puts(a.etcdLeader, 100_000), clients, a.seconds)
			},
			func() (figures, error) { return pgbench(ctx, postgresTarget(a.postgres), a.dir, l) })
		if err != nil {
			return err
		}
		etcd, pg := compare(all[0], all[1]), compare(all[0], all[2])
		fmt.Printf("%7d %9.0f %9.0f %9.0f  %-22s %-22s %.0f %.0f %.0f\n", clients, etcd.ours.rate, etcd.theirs.rate, pg.theirs.rate,
			etcd.spread(), pg.spread(), etcd.ours.cpuUS, etcd.theirs.cpuUS, pg.theirs.cpuUS)
	}
	return nil
}

// spread is the ratio, and the least and the most of it.
func (c comparison) spread() string { return fmt.Sprintf("%.2f (%.2f-%.2f)", c.ratio, c.low, c.high) }

// load defines a projection, gives entities states, and finds out who owns them.
func (a *arena) load(ctx context.Context) error {
	conn, err := a.leader.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, accountProjection); err != nil {
		return err
	}
	const entities, events = 200, 10
	names := map[string]*jepsen.Process{}
	for i, p := range a.All {
		names[fmt.Sprint("n", i+1)] = p
	}
	a.owned = map[*jepsen.Process][]string{}
	for e := range entities {
		name := fmt.Sprint(1_000_000 + e)
		if err := copyEvents(ctx, conn, name, events); err != nil {
			return err
		}
		plan := conn.PgConn().ExecParams(ctx, "EXPLAIN SELECT * FROM project('account', '"+name+"')", nil, nil, nil, nil).Read()
		if plan.Err != nil {
			return plan.Err
		}
		for _, row := range plan.Rows {
			if m := ownerLine.FindSubmatch(row[0]); m != nil {
				owner := names[string(m[1])]
				a.owned[owner] = append(a.owned[owner], name)
			}
		}
	}
	for _, p := range a.All {
		if len(a.owned[p]) == 0 {
			return fmt.Errorf("%s owns nothing of %d entities", p.Addr, entities)
		}
	}
	return a.etcd.fill()
}

var ownerLine = regexp.MustCompile(`Owner: (\S+)`)

// hits reads any of some entities, whose names are numbers.
func hits(entities []string, freshness string, clients, seconds int) load {
	entities = entities[:min(len(entities), 40)]
	pick := fmt.Sprintf("\\set i random(1, %d)\n\\set e %s\n", len(entities), among(entities, 1))
	return load{script: pick + "SELECT * FROM project('account', :e) WITH FRESHNESS " + freshness + ";", mode: "prepared", clients: clients, seconds: seconds}
}

// among is pgbench's expression for one of some entities: that with the number :i, where the
// first has the given one. It halves them, since pgbench computes on the servers' processors: to
// try 40 one after the other took it a microsecond.
func among(entities []string, first int) string {
	if len(entities) == 1 {
		return entities[0]
	}
	half := len(entities) / 2
	return fmt.Sprintf("case when :i < %d then %s else %s end", first+half, among(entities[:half], first), among(entities[half:], first+half))
}

func (a *arena) reads(ctx context.Context) error {
	other := (a.etcdLeader + 1) % 3
	ways := []struct {
		name, freshness string
		at, owner       *jepsen.Process
		gets            etcdLoad
	}{
		{"CONSISTENT at the owner, which leads", "CONSISTENT", a.leader, a.leader, a.etcd.gets(a.etcdLeader, false)},
		{"CONSISTENT at the owner, which follows", "CONSISTENT", a.follower, a.follower, a.etcd.gets(other, false)},
		{"CONSISTENT through another node", "CONSISTENT", a.follower, a.leader, a.etcd.gets(other, false)},
		{"MAYBE STALE '5s' at a follower", "MAYBE STALE '5s'", a.follower, a.leader, a.etcd.gets(other, true)},
	}
	fmt.Println("\nhits of project('account', $1) | etcd: linearizable gets at the leader or a follower, serializable ones; a second")
	fmt.Printf("%-40s %7s %9s %9s  %-22s %s\n", "", "clients", "projsql", "etcd", "ratio", "CPU us: projsql etcd")
	for _, w := range ways {
		for _, clients := range []int{1, 8, 64, 256} {
			all, err := alternate(a.rounds,
				func() (figures, error) {
					return a.pgbench(ctx, w.at, hits(a.owned[w.owner], w.freshness, clients, a.seconds))
				},
				func() (figures, error) { return a.etcd.run(ctx, w.gets, clients, a.seconds) })
			if err != nil {
				return err
			}
			c := compare(all[0], all[1])
			fmt.Printf("%-40s %7d %9.0f %9.0f  %-22s %.0f %.0f\n", w.name, clients, c.ours.rate, c.theirs.rate, c.spread(), c.ours.cpuUS, c.theirs.cpuUS)
		}
	}
	return nil
}

// wrongNode compares the latency of hits at another node with that at the owner.
func (a *arena) wrongNode(ctx context.Context) error {
	at := func(p *jepsen.Process, clients int) func() (figures, error) {
		return func() (figures, error) {
			return a.pgbench(ctx, p, hits(a.owned[a.leader], "CONSISTENT", clients, a.seconds))
		}
	}
	fmt.Println("\nlatency of CONSISTENT hits through another node, times that at the owner")
	for _, clients := range []int{1, 8} {
		all, err := alternate(a.rounds, at(a.leader, clients), at(a.follower, clients))
		if err != nil {
			return err
		}
		c := compare(all[0], all[1]) // of rates: latency is the clients divided by them
		fmt.Printf("%7d clients: %.3f ms against %.3f ms, %s\n", clients, ms(clients, c.theirs), ms(clients, c.ours), c.spread())
	}
	return nil
}

func ms(clients int, f figures) float64 { return 1000 * float64(clients) / f.rate }

// idle measures what the nodes use while nobody asks for anything.
func (a *arena) idle(ctx context.Context) error {
	const rest, length = 5 * time.Second, 20 * time.Second
	share := func(pids []int) (float64, error) {
		before, err := cpuTime(pids...)
		if err != nil {
			return 0, err
		}
		if err := pause(ctx, length); err != nil {
			return 0, err
		}
		after, err := cpuTime(pids...)
		return 100 * (after - before).Seconds() / length.Seconds(), err
	}
	if err := pause(ctx, rest); err != nil {
		return err
	}
	ours, err := share(a.pids())
	if err != nil {
		return err
	}
	theirs, err := share(a.etcd.pids())
	fmt.Printf("\nidle, all three nodes: %.1f %% of one core; etcd %.1f %%\n", ours, theirs)
	return err
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// failover kills the leader and appends through another node until that works again.
func (a *arena) failover(ctx context.Context) error {
	const kills = 5
	var times []float64
	for range kills {
		if err := a.findLeader(ctx); err != nil {
			return err
		}
		took, err := a.killLeader(ctx)
		if err != nil {
			return err
		}
		times = append(times, took.Seconds())
		if err := pause(ctx, 2*time.Second); err != nil {
			return err
		}
	}
	middle := median(times)
	fmt.Printf("\nwithout a leader after kill -9, until an append at another node is acknowledged: median %.2f s, %.2f to %.2f\n", middle, times[0], times[kills-1])
	return nil
}

func (a *arena) killLeader(ctx context.Context) (took time.Duration, err error) {
	conn, err := a.follower.Connect(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	const insert = `INSERT INTO events (entity, kind, data) VALUES ('failover', 'Killed', '{}')`
	if _, err := conn.Exec(ctx, insert); err != nil {
		return 0, err
	}
	killed := time.Now()
	if err := a.leader.Kill(); err != nil {
		return 0, err
	}
	for tries := 0; ; tries++ {
		if _, err = conn.Exec(ctx, insert); err == nil {
			break
		}
		if tries == 10 {
			return 0, err
		}
	}
	return time.Since(killed), a.leader.Start(ctx)
}
