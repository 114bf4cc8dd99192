package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/projsql/projsql/jepsen"
)

const (
	engineOne = "SELECT owner, balance::text FROM project('account', $1)"
	engineAll = "SELECT entity, owner, balance::text FROM account"
)

// engineSQL is one connection to the server whose reads are timed, the round trip
// included.
type engineSQL struct {
	process *jepsen.Process
	conn    *pgx.Conn
}

func engineOverSQL(ctx context.Context, binary, dir string) error {
	addr, err := jepsen.FreeAddr()
	if err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(dir, "projsql.log"))
	if err != nil {
		return err
	}
	s := &engineSQL{process: &jepsen.Process{Binary: binary, Dir: filepath.Join(dir, "projsql"), Addr: addr, Log: log}}
	if err := s.process.Start(ctx); err != nil {
		return err
	}
	defer s.process.Stop() //nolint:errcheck // measured already
	if s.conn, err = s.process.Connect(ctx); err != nil {
		return err
	}
	defer func() { s.conn.Close(ctx) }()
	fmt.Printf("\nthe engine over SQL, one connection, clock ns\n")
	for _, step := range []func(context.Context) error{s.replace, s.hits, s.increments, s.colds, s.externalHits, s.scans} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// replace makes every state cold: a new definition has none.
func (s *engineSQL) replace(ctx context.Context) error {
	_, err := s.conn.Exec(ctx, accountProjection)
	return err
}

func (s *engineSQL) print(what, unit string, units int, d time.Duration) {
	fmt.Printf("%-26s %-6s %10.0f\n", what, unit, float64(d)/float64(units))
}

func (s *engineSQL) readEach(ctx context.Context, names []string) error {
	var owner, balance string
	for _, name := range names {
		if err := s.conn.QueryRow(ctx, engineOne, name).Scan(&owner, &balance); err != nil {
			return err
		}
	}
	return nil
}

// accounts appends so many events to each of so many entities, entity after entity.
func (s *engineSQL) accounts(ctx context.Context, prefix string, entities, events int) ([]string, error) {
	names := make([]string, entities)
	for i := range names {
		names[i] = fmt.Sprintf("%s:%06d", prefix, i)
	}
	return names, s.deposit(ctx, names, 0, events)
}

// deposit appends the events from..to of each entity.
func (s *engineSQL) deposit(ctx context.Context, names []string, from, to int) error {
	const chunkBytes = 2 << 20
	var text strings.Builder
	flush := func() error {
		_, err := s.conn.PgConn().CopyFrom(ctx, strings.NewReader(text.String()), "COPY events (entity, kind, data) FROM STDIN")
		text.Reset()
		return err
	}
	for _, name := range names {
		for i := from; i < to; i++ {
			if i == 0 {
				fmt.Fprintf(&text, "%s\tAccountOpened\t{\"owner\": \"owner %s\"}\n", name, name)
			} else {
				fmt.Fprintf(&text, "%s\tMoneyDeposited\t{\"amount\": %d.%02d, \"note\": \"payment number %d\"}\n", name, i%1000, i%100, i)
			}
			if text.Len() >= chunkBytes {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
	return flush()
}

func (s *engineSQL) hits(ctx context.Context) error {
	names, err := s.accounts(ctx, "hit", 1, 10)
	if err != nil {
		return err
	}
	names = slices.Repeat(names, 5000)
	if err := s.readEach(ctx, names); err != nil { // warms up
		return err
	}
	begun := time.Now()
	if err := s.readEach(ctx, names); err != nil {
		return err
	}
	s.print("hit", "read", len(names), time.Since(begun))
	return nil
}

func (s *engineSQL) increments(ctx context.Context) error {
	names, err := s.accounts(ctx, "inc", 50, 1000)
	if err != nil {
		return err
	}
	if err := s.readEach(ctx, names); err != nil {
		return err
	}
	const rounds = 20
	var took time.Duration
	for i := range rounds {
		if err := s.deposit(ctx, names, 1000+5*i, 1005+5*i); err != nil {
			return err
		}
		begun := time.Now()
		if err := s.readEach(ctx, names); err != nil {
			return err
		}
		took += time.Since(begun)
	}
	s.print("incremental+5on1000", "read", rounds*len(names), took)
	return nil
}

func (s *engineSQL) colds(ctx context.Context) error {
	for _, l := range []struct{ events, entities int }{{64, 1000}, {1000, 100}, {100_000, 3}} {
		names, err := s.accounts(ctx, fmt.Sprint("cold", l.events), l.entities, l.events)
		if err != nil {
			return err
		}
		if err := s.replace(ctx); err != nil {
			return err
		}
		begun := time.Now()
		if err := s.readEach(ctx, names); err != nil {
			return err
		}
		s.print(fmt.Sprintf("cold/%d", l.events), "event", l.events*l.entities, time.Since(begun))
	}
	return nil
}

// externalHits reads what another process of the server has stored.
func (s *engineSQL) externalHits(ctx context.Context) error {
	names, err := s.accounts(ctx, "ext", 2000, 10)
	if err != nil {
		return err
	}
	if err := s.readEach(ctx, names); err != nil {
		return err
	}
	s.conn.Close(ctx)
	if err := s.process.Stop(); err != nil {
		return err
	}
	if err := s.process.Start(ctx); err != nil {
		return err
	}
	if s.conn, err = s.process.Connect(ctx); err != nil {
		return err
	}
	begun := time.Now()
	if err := s.readEach(ctx, names); err != nil {
		return err
	}
	s.print("externalhit", "read", len(names), time.Since(begun))
	return nil
}

func (s *engineSQL) scans(ctx context.Context) error {
	const entities = 100_000
	names, err := s.accounts(ctx, "scan", entities, 10)
	if err != nil {
		return err
	}
	if err := s.replace(ctx); err != nil {
		return err
	}
	for _, what := range []string{"scan/cold", "scan/warm", "scan/dirty1%"} {
		if what == "scan/dirty1%" {
			if err := s.deposit(ctx, names[:entities/100], 10, 11); err != nil {
				return err
			}
		}
		begun := time.Now()
		rows, err := s.readAll(ctx)
		if err != nil {
			return err
		}
		s.print(what, "row", rows, time.Since(begun))
	}
	return nil
}

// readAll takes every row and looks at none.
func (s *engineSQL) readAll(ctx context.Context) (int, error) {
	rows, err := s.conn.Query(ctx, engineAll)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}
