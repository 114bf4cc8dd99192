package main

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"
)

func verifyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Compare the logs of all nodes: the same events, order, stamps and content",
		Long: `Compare the logs of all nodes at one sequence: the same events in the same order, with
the same stamps and content. Each node reads its whole log. Prints what each has, and
ends with exit status 1 if one differs or does not answer.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withConnection(cmd, func(ctx context.Context, c *pgx.Conn) error {
				r := c.PgConn().ExecParams(ctx, "SELECT * FROM projsql_verify_replicas()", nil, nil, nil, nil).Read()
				if r.Err != nil {
					return r.Err
				}
				printResult(cmd.OutOrStdout(), r)
				trouble := len(r.FieldDescriptions) - 1
				for _, row := range r.Rows {
					if row[trouble] != nil {
						return errors.New("the replicas are not all the same")
					}
				}
				return nil
			})
		},
	}
	cmd.Flags().String("pg-addr", "127.0.0.1:5433", "a node's address, host:port")
	cmd.Flags().String("user", "projsql", "role to connect as; PGUSER in the environment without the flag")
	cmd.Flags().String("database", "projsql", "database")
	return cmd
}
