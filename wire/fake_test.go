package wire_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/projsql/projsql/query"
	"github.com/projsql/projsql/wire"
	"github.com/projsql/projsql/wire/sqlstate"
)

// trustAll lets in everybody.
type trustAll struct{}

func (trustAll) Authenticate(context.Context, *wire.Exchange) error { return nil }

// fakeSessions opens sessions whose statements are commands to this fake:
//
//	rows N          N rows of one text column "n"
//	echo            one row: the parameters as text
//	error CODE TEXT
//	begin, commit, rollback
//	wait            until the context ends
//	panic
//	notice TEXT, set NAME VALUE
//	copyin, copyout N
//	big N           a row of N bytes
type fakeSessions struct {
	max     int // rows, or bytes of one; 0: as many as are asked for
	open    atomic.Int64
	waiting chan struct{} // told when a wait begins
}

func (f *fakeSessions) Open(_ context.Context, s wire.Startup) (wire.Session, [][2]string, error) {
	if s.Database == "nowhere" {
		return nil, nil, sqlstate.New(sqlstate.InvalidCatalogName, "database \"nowhere\" does not exist")
	}
	f.open.Add(1)
	statuses := [][2]string{
		{"server_version", "15.20"}, {"server_encoding", "UTF8"}, {"client_encoding", "UTF8"}, {"standard_conforming_strings", "on"},
	}
	var names []string
	for name := range s.Settings {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		statuses = append(statuses, [2]string{name, s.Settings[name]})
	}
	return &fakeSession{all: f, status: 'I', statements: map[string]string{}, portals: map[string]*fakePortal{}}, statuses, nil
}

type fakePortal struct {
	sql    string
	values []string
	sent   int
}

type fakeSession struct {
	all        *fakeSessions
	status     byte
	statements map[string]string
	portals    map[string]*fakePortal
}

func (f *fakeSession) Status() byte { return f.status }

// Call calls function 7, which returns its argument.
func (f *fakeSession) Call(_ context.Context, function uint32, argument []byte) ([]byte, error) {
	if function != 7 {
		return nil, sqlstate.New(sqlstate.UndefinedFunction, "function %d does not exist", function)
	}
	return argument, nil
}

func (f *fakeSession) Close() { f.all.open.Add(-1) }

func (f *fakeSession) Simple(ctx context.Context, sql string, out query.Out) error {
	some := false
	for _, s := range strings.Split(sql, ";") {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		some = true
		p := &fakePortal{sql: s}
		if fields := fieldsOf(s); fields != nil {
			if err := out.Fields(fields); err != nil {
				return err
			}
		}
		if err := f.run(ctx, p, 0, out); err != nil {
			if f.status == 'T' {
				f.status = 'E'
			}
			return err
		}
	}
	if !some {
		return out.Empty()
	}
	return nil
}

func fieldsOf(sql string) []query.Field {
	switch verb, _, _ := strings.Cut(sql, " "); verb {
	case "rows":
		return []query.Field{{Name: "n", TypeOID: 25, TypeBytes: -1, TypeMod: -1}}
	case "echo", "big":
		return []query.Field{{Name: "echo", TypeOID: 25, TypeBytes: -1, TypeMod: -1}}
	}
	return nil
}

func (f *fakeSession) Prepare(_ context.Context, name, sql string, _ []uint32, _ query.Out) error {
	if strings.HasPrefix(sql, "syntax") {
		return sqlstate.New(sqlstate.SyntaxError, "syntax error at or near \"syntax\"").At(1)
	}
	f.statements[name] = sql
	return nil
}

func (f *fakeSession) Statement(_ context.Context, name string) ([]uint32, []query.Field, error) {
	sql, ok := f.statements[name]
	if !ok {
		return nil, nil, sqlstate.New(sqlstate.InvalidSQLStatementName, "prepared statement \"%s\" does not exist", name)
	}
	return make25(strings.Count(sql, "$")), fieldsOf(sql), nil
}

func make25(n int) []uint32 {
	oids := make([]uint32, n)
	for i := range oids {
		oids[i] = 25
	}
	return oids
}

func (f *fakeSession) Bind(_ context.Context, portal, statement string, _ []int16, values [][]byte, _ []int16) error {
	sql, ok := f.statements[statement]
	if !ok {
		return sqlstate.New(sqlstate.InvalidSQLStatementName, "prepared statement \"%s\" does not exist", statement)
	}
	p := &fakePortal{sql: sql}
	for _, v := range values {
		if v == nil {
			p.values = append(p.values, "NULL")
		} else {
			p.values = append(p.values, string(v))
		}
	}
	f.portals[portal] = p
	return nil
}

func (f *fakeSession) Portal(_ context.Context, name string) ([]query.Field, error) {
	p, ok := f.portals[name]
	if !ok {
		return nil, sqlstate.New(sqlstate.InvalidCursorName, "portal \"%s\" does not exist", name)
	}
	return fieldsOf(p.sql), nil
}

