package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"

	"github.com/projsql/projsql/wire/sqlstate"
)

// progressInterval is how often an operation that is under way is looked at.
const progressInterval = 500 * time.Millisecond

func clusterCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cluster",
		Short: "Look at a cluster and change who is in it",
		Long: `Look at a cluster and change who is in it, through any of its nodes. An operation
goes on in the cluster when the command is interrupted; repeating it is harmless.`,
	}
	cmd.PersistentFlags().String("pg-addr", "127.0.0.1:5433", "a node's address, host:port")
	cmd.PersistentFlags().String("user", "projsql", "role to connect as; PGUSER in the environment without the flag")
	cmd.PersistentFlags().String("database", "projsql", "database")
	cmd.AddCommand(
		statusCommand(),
		operationCommand("drain NODE", "Let a node neither vote, lead nor own partitions; it goes on answering",
			"projsql_cluster_drain", `role = 'learner' AND partitions = 0 AND state = 'draining'`),
		operationCommand("undrain NODE", "Take drain back",
			"projsql_cluster_undrain", `state = 'serving'`),
		operationCommand("remove NODE", "Remove a node from the cluster; it can come back with an empty data directory",
			"projsql_cluster_remove", ""),
		transferCommand(),
	)
	return subcommandsOnly(cmd)
}

func statusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Show the nodes, their roles and how far they are", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withConnection(cmd, func(ctx context.Context, c *pgx.Conn) error {
				return printQuery(ctx, c, cmd.OutOrStdout(), "SELECT * FROM projsql.nodes ORDER BY name")
			})
		},
	}
}

func printQuery(ctx context.Context, c *pgx.Conn, out io.Writer, sql string, args ...string) error {
	params := make([][]byte, len(args))
	for i, a := range args {
		params[i] = []byte(a)
	}
	r := c.PgConn().ExecParams(ctx, sql, params, nil, nil, nil).Read()
	if r.Err == nil {
		printResult(out, r)
	}
	return r.Err
}

// operationCommand asks for something that becomes of a node, and follows it until
// the condition on projsql.nodes holds: "" = until the node is gone.
func operationCommand(use, short, function, done string) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: oneArg("NODE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withConnection(cmd, func(ctx context.Context, c *pgx.Conn) error {
				if _, err := c.Exec(ctx, "SELECT "+function+"($1)", args[0]); err != nil {
					return err
				}
				return follow(ctx, c, cmd.OutOrStdout(), args[0], done)
			})
		},
	}
}

// follow prints what becomes of a node, each time that it changes.
func follow(ctx context.Context, c *pgx.Conn, out io.Writer, node, done string) error {
	if done == "" {
		done = "false"
	}
	sql := `SELECT concat_ws(', ', role, state, partitions || ' partitions'), ` + done + ` FROM projsql.nodes WHERE name = $1`
	for last := ""; ; {
		now, finished := "gone", true
		err := c.QueryRow(ctx, sql, node).Scan(&now, &finished)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		if now != last {
			fmt.Fprintf(out, "%s: %s\n", node, now)
			last = now
		}
		if finished {
			return nil
		}
		select {
		case <-time.After(progressInterval):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func transferCommand() *cobra.Command {
	return &cobra.Command{
		Use: "transfer-leader [NODE]", Short: "Let another node lead: NODE, or any voter", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			node := ""
			if len(args) == 1 {
				node = args[0]
			}
			return withConnection(cmd, func(ctx context.Context, c *pgx.Conn) error {
				if _, err := c.Exec(ctx, "SELECT projsql_cluster_transfer_leader($1)", node); err != nil {
					return err
				}
				return printQuery(ctx, c, cmd.OutOrStdout(), "SELECT name, role, state FROM projsql.nodes ORDER BY name")
			})
		},
	}
}

func withConnection(cmd *cobra.Command, do func(context.Context, *pgx.Conn) error) error {
	c, err := dial(cmd)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(cmd.Context()))
	err = interrupted(cmd.Context(), do(cmd.Context(), c))
	if err != nil && sqlstate.Of(err).Code == sqlstate.UndefinedFunction {
		return fmt.Errorf("the node stands alone, as that of projsql demo does: it has no other nodes (%w)", err)
	}
	return err
}
