// Package projsql is a node of projsql as a Go library: an event log on disk and the
// projections that are folded from it, each read under a stated freshness.
//
//	db, err := projsql.Open(ctx, projsql.Options{Dir: "data"})
//	accounts, err := projsql.Register(db, projsql.Projection[Account]{
//		Name: "account", Version: 1,
//		When: map[string]projsql.Fold[Account]{
//			"MoneyDeposited": projsql.On(func(a *Account, d Deposited, _ *projsql.Event) error {
//				a.Balance += d.Amount
//				return nil
//			}),
//		},
//	})
//	receipts, err := db.Append(ctx, projsql.Draft{Entity: "acct:7", Kind: "MoneyDeposited", Data: Deposited{10}})
//	ada, err := accounts.Get(ctx, "acct:7", projsql.MaybeStale(500*time.Millisecond))
//
// What is registered is a relation in SQL too: ServePG answers Postgres clients, Dial
// connects one within the process. docs/how-to/embed-in-go.md has a whole program.
//
// It is where the rooms of the module meet: Open puts them together, Close takes them
// apart. The program in cmd/projsql is one of its callers. Errors that a caller can act on
// have a method SQLState, with PostgreSQL's codes.
package projsql
