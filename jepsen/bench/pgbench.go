package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// load is one pgbench run.
type load struct {
	script  string // text of the script
	mode    string // simple, extended, prepared
	clients int
	seconds int
	within  bool // over a Unix-domain socket
	// transactions end the run in the place of seconds; each client counts its own.
	transactions int
	variables    map[string]string // of the script, at its beginning
}

// figures are what one run gave.
type figures struct {
	rate  float64 // transactions a second
	cpuUS float64 // of the server, a transaction, in microseconds
}

var (
	rateLine  = regexp.MustCompile(`tps = ([0-9.]+)`)
	countLine = regexp.MustCompile(`actually processed: ([0-9]+)`)
)

// pgbench runs a load against a server, for longer if nothing was done: on a busy
// machine 256 clients may wait for their first answer for as long as a round takes.
func pgbench(ctx context.Context, t target, dir string, l load) (f figures, err error) {
	const tries = 3
	for range tries {
		if f, err = pgbenchOnce(ctx, t, dir, l); !errors.Is(err, errNothingDone) {
			break
		}
		l.seconds *= 2
	}
	return f, err
}

var errNothingDone = errors.New("pgbench: nothing was done")

func pgbenchOnce(ctx context.Context, t target, dir string, l load) (figures, error) {
	file := filepath.Join(dir, "script.sql")
	if err := os.WriteFile(file, []byte(l.script), 0o644); err != nil {
		return figures{}, err
	}
	if l.within {
		t = t.within()
	}
	args := append(t.args(), "-n", "-M", l.mode, "-c", strconv.Itoa(l.clients), "-j", strconv.Itoa(min(l.clients, 2)),
		"-f", file)
	if l.transactions > 0 {
		args = append(args, "-t", strconv.Itoa(l.transactions))
	} else {
		args = append(args, "-T", strconv.Itoa(l.seconds))
	}
	for name, value := range l.variables {
		args = append(args, "-D", name+"="+value)
	}
	before, err := cpuTime(t.pids...)
	if err != nil {
		return figures{}, err
	}
	out, err := exec.CommandContext(ctx, "pgbench", append(args, t.database)...).CombinedOutput()
	if err != nil {
		return figures{}, fmt.Errorf("pgbench: %w\n%s", err, out)
	}
	time.Sleep(settling)
	after, err := cpuTime(t.pids...)
	if err != nil {
		return figures{}, err
	}
	rate, count := number(rateLine, out), number(countLine, out)
	switch {
	case strings.Contains(string(out), "aborted"):
		return figures{}, fmt.Errorf("pgbench at %s:\n%s", t.user+"@"+t.database, out)
	case rate == 0 || count == 0:
		return figures{}, fmt.Errorf("%w at %s:\n%s", errNothingDone, t.user+"@"+t.database, out)
	}
	return figures{rate: rate, cpuUS: float64((after - before).Microseconds()) / count}, nil
}

// settling is the time in which the sessions of a run end and are reaped, so that
// their CPU time counts and they do not run into what is measured next.
const settling = 100 * time.Millisecond

func number(line *regexp.Regexp, out []byte) float64 {
	m := line.FindSubmatch(out)
	if m == nil {
		return 0
	}
	n, _ := strconv.ParseFloat(string(m[1]), 64) // the expression matches digits
	return n
}

// cpuTime is what processes and their children that have ended have used.
func cpuTime(pids ...int) (total time.Duration, err error) {
	for _, pid := range pids {
		used, err := cpuTimeOf(pid)
		if err != nil {
			return 0, err
		}
		total += used
	}
	return total, nil
}

func cpuTimeOf(pid int) (time.Duration, error) {
	const ticksPerSecond = 100 // USER_HZ
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	const utime = 11 // then stime, cutime, cstime
	var ticks int64
	for _, f := range fields[utime : utime+4] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond, nil
}

// comparison is what several rounds on both servers gave: medians, and the ratio of
// the rates.
type comparison struct {
	ours, theirs     figures
	ratio, low, high float64
}

// sides runs loads on both servers; see alternate.
func sides(ctx context.Context, p *pair, rounds int, ours, theirs load) (comparison, error) {
	all, err := alternate(rounds,
		func() (figures, error) { return pgbench(ctx, projsqlTarget(p.projsql), p.dir, ours) },
		func() (figures, error) { return pgbench(ctx, postgresTarget(p.postgres), p.dir, theirs) })
	if err != nil {
		return comparison{}, err
	}
	return compare(all[0], all[1]), nil
}

// overTheWire runs loads on both servers, and ours on the bare wire too: over tells what that is of theirs.
func overTheWire(ctx context.Context, p *pair, wire *bareWire, rounds int, ours, theirs load) (servers, over comparison, err error) {
	all, err := alternate(rounds,
		func() (figures, error) { return pgbench(ctx, projsqlTarget(p.projsql), p.dir, ours) },
		func() (figures, error) { return pgbench(ctx, postgresTarget(p.postgres), p.dir, theirs) },
		func() (figures, error) { return pgbench(ctx, wire.target, p.dir, ours) })
	if err != nil {
		return comparison{}, comparison{}, err
	}
	return compare(all[0], all[1]), compare(all[2], all[1]), nil
}

// alternate measures several sides in rounds: one right after the other, the first of
// a round being the last of the next. The ratio is the median of the rounds' ratios:
// what disturbs the machine for longer than a round disturbs all. A first round, which
// warms them up, does not count.
func alternate(rounds int, sides ...func() (figures, error)) ([][]figures, error) {
	all := make([][]figures, len(sides))
	for round := range rounds + 1 {
		for i := range sides {
			side := (round + i) % len(sides)
			f, err := sides[side]()
			if err != nil {
				return nil, err
			}
			if round > 0 {
				all[side] = append(all[side], f)
			}
		}
	}
	return all, nil
}

// compare gives medians of the rounds' figures and ratios.
func compare(ours, theirs []figures) comparison {
	ratios := make([]float64, len(ours))
	for i := range ours {
		ratios[i] = ours[i].rate / theirs[i].rate
	}
	c := comparison{ours: medians(ours), theirs: medians(theirs), ratio: median(ratios)}
	c.low, c.high = ratios[0], ratios[len(ratios)-1]
	return c
}

func medians(all []figures) figures {
	rates, cpus := make([]float64, len(all)), make([]float64, len(all))
	for i, f := range all {
		rates[i], cpus[i] = f.rate, f.cpuUS
	}
	return figures{median(rates), median(cpus)}
}

// heading and String print comparisons as lines of a table.
const heading = "     projsql   PostgreSQL   ratio  (least-most)   CPU us: projsql  PostgreSQL"

// wireHeading is behind heading where the bare wire is measured too: its rate, what that is of PostgreSQL's,
// and its CPU.
const wireHeading = "   bare wire   ratio  CPU us"

func (c comparison) wire() string {
	return fmt.Sprintf(" %11.0f %7.2f %7.1f", c.ours.rate, c.ratio, c.ours.cpuUS)
}

func (c comparison) String() string {
	return fmt.Sprintf("%12.0f %12.0f %7.2f  (%.2f-%.2f) %16.1f %11.1f", c.ours.rate, c.theirs.rate, c.ratio, c.low, c.high, c.ours.cpuUS, c.theirs.cpuUS)
}
