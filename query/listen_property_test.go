package query_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/query"
)

// feedRun is one random run: writers append while listeners come and go.
type feedRun struct {
	t       *testing.T
	node    *node
	prefix  string        // of the run's entities
	written chan struct{} // closed when the writers are done
}

// TestNoChangeIsMissed: whatever is committed after LISTEN is, and before UNLISTEN,
// is followed by a notification of that generation or a newer one.
func TestNoChangeIsMissed(t *testing.T) {
	n := startNode(t)
	setup := n.session(t, nil)
	if err := setup.Simple(t.Context(), `CREATE PROJECTION counted (n int NOT NULL DEFAULT 0) WHEN 'add' THEN UPDATE SET n = n + 1`, &recorder{}); err != nil {
		t.Fatal(err)
	}
	runs := 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		r := &feedRun{t: t, node: n, prefix: fmt.Sprintf("r%d-", runs), written: make(chan struct{})}
		writers := rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(0, 11), 1, 60), 1, 3).Draw(rt, "writers")
		listeners := rapid.SliceOfN(rapid.IntRange(-1, 3), 1, 3).Draw(rt, "listeners")
		rounds := rapid.IntRange(1, 3).Draw(rt, "rounds")
		if err := r.run(writers, listeners, rounds); err != nil {
			rt.Fatal(err)
		}
	})
}

func (r *feedRun) run(writers [][]int, listeners []int, rounds int) error {
	var writing, listening sync.WaitGroup
	failures := make(chan error, len(writers)+len(listeners))
	for _, w := range writers {
		s := r.node.session(r.t, nil)
		writing.Go(func() {
			defer s.Close()
			failures <- r.write(s, w)
		})
	}
	for _, entity := range listeners {
		s := r.node.session(r.t, nil)
		listening.Go(func() {
			defer s.Close()
			failures <- r.listen(s, entity, rounds)
		})
	}
	writing.Wait()
	close(r.written)
	listening.Wait()
	for range cap(failures) {
		if err := <-failures; err != nil {
			return err
		}
	}
	return nil
}

// write appends: a number is an entity (mod 4) and whether the event is relevant, in
// transactions of up to three.
func (r *feedRun) write(s *query.Session, program []int) error {
	for len(program) > 0 {
		size := min(1+program[0]%3, len(program))
		var rows []string
		for _, p := range program[:size] {
			kind := "add"
			if p > 7 {
				kind = "other"
			}
			rows = append(rows, fmt.Sprintf("('%s%d', '%s')", r.prefix, p%4, kind))
		}
		program = program[size:]
		if err := s.Simple(r.t.Context(), "INSERT INTO events (entity, kind) VALUES "+strings.Join(rows, ", "), &recorder{}); err != nil {
			return err
		}
	}
	return nil
}

// listen follows one entity, or all if it is -1, for some rounds.
func (r *feedRun) listen(s *query.Session, entity, rounds int) error {
	channel, where := "counted", "true"
	if entity >= 0 {
		name := fmt.Sprintf("%s%d", r.prefix, entity)
		channel, where = "counted:"+name, "entity = '"+name+"'"
	}
	for i := range rounds {
		if err := r.round(s, channel, where, i == rounds-1); err != nil {
			return err
		}
	}
	return nil
}

// round listens for a while; the last one until nothing is written any more.
func (r *feedRun) round(s *query.Session, channel, where string, last bool) error {
	before := r.column(s, "SELECT hlc_now()")[0]
	r.column(s, fmt.Sprintf("LISTEN %q", channel))
	from := r.column(s, "SELECT hlc_now()")[0]
	for i := 0; i < 200 && !last && r.column(s, "SELECT hlc_now()")[0] == from; i++ {
		continue // until the writers got somewhere
	}
	if last {
		<-r.written
	}
	to := r.column(s, "SELECT hlc_now()")[0]
	want := r.column(s, fmt.Sprintf(`SELECT entity || '@' || max(version) FROM events
		WHERE kind = 'add' AND starts_with(entity, '%s') AND %s AND hlc > %s AND hlc <= %s GROUP BY entity`, r.prefix, where, from, to))
	if err := r.await(s, want, before); err != nil {
		return err
	}
	r.column(s, "UNLISTEN *")
	if late := s.Notifications(); len(late) > 0 {
		return fmt.Errorf("after UNLISTEN: %v", late)
	}
	return nil
}

// await takes notifications until all changes, "entity@generation", are told. Every
// one must be of a relevant event that came after LISTEN began.
func (r *feedRun) await(s *query.Session, want []string, since string) error {
	newest := map[string]int{}
	deadline := time.After(2 * time.Minute)
	for {
		missing := ""
		for _, w := range want {
			entity, generation, _ := strings.Cut(w, "@")
			if g, _ := strconv.Atoi(generation); newest[entity] < g {
				missing = w
			}
		}
		if missing == "" {
			return nil
		}
		select {
		case <-s.Notified():
		case <-deadline:
			return fmt.Errorf("never told of %s, but of %v", missing, newest)
		}
		for _, n := range s.Notifications() {
			var p struct {
				Entity     string
				Generation int
				HLC        uint64
			}
			if err := json.Unmarshal([]byte(n.Payload), &p); err != nil {
				return err
			}
			kind := r.column(s, fmt.Sprintf(`SELECT kind FROM events WHERE entity = '%s' AND version = %d AND hlc = %d AND hlc > %s`, p.Entity, p.Generation, p.HLC, since))
			if len(kind) != 1 || kind[0] != "add" {
				return fmt.Errorf("told of %s, which is %v", n.Payload, kind)
			}
			newest[p.Entity] = p.Generation
		}
	}
}

// column returns the first column of an answer.
func (r *feedRun) column(s *query.Session, sql string) []string {
	out := &recorder{}
	if err := s.Simple(r.t.Context(), sql, out); err != nil {
		panic(fmt.Sprintf("%s: %v", sql, err))
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) < 2 {
		return nil
	}
	return lines[1 : len(lines)-1]
}
