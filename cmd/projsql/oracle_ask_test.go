package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// oracleClient asks one server and writes down all that it answers.
type oracleClient struct {
	conn     *pgconn.PgConn
	out      strings.Builder
	rowTypes rowTypes
}

// rowTypes are the OIDs of the types of a relation's rows and of arrays of them, as they stand in
// binary values. Each server has its own.
type rowTypes [][]byte

func askRowTypes(t *testing.T, conn *pgconn.PgConn) (all rowTypes) {
	t.Helper()
	results, err := conn.Exec(t.Context(), "SELECT 'account'::regtype::oid::int8, 'account[]'::regtype::oid::int8").ReadAll()
	if err != nil {
		return nil // the relations are not there yet
	}
	for _, v := range results[0].Rows[0] {
		oid, err := strconv.ParseUint(string(v), 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, binary.BigEndian.AppendUint32(nil, uint32(oid)))
	}
	return all
}

// mask puts a row type's place in the list where its OID is.
func (r rowTypes) mask(v []byte) []byte {
	for i, oid := range r {
		v = bytes.ReplaceAll(v, oid, fmt.Appendf(nil, "row%d", i))
	}
	return v
}

func newOracleClient(t *testing.T, host, port string) *oracleClient {
	t.Helper()
	c := &oracleClient{}
	config, err := pgconn.ParseConfig(fmt.Sprintf("host=%s port=%s user=ada dbname=projsql sslmode=disable", host, port))
	if err != nil {
		t.Fatal(err)
	}
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { c.problem((*pgconn.PgError)(n)) }
	if c.conn, err = pgconn.ConnectConfig(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.conn.Close(context.Background()) })
	c.rowTypes = askRowTypes(t, c.conn)
	return c
}

// protocols are the ways a statement is asked.
var protocols = []string{"simple", "extended text", "extended binary"}

// ask returns everything the server said to q, and the SQLSTATE if that is an
// error. What came before an error is no part of the answer: PostgreSQL meets
// errors of constants while it plans, before it describes the result.
func (c *oracleClient) ask(ctx context.Context, q *question, protocol string) (answer, state string) {
	c.out.Reset()
	var err error
	switch {
	case q.stdin != nil:
		err = c.copyIn(ctx, q)
	case q.stdout:
		var tag pgconn.CommandTag
		tag, err = c.conn.CopyTo(ctx, &c.out, q.sql)
		fmt.Fprintln(&c.out, tag)
	case protocol == "simple":
		err = c.simple(ctx, q)
	default:
		err = c.extended(ctx, q, protocol == "extended binary")
	}
	var e *pgconn.PgError
	switch {
	case errors.As(err, &e):
		c.out.Reset()
		c.problem(e)
		state = e.Code
	case err != nil:
		fmt.Fprintf(&c.out, "%v\n", err)
	}
	return c.out.String(), state
}

func (c *oracleClient) simple(ctx context.Context, q *question) error {
	results := c.conn.Exec(ctx, q.sql)
	for results.NextResult() {
		c.result(results.ResultReader(), q)
	}
	return results.Close()
}

func (c *oracleClient) copyIn(ctx context.Context, q *question) error {
	tag, err := c.conn.CopyFrom(ctx, strings.NewReader(*q.stdin), q.sql)
	fmt.Fprintln(&c.out, tag)
	return err
}

func (c *oracleClient) extended(ctx context.Context, q *question, binary bool) error {
	d, err := c.conn.Prepare(ctx, "", q.sql, nil)
	if err != nil {
		return err
	}
	c.out.WriteString("parameters")
	for _, oid := range d.ParamOIDs {
		c.out.WriteString(" " + typeNumber(oid))
	}
	c.out.WriteByte('\n')
	c.fields(d.Fields)
	var formats []int16
	if binary {
		formats = []int16{1}
	}
	var given []int16
	if q.binary {
		given = []int16{1}
	}
	r := c.conn.ExecPrepared(ctx, "", q.args, given, formats)
	c.result(r, q)
	_, err = r.Close()
	return err
}

func (c *oracleClient) result(r *pgconn.ResultReader, q *question) {
	c.fields(r.FieldDescriptions())
	var rows []string
	for r.NextRow() {
		var row strings.Builder
		for i, v := range r.Values() {
			writeValue(&row, c.rowTypes.mask(v), r.FieldDescriptions()[i].Format)
		}
		rows = append(rows, row.String())
	}
	if q.unordered {
		slices.Sort(rows)
	}
	for _, row := range rows {
		fmt.Fprintln(&c.out, row)
	}
	if tag, err := r.Close(); err == nil {
		fmt.Fprintln(&c.out, tag)
	}
}

func writeValue(w *strings.Builder, v []byte, format int16) {
	switch {
	case v == nil:
		w.WriteString("| NULL ")
	case format == 1:
		fmt.Fprintf(w, "| %x ", v)
	default:
		fmt.Fprintf(w, "| %q ", v)
	}
}

func (c *oracleClient) fields(fields []pgconn.FieldDescription) {
	for _, f := range fields {
		origin := "-"
		if f.TableOID != 0 {
			origin = fmt.Sprintf("column %d", f.TableAttributeNumber)
		}
		fmt.Fprintf(&c.out, "%s: type %s, %d bytes, modifier %d, format %d, %s\n", f.Name, typeNumber(f.DataTypeOID), f.DataTypeSize, f.TypeModifier, f.Format, origin)
	}
}

// typeNumber is the OID of a type of PostgreSQL's; those of types that a script makes are
// what comes next.
func typeNumber(oid uint32) string {
	if oid >= 16384 {
		return "of the script"
	}
	return strconv.FormatUint(uint64(oid), 10)
}

// tempSchema is numbered by the session.
var tempSchema = regexp.MustCompile(`\bpg_temp_\d+\b`)

func (c *oracleClient) problem(e *pgconn.PgError) {
	fmt.Fprintf(&c.out, "%s %s at %d: %s\n", e.Severity, e.Code, e.Position, tempSchema.ReplaceAllString(e.Message, "pg_temp_N"))
	if e.InternalPosition != 0 {
		fmt.Fprintf(&c.out, "  at %d in:\n", e.InternalPosition)
	}
	for _, part := range []string{e.Detail, e.Hint, e.Where, e.InternalQuery, e.SchemaName, e.TableName, e.ColumnName, e.DataTypeName, e.ConstraintName} {
		if part != "" {
			fmt.Fprintf(&c.out, "  %s\n", tempSchema.ReplaceAllString(part, "pg_temp_N"))
		}
	}
}