func (f *fakeSession) Execute(ctx context.Context, portal string, rowsMax uint32, out query.Out) error {
	p, ok := f.portals[portal]
	if !ok {
		return sqlstate.New(sqlstate.InvalidCursorName, "portal \"%s\" does not exist", portal)
	}
	if err := out.Fields(fieldsOf(p.sql)); err != nil {
		return err
	}
	if p.sql == "" {
		return out.Empty()
	}
	return f.run(ctx, p, int(rowsMax), out)
}

func (f *fakeSession) CloseStatement(name string) { delete(f.statements, name) }
func (f *fakeSession) ClosePortal(name string)    { delete(f.portals, name) }

func (f *fakeSession) Sync(_ context.Context, failed bool) error {
	clear(f.portals)
	if failed && f.status == 'T' {
		f.status = 'E'
	}
	return nil
}

func (f *fakeSession) run(ctx context.Context, p *fakePortal, rowsMax int, out query.Out) error {
	verb, rest, _ := strings.Cut(p.sql, " ")
	n, _ := strconv.Atoi(rest)
	if f.all.max > 0 {
		n = min(n, f.all.max)
	}
	switch verb {
	case "rows":
		return f.rows(p, n, rowsMax, out)
	case "big":
		return errors.Join(out.Row(dataRow(strings.Repeat("x", n))), out.Complete("SELECT 1"))
	case "echo":
		synced := ""
		if l, ok := out.(query.LookAhead); ok && l.SyncNext() {
			synced = " sync"
		}
		return errors.Join(out.Row(dataRow(strings.Join(p.values, ",")+synced)), out.Complete("SELECT 1"))
	case "ahead":
		var binds []string
		out.(query.BindAhead).BindsAhead(func(statement string, _ []int16, values [][]byte) bool {
			binds = append(binds, fmt.Sprintf("%s %s", statement, values))
			return len(binds) < n
		})
		return errors.Join(out.Row(dataRow(strings.Join(binds, ", "))), out.Complete("SELECT 1"))
	case "error":
		code, text, _ := strings.Cut(rest, " ")
		return sqlstate.New(sqlstate.Code(code), "%s", text).At(3).WithDetail("why").WithHint("what to do")
	case "begin":
		f.status = 'T'
	case "commit", "rollback":
		f.status = 'I'
	case "wait":
		if f.all.waiting != nil {
			f.all.waiting <- struct{}{}
		}
		<-ctx.Done()
		return fmt.Errorf("waiting: %w", ctx.Err())
	case "panic":
		panic("as asked")
	case "notice":
		return errors.Join(out.Notice("NOTICE", sqlstate.New(sqlstate.Warning, "%s", rest)), out.Complete("NOTICE"))
	case "set":
		name, value, _ := strings.Cut(rest, " ")
		return errors.Join(out.Parameter(name, value), out.Complete("SET"))
	case "copyin":
		return f.copyIn(ctx, out)
	case "copyout":
		return copyOut(n, out)
	default:
		return sqlstate.New(sqlstate.SyntaxError, "syntax error at or near \"%s\"", verb).At(1)
	}
	return out.Complete(strings.ToUpper(verb))
}

func (f *fakeSession) rows(p *fakePortal, n, rowsMax int, out query.Out) error {
	for i := 0; p.sent < n; i++ {
		if rowsMax > 0 && i == rowsMax {
			return out.Suspended()
		}
		p.sent++
		if err := out.Row(dataRow(strconv.Itoa(p.sent))); err != nil {
			return err
		}
	}
	return out.Complete(fmt.Sprintf("SELECT %d", n))
}

func (f *fakeSession) copyIn(ctx context.Context, out query.Out) error {
	in, err := out.CopyIn(0, 2)
	if err != nil {
		return err
	}
	total := 0
	for {
		if f.all.waiting != nil {
			f.all.waiting <- struct{}{}
		}
		chunk, err := in.Next(ctx)
		if errors.Is(err, io.EOF) {
			return out.Complete(fmt.Sprintf("COPY %d", total))
		}
		if err != nil {
			return err
		}
		total += len(chunk)
		if string(chunk) == "bad" {
			return sqlstate.New(sqlstate.BadCopyFileFormat, "bad data")
		}
	}
}

func copyOut(n int, out query.Out) error {
	err := out.CopyOut(0, 1)
	for i := range n {
		err = errors.Join(err, out.CopyData([]byte(strconv.Itoa(i))))
	}
	return errors.Join(err, out.CopyDone(), out.Complete(fmt.Sprintf("COPY %d", n)))
}

// dataRow is a DataRow of one text column.
func dataRow(value string) []byte {
	b := []byte{'D'}
	b = binary.BigEndian.AppendUint32(b, uint32(4+2+4+len(value)))
	b = binary.BigEndian.AppendUint16(b, 1)
	b = binary.BigEndian.AppendUint32(b, uint32(len(value)))
	return append(b, value...)
}
