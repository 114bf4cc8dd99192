package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
)

// benchEngine prints what the engine costs: in process, from the Go benchmarks of
// query/fold on one processor, then over SQL, from one connection to a server.
func benchEngine(ctx context.Context, binary, dir string, o options) error {
	figures, err := goBenchmarks(ctx, o)
	if err != nil {
		return err
	}
	fmt.Printf("the engine in process, on one processor\n%-26s %-6s %10s %10s %12s\n", "what", "per", "CPU ns", "clock ns", "allocations")
	for _, f := range figures {
		if name, ok := strings.CutPrefix(f.name, "Engine/"); ok {
			fmt.Printf("%-26s %-6s %10.0f %10.0f %12.4f\n", name, f.unit, f.cpu, f.clock, f.allocs)
		}
	}
	printGrowth(figures)
	return engineOverSQL(ctx, binary, dir)
}

// figure is what one Go benchmark reports, for each unit.
type figure struct {
	name, unit         string
	cpu, clock, allocs float64
}

func goBenchmarks(ctx context.Context, o options) ([]figure, error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^Benchmark(Engine|Growth)$", "-cpu", "1",
		"-benchtime", "0.5s", "-timeout", "2h", "./query/fold", fmt.Sprintf("-store-events-max=%d", o.storeEventsMax))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go test: %w\n%s", err, out)
	}
	return parseFigures(out)
}

var perUnit = regexp.MustCompile(`([0-9.e+-]+) (allocs|cpu-ns|ns)/(read|row|event)\b`)

func parseFigures(out []byte) ([]figure, error) {
	var all []figure
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		first, rest, _ := strings.Cut(lines.Text(), "\t")
		name, ok := strings.CutPrefix(strings.TrimSpace(first), "Benchmark")
		if !ok {
			continue
		}
		f := figure{name: name}
		for _, m := range perUnit.FindAllStringSubmatch(rest, -1) {
			var v float64
			if _, err := fmt.Sscan(m[1], &v); err != nil {
				return nil, fmt.Errorf("%s: %w", m[0], err)
			}
			f.unit = m[3]
			*map[string]*float64{"allocs": &f.allocs, "cpu-ns": &f.cpu, "ns": &f.clock}[m[2]] = v
		}
		if f.unit != "" {
			all = append(all, f)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("go test printed no figures:\n%s", out)
	}
	return all, nil
}

// printGrowth prints the CPU time of reads by the size of the store and the length of the
// entity.
func printGrowth(figures []figure) {
	fmt.Printf("\ngrowth, CPU ns\n%12s %12s %12s %18s %18s\n", "in store", "in entity", "hit", "incremental of 5", "cold, an event")
	var cells map[string]float64
	for _, f := range figures {
		var size, length int
		var what string
		if n, _ := fmt.Sscanf(f.name, "Growth/store=%d/entity=%d/%s", &size, &length, &what); n != 3 {
			continue
		}
		if what == "hit" {
			cells = map[string]float64{}
		}
		cells[what] = f.cpu
		if what == "cold" {
			fmt.Printf("%12d %12d %12.0f %18.0f %18.1f\n", size, length, cells["hit"], cells["incremental"], cells["cold"])
		}
	}
}
