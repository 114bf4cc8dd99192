package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"
)

//go:embed demo.sql
var demoProjections string

func demoCommand() *cobra.Command {
	var repo string
	c := defaultConfig()
	c.alone = true
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "A node with real events to try: the history of a git repository",
		Long: `Start one node in a temporary directory, import the history of a git repository as
events, define two projections over it, and print queries with their answers and a
psql line to paste. The node runs until Ctrl-C; then its directory is removed.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runDemo(cmd, c, repo)
		},
	}
	cmd.Flags().StringVar(&repo, "repo", ".", "git repository whose history is imported")
	cmd.Flags().StringVar(&c.pgAddr, "pg-addr", c.pgAddr, "address of the Postgres protocol; another port is taken if it is in use")
	cmd.Flags().StringVar(&c.httpAddr, "http-addr", c.httpAddr, "address of /healthz, /readyz and /metrics; another port is taken if it is in use")
	return cmd
}

func runDemo(cmd *cobra.Command, c nodeConfig, repo string) error {
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	dir, err := os.MkdirTemp("", "projsql-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	c.db.Dir, c.logLevel = dir, "warn"
	c.pgAddr, c.httpAddr = freeOr(c.pgAddr), freeOr(c.httpAddr)
	c.db.Logger = newLogger(cmd.ErrOrStderr(), c)
	n, err := openNode(ctx, c)
	if err != nil {
		return err
	}
	defer spareCollections(garbageMin)()
	serving, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan error, 1)
	go func() { served <- n.serve(serving) }()
	if err = demoSession(ctx, out, cmd.ErrOrStderr(), n.pg.Addr(), repo); err != nil {
		stop()
	}
	return errors.Join(err, <-served, n.close())
}

// freeOr is addr, or the same host with a port of the system's choice if somebody
// listens on addr.
func freeOr(addr string) string {
	l, err := net.Listen("tcp", addr)
	if err == nil {
		_ = l.Close() // only tried
		return addr
	}
	host, _, splitErr := net.SplitHostPort(addr)
	if splitErr != nil {
		return addr
	}
	return net.JoinHostPort(host, "0")
}

// demoSession imports, defines, asks, and says how to go on.
func demoSession(ctx context.Context, out, progress io.Writer, addr net.Addr, repo string) error {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return err
	}
	conn, err := connect(ctx, host, port, "demo", "projsql")
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	fmt.Fprintf(out, "one node, at %s; importing the git history of %s\n\n", addr, repo)
	src, err := gitSource(ctx, repo)
	if err != nil {
		return fmt.Errorf("%w\nname a git repository that has commits: projsql demo --repo PATH", err)
	}
	if _, err := load(ctx, conn, src, progress); err != nil {
		return err
	}
	if err := define(ctx, conn, out); err != nil {
		return err
	}
	busiest, err := ask(ctx, conn, out)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, `
Now you. In another terminal, paste:

  psql -h %s -p %s -U demo projsql -c "SELECT * FROM project('file', %s) WITH FRESHNESS MAYBE STALE '500ms'"

or psql -h %s -p %s -U demo projsql, and try INSERT INTO events (entity, kind, data) VALUES ('x', 'FileAdded', '{"added": 1}').
Ctrl-C ends the node and removes its data.
`, host, port, strings.ReplaceAll(quoteLiteral(busiest), `"`, `\"`), host, port)
	return nil
}

func define(ctx context.Context, conn *pgx.Conn, out io.Writer) error {
	for statement := range strings.SplitSeq(strings.TrimSpace(demoProjections), ";\n") {
		statement = strings.TrimSuffix(statement, ";")
		fmt.Fprintf(out, "%s;\n\n", statement)
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// ask prints queries and their answers, and returns the entity that changed most.
func ask(ctx context.Context, conn *pgx.Conn, out io.Writer) (busiest string, err error) {
	err = conn.QueryRow(ctx, "SELECT entity FROM file ORDER BY changes DESC, entity LIMIT 1").Scan(&busiest)
	if err != nil {
		return "", fmt.Errorf("the history has no file: %w", err)
	}
	entity := quoteLiteral(busiest)
	for _, query := range []string{
		"SELECT count(*) AS events, min(occurred_at) AS first, max(occurred_at) AS last FROM events",
		"SELECT count(*) AS files, sum(lines) AS lines FROM file",
		"SELECT entity, changes, lines, last_author FROM file ORDER BY changes DESC, entity LIMIT 5",
		"SELECT entity, added, removed, authors FROM churn ORDER BY added + removed DESC, entity LIMIT 3",
		"SELECT lines, changes, last_changed, _strategy, _freshness, _age_ms FROM project('file', " + entity + ") WITH FRESHNESS CONSISTENT",
		"SELECT lines, changes, last_changed FROM project('file', " + entity + ") WITH FRESHNESS AS OF OCCURRED '" + "{middle}" + "'",
		"EXPLAIN (ANALYZE) SELECT * FROM project('file', " + entity + ")",
	} {
		if strings.Contains(query, "{middle}") {
			var middle string
			err := conn.QueryRow(ctx, "SELECT (min(occurred_at) + (max(occurred_at) - min(occurred_at)) / 2)::text FROM events WHERE entity = "+entity).Scan(&middle)
			if err != nil {
				return "", err
			}
			query = strings.Replace(query, "{middle}", middle, 1)
		}
		if err := show(ctx, conn, out, query); err != nil {
			return "", fmt.Errorf("%s: %w", query, err)
		}
	}
	return busiest, nil
}

func quoteLiteral(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// show prints a query and its answer as psql does.
func show(ctx context.Context, conn *pgx.Conn, out io.Writer, query string) error {
	fmt.Fprintf(out, "projsql=> %s;\n", query)
	results, err := conn.PgConn().Exec(ctx, query).ReadAll()
	if err != nil {
		return err
	}
	for _, r := range results {
		printResult(out, r)
		fmt.Fprintln(out)
	}
	return nil
}
