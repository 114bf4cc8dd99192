package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
)

// importIDs is the namespace of event ids that importers derive (UUIDv5), so that
// the same source line has the same id in every run.
var importIDs = uuid.MustParse("6f2c1c0a-8f7e-5c5e-9d6b-3c1f0d5b7a11")

// batchEvents is how many events travel in one COPY: one Raft entry.
const batchEvents = 2000

// record is an event on its way into a server.
type record struct {
	place      string // where it stands in the source, for errors; "" = nowhere that has a name
	id         uuid.UUID
	entity     string
	kind       string
	data       []byte
	occurredAt time.Time // zero = none
}

// source is what an importer reads.
type source struct {
	records iter.Seq2[record, error]
	total   int64        // of done's unit; -1 = unknown
	done    func() int64 // how far records has read
	bytes   bool         // the unit is bytes, else events' sources (commits)
}

func importCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Load events into a running server",
		Long: `Load events into a running server. Every event gets an id derived from its source,
so an import can be interrupted and run again: what is in the log is not added twice.`,
	}
	cmd.PersistentFlags().String("pg-addr", "127.0.0.1:5433", "server's address, host:port")
	cmd.PersistentFlags().String("user", "projsql", "role to connect as; PGUSER in the environment without the flag")
	cmd.PersistentFlags().String("database", "projsql", "database")
	cmd.AddCommand(importGitCommand(), importJSONLCommand())
	return subcommandsOnly(cmd)
}

// runImport loads a source into the server that cmd's flags name and prints what
// became of it.
func runImport(cmd *cobra.Command, src source) error {
	conn, err := dial(cmd)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(cmd.Context()))
	sum, err := load(cmd.Context(), conn, src, cmd.ErrOrStderr())
	if err != nil {
		return fmt.Errorf("%w\n%d events were sent; run the same command again to go on, nothing is added twice", interrupted(cmd.Context(), err), sum.sent)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%d events read, %d new; the log has %d events now\n", sum.sent, sum.added, sum.total)
	return nil
}

func dial(cmd *cobra.Command) (*pgx.Conn, error) {
	flag := func(name string) string { return cmd.Flag(name).Value.String() }
	host, port, err := net.SplitHostPort(flag("pg-addr"))
	if err != nil {
		return nil, fmt.Errorf("--pg-addr: %w", err)
	}
	user := flag("user")
	if name := os.Getenv("PGUSER"); name != "" && !cmd.Flag("user").Changed {
		user = name
	}
	conn, err := connect(cmd.Context(), host, port, user, flag("database"))
	if refused := new(pgconn.PgError); errors.As(err, &refused) {
		return nil, notLetIn(flag("pg-addr"), user, refused)
	}
	if err != nil && cmd.Context().Err() == nil {
		return nil, fmt.Errorf("no server answers at %s: %s\nstart one with: projsql serve", flag("pg-addr"), attempts(err))
	}
	return conn, interrupted(cmd.Context(), err)
}

// notLetIn is the error for a server that answers and lets the user not in.
func notLetIn(addr, user string, refused *pgconn.PgError) error {
	err := fmt.Errorf("the server at %s does not let %q in: %w", addr, user, refused)
	if strings.HasPrefix(refused.Code, "28") { // invalid authorization
		return fmt.Errorf("%w\n--user or PGUSER names the role, PGPASSWORD or ~/.pgpass has its password", err)
	}
	return err
}

// attempts is what became of attempts to connect, each text once: every address is tried
// with TLS and without.
func attempts(err error) string {
	if connect := new(pgconn.ConnectError); errors.As(err, &connect) {
		err = connect.Unwrap()
	}
	var texts []string
	for text := range strings.Lines(err.Error()) {
		if text = strings.TrimSpace(text); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "; ")
}

// interrupted is err, or, where it came of a signal to this command, an error that says so.
func interrupted(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return errors.New("interrupted")
	}
	return err
}

