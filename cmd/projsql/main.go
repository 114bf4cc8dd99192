// Command projsql is the database: the server, its importers and its demo.
//
// It has the flags, the configuration file and the signals; the node is package projsql's.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"

	"github.com/projsql/projsql"
	"github.com/projsql/projsql/wire/sqlstate"
)

func main() {
	if err := rootCommand().ExecuteContext(firstSignal(os.Interrupt, syscall.SIGTERM)); err != nil {
		fmt.Fprintln(os.Stderr, "projsql:", err)
		if detail := detailOf(err); detail != "" {
			fmt.Fprintln(os.Stderr, "detail:", detail)
		}
		if hint := hintOf(err); hint != "" {
			fmt.Fprintln(os.Stderr, "hint:", hint)
		}
		os.Exit(1)
	}
}

// hintOf says what to do about an error; "" if there is nothing to say.
func hintOf(err error) string {
	e := sqlstate.Of(err)
	if e.Code == sqlstate.DiskFull && e.Hint == "" {
		return "Make room and start the node again: nothing that was acknowledged is lost. The directory cache/ may be deleted."
	}
	if told := new(pgconn.PgError); errors.As(err, &told) {
		return told.Hint
	}
	return e.Hint
}

// detailOf is what a server has told beside the error's message; "" if it has told no more.
func detailOf(err error) string {
	if told := new(pgconn.PgError); errors.As(err, &told) {
		return told.Detail
	}
	return ""
}

// firstSignal returns a context that ends at the first of the signals. By then they are no
// longer caught: whoever has seen the shutdown begin can end it with a second one.
func firstSignal(signals ...os.Signal) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, signals...)
	go func() {
		<-caught
		signal.Stop(caught)
		cancel()
	}()
	return ctx
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "projsql",
		Short: "Projections of an event log, in SQL, with their freshness proven",
		Long: `projsql holds an append-only event log and answers, over the Postgres protocol,
what the state of an entity is now and how old that answer is.

  projsql demo                  a node with real events, and a psql line to paste
  projsql serve                 a durable node on 127.0.0.1:5433
  projsql import git .          the history of a git repository, as events

Every flag can be given as PROJSQL_<FLAG> in the environment (PROJSQL_PG_ADDR)
or as a line of a TOML file named by --config (pg-addr = "127.0.0.1:5433").
A flag wins over the environment, the environment over the file. A variable that
no flag has is named in a warning, a line of the file that none has is an error.`,
		Version:       projsql.Version(),
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			err := configure(cmd.Flags(), os.LookupEnv)
			if err == nil {
				warnOfVariables(cmd, unknownVariables(cmd.Root(), os.Environ()))
			}
			return err
		},
	}
	root.SetFlagErrorFunc(flagError)
	root.SetVersionTemplate("projsql {{.Version}}\n")
	root.PersistentFlags().String("config", "", "TOML file with flags' values")
	root.AddCommand(serveCommand(), demoCommand(), importCommand(), clusterCommand(), verifyCommand(), versionCommand())
	return root
}

// oneArg wants one argument, which errors call by its name.
func oneArg(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fmt.Errorf("one %s is expected, not %d: %s %[1]s", name, len(args), cmd.CommandPath())
		}
		return nil
	}
}

// subcommandsOnly has a command that does nothing itself refuse a name that none of its
// commands has: cobra shows its help instead, and calls that a success.
func subcommandsOnly(cmd *cobra.Command) *cobra.Command {
	cmd.DisableFlagsInUseLine = true
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		err := fmt.Errorf("unknown command %q for %q", args[0], cmd.CommandPath())
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			err = fmt.Errorf("%w; is it %s?", err, strings.Join(near, " or "))
		}
		return fmt.Errorf("%w\n%s --help lists the commands", err, cmd.CommandPath())
	}
	cmd.SuggestionsMinimumDistance = 2
	return cmd
}

// noArgs refuses arguments.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%q is not expected: %s takes flags only", args[0], cmd.CommandPath())
	}
	return nil
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArgs,
		Run: func(cmd *cobra.Command, _ []string) {
			fmt.Fprintln(cmd.OutOrStdout(), "projsql", projsql.Version())
		},
	}
}
