// Command embed is the program of docs/how-to/embed-in-go.md: a small bank whose accounts
// are a projection written in Go.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/projsql/projsql"
)

// Account is the state of an account: what its events have made of it. Its fields are
// the columns of the relation.
type Account struct {
	Owner   string
	Balance int64 `projsql:"balance,numeric"` // bigint without the tag
	Closed  bool
	Since   *time.Time // nil is NULL
}

// What the events carry.
type (
	Opened    struct{ Owner string }
	Deposited struct{ Amount int64 }
)

var accounts = projsql.Projection[Account]{
	Name:    "account",
	Version: 1, // change it when a fold changes
	When: map[string]projsql.Fold[Account]{
		"AccountOpened": projsql.On(func(a *Account, o Opened, e *projsql.Event) error {
			a.Owner, a.Since = o.Owner, &e.OccurredAt
			return nil
		}),
		"MoneyDeposited": projsql.On(func(a *Account, d Deposited, _ *projsql.Event) error {
			if a.Closed {
				return projsql.Ignore
			}
			a.Balance += d.Amount
			return nil
		}),
		"AccountClosed": func(a *Account, _ *projsql.Event) error {
			a.Closed = true
			return nil
		},
		"AccountErased": func(*Account, *projsql.Event) error { return projsql.Delete },
	},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	listener, err := net.Listen("tcp", "127.0.0.1:5433")
	if err != nil {
		log.Fatal(err)
	}
	if err := run(ctx, "bank-data", listener, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, dir string, listener net.Listener, out io.Writer) (err error) {
	db, err := projsql.Open(ctx, projsql.Options{Dir: dir})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	view, err := projsql.Register(db, accounts)
	if err != nil {
		return err
	}

	// Both or none, and only if there is no account yet.
	receipts, err := db.Append(
		ctx,
		projsql.Draft{Entity: "acct:7", Kind: "AccountOpened", Data: Opened{"Ada"}, Expected: projsql.Expect(0)},
		projsql.Draft{Entity: "acct:7", Kind: "MoneyDeposited", Data: Deposited{10}},
	)
	var conflict *projsql.ConflictError
	switch {
	case errors.As(err, &conflict):
		fmt.Fprintf(out, "acct:7 has %d events already\n", conflict.Actual)
	case err != nil:
		return err
	default:
		fmt.Fprintf(out, "appended versions %d and %d\n", receipts[0].Version, receipts[1].Version)
	}

	// A typed read, at most 500 ms old.
	ada, err := view.Get(ctx, "acct:7", projsql.MaybeStale(500*time.Millisecond))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s has %d (%s, generation %d)\n", ada.State.Owner, ada.State.Balance, ada.Outcome.Freshness, ada.Outcome.Generation)

	if err := ask(ctx, db, out); err != nil {
		return err
	}
	fmt.Fprintf(out, "psql clients are answered at %s\n", listener.Addr())
	return db.ServePG(ctx, listener) // until Ctrl-C
}

// ask is a client of the same process: pgx without a socket.
func ask(ctx context.Context, db *projsql.DB, out io.Writer) error {
	config, err := pgx.ParseConfig("host=localhost user=bank dbname=projsql sslmode=disable")
	if err != nil {
		return err
	}
	config.DialFunc = db.Dial
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var total int64
	err = conn.QueryRow(ctx, "SELECT sum(balance) FROM account WHERE NOT closed").Scan(&total)
	fmt.Fprintf(out, "the bank owes %d\n", total)
	return err
}