func connect(ctx context.Context, host, port, user, database string) (*pgx.Conn, error) {
	quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace
	config, err := pgx.ParseConfig(fmt.Sprintf("host='%s' port='%s' user='%s' dbname='%s' sslmode=prefer connect_timeout=5",
		quoted(host), quoted(port), quoted(user), quoted(database)))
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["application_name"] = "projsql import"
	return pgx.ConnectConfig(ctx, config)
}

// loaded is what an import did.
type loaded struct{ sent, added, total int64 }

// load copies a source into the log, one batch after the other, and shows a
// progress bar on a terminal.
func load(ctx context.Context, conn *pgx.Conn, src source, progress io.Writer) (sum loaded, err error) {
	before, err := countEvents(ctx, conn)
	if err != nil {
		return sum, err
	}
	bar := newBar(src, progress)
	defer bar.Close()
	var batch bytes.Buffer
	var places []string
	flush := func() error {
		if err := copyBatch(ctx, conn, &batch, places); err != nil {
			return err
		}
		sum.sent += int64(len(places))
		places = places[:0]
		return bar.Set64(src.done())
	}
	for r, err := range src.records {
		if err != nil {
			return sum, errors.Join(err, flush())
		}
		appendCopyRow(&batch, r)
		if places = append(places, r.place); len(places) == batchEvents {
			if err := flush(); err != nil {
				return sum, err
			}
		}
	}
	if err := flush(); err != nil {
		return sum, err
	}
	sum.total, err = countEvents(ctx, conn)
	sum.added = sum.total - before
	return sum, err
}

func newBar(src source, w io.Writer) *progressbar.ProgressBar {
	f, isFile := w.(*os.File)
	visible := false
	if isFile {
		info, err := f.Stat()
		visible = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return progressbar.NewOptions64(src.total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetVisibility(visible),
		progressbar.OptionSetDescription("importing"),
		progressbar.OptionShowBytes(src.bytes),
		progressbar.OptionShowCount(),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond))
}

func countEvents(ctx context.Context, conn *pgx.Conn) (n int64, err error) {
	err = conn.QueryRow(ctx, "SELECT count(*) FROM events").Scan(&n)
	return n, err
}

func copyBatch(ctx context.Context, conn *pgx.Conn, batch *bytes.Buffer, places []string) error {
	if batch.Len() == 0 {
		return nil
	}
	_, err := conn.PgConn().CopyFrom(ctx, batch,
		"COPY events (event_id, entity, kind, data, occurred_at) FROM STDIN")
	batch.Reset()
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) && pgErr.Where != "" {
		return copyError(pgErr, places)
	}
	return err
}

// copyLine is where COPY says that an error is: a line of the batch, which says nothing to
// who has the source.
var copyLine = regexp.MustCompile(`COPY events, line (\d+)(?:, column (\w+))?`)

// copyError is a server's error about a row of a batch, at its place in the source.
func copyError(err *pgconn.PgError, places []string) error {
	found := copyLine.FindStringSubmatch(err.Where)
	if found == nil {
		return fmt.Errorf("%w (%s)", err, err.Where)
	}
	n, _ := strconv.Atoi(found[1]) // digits
	if n < 1 || n > len(places) || places[n-1] == "" {
		return fmt.Errorf("%w (%s)", err, err.Where)
	}
	if found[2] != "" {
		return fmt.Errorf("%s: %q: %w", places[n-1], found[2], err)
	}
	return fmt.Errorf("%s: %w", places[n-1], err)
}

var copyEscapes = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)

// appendCopyRow writes one row in COPY's text format.
func appendCopyRow(w *bytes.Buffer, r record) {
	w.WriteString(r.id.String())
	for _, field := range []string{r.entity, r.kind, string(r.data)} {
		w.WriteByte('\t')
		copyEscapes.WriteString(w, field)
	}
	w.WriteByte('\t')
	if r.occurredAt.IsZero() {
		w.WriteString(`\N`)
	} else {
		w.WriteString(r.occurredAt.UTC().Format("2006-01-02 15:04:05.999999Z07:00"))
	}
	w.WriteByte('\n')
}
