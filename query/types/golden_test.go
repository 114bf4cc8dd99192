package types_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// The files testdata/*.txt hold what a real PostgreSQL 15 answers. They are made
// again from the probes in probes_test.go by `make golden`.
var postgres = flag.String("postgres", "", "connection string of a PostgreSQL 15 that makes testdata/*.txt anew")

// answer is one probe's outcome: fields, or an error.
type answer struct {
	fields []string
	err    *sqlstate.Error
}

func (a answer) String() string {
	var out []string
	if a.err != nil {
		out = append(out, "!"+string(a.err.Code))
		for _, s := range []string{a.err.Message, a.err.Detail, a.err.Hint} {
			out = append(out, strconv.Quote(s))
		}
		return strings.Join(out, "\t")
	}
	for _, s := range a.fields {
		out = append(out, strconv.Quote(s))
	}
	return strings.Join(out, "\t")
}

func failed(err error) answer { return answer{err: sqlstate.Of(err)} }

// probe is one question: what PostgreSQL is asked is made from it by the file's asker.
type probe []string

func (p probe) String() string {
	quoted := make([]string, len(p))
	for i, s := range p {
		quoted[i] = strconv.Quote(s)
	}
	return strings.Join(quoted, "\t")
}

// golden is one file: its probes, how to ask PostgreSQL, and what we answer.
type golden struct {
	file   string
	probes func() []probe
	ask    func(*oracle, probe) answer
	ours   func(probe) answer
}

func TestGolden(t *testing.T) {
	for _, g := range []golden{
		{"text.txt", textProbes, askText, ourText},
		{"addresses.txt", addressProbes, askText, ourText},
		{"typmod.txt", typmodProbes, askTypmod, ourTypmod},
		{"compare.txt", compareProbes, askCompare, ourCompare},
		{"numeric.txt", numericProbes, askNumeric, ourNumeric},
		{"datetime.txt", datetimeProbes, askDatetime, ourDatetime},
		{"jsonb.txt", jsonbProbes, askJSONB, ourJSONB},
		{"rangebinary.txt", rangeProbes, askBinary, ourBinary},
	} {
		t.Run(strings.TrimSuffix(g.file, ".txt"), func(t *testing.T) {
			if *postgres != "" {
				makeGolden(t, g)
			}
			checkGolden(t, g)
		})
	}
}

func checkGolden(t *testing.T, g golden) {
	f, err := os.Open(filepath.Join("testdata", g.file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, wrong := bufio.NewScanner(f), 0
	lines.Buffer(nil, 1<<22)
	count := 0
	for lines.Scan() {
		question, want, ok := strings.Cut(lines.Text(), "\t=>\t")
		if !ok {
			t.Fatalf("%s: bad line %q", g.file, lines.Text())
		}
		count++
		var p probe
		for _, q := range strings.Split(question, "\t") {
			s, err := strconv.Unquote(q)
			if err != nil {
				t.Fatal(err)
			}
			p = append(p, s)
		}
		if got := g.ours(p).String(); got != want {
			if wrong++; wrong <= 400 {
				t.Errorf("%s\n got %s\nwant %s", question, got, want)
			}
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if count < 50 {
		t.Errorf("%s has only %d lines", g.file, count)
	}
	if wrong > 0 {
		t.Errorf("%d of %d wrong", wrong, count)
	}
}

func makeGolden(t *testing.T, g golden) {
	o := newOracle(t)
	var out strings.Builder
	for _, p := range g.probes() {
		fmt.Fprintf(&out, "%s\t=>\t%s\n", p, g.ask(o, p))
	}
	if err := os.WriteFile(filepath.Join("testdata", g.file), []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// oracle is a connection to PostgreSQL.
type oracle struct {
	t    *testing.T
	conn *pgconn.PgConn
	set  string
}

func newOracle(t *testing.T) *oracle {
	conn, err := pgconn.Connect(context.Background(), *postgres)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return &oracle{t: t, conn: conn}
}

// settings sends SET statements unless they are in force already.
func (o *oracle) settings(set string) {
	if o.set == set {
		return
	}
	o.set = set
	if _, err := o.conn.Exec(context.Background(), "RESET ALL;"+set).ReadAll(); err != nil {
		o.t.Fatal(err)
	}
}

// query runs a statement with text parameters; binary says which results come binary.
func (o *oracle) query(sql string, oids []types.OID, args []string, formats []int16) answer {
	var params [][]byte
	var paramOIDs []uint32
	for i, a := range args {
		params = append(params, []byte(a))
		paramOIDs = append(paramOIDs, uint32(oids[i]))
	}
	r := o.conn.ExecParams(context.Background(), sql, params, paramOIDs, nil, formats).Read()
	if r.Err != nil {
		var e *pgconn.PgError
		if !errors.As(r.Err, &e) {
			o.t.Fatal(sql, args, r.Err)
		}
		return answer{err: &sqlstate.Error{Code: sqlstate.Code(e.Code), Message: e.Message, Detail: e.Detail, Hint: e.Hint}}
	}
	var fields []string
	for i, v := range r.Rows[0] {
		switch {
		case v == nil:
			fields = append(fields, "NULL")
		case i < len(formats) && formats[i] == 1:
			fields = append(fields, hex.EncodeToString(v))
		default:
			fields = append(fields, string(v))
		}
	}
	return answer{fields: fields}
}

// environments are the settings that text depends on, as SQL and as an Env.
func environment(name string) (set string, env *types.Env) {
	env = types.NewEnv()
	switch name {
	case "":
		return "SET TimeZone = 'UTC'", env
	case "berlin":
		env.TimeZone, env.Date, env.Order = zone("Europe/Berlin"), types.DateGerman, types.OrderDMY
		env.Interval, env.ByteaEscape, env.ExtraFloatDigits = types.IntervalPostgresVerbose, true, 0
		return "SET TimeZone = 'Europe/Berlin'; SET DateStyle = 'German, DMY'; SET IntervalStyle = postgres_verbose; SET bytea_output = escape; SET extra_float_digits = 0", env
	case "newyork":
		env.TimeZone, env.Date, env.Order = zone("America/New_York"), types.DateSQL, types.OrderMDY
		env.Interval, env.ExtraFloatDigits = types.IntervalSQLStandard, -3
		return "SET TimeZone = 'America/New_York'; SET DateStyle = 'SQL, MDY'; SET IntervalStyle = sql_standard; SET extra_float_digits = -3", env
	case "kolkata":
		env.TimeZone, env.Date, env.Order = zone("Asia/Kolkata"), types.DatePostgres, types.OrderYMD
		env.Interval = types.IntervalISO8601
		return "SET TimeZone = 'Asia/Kolkata'; SET DateStyle = 'Postgres, YMD'; SET IntervalStyle = iso_8601", env
	}
	panic(name)
}

func zone(name string) *time.Location {
	loc, err := types.LoadZone(name)
	if err != nil {
		panic(err)
	}
	return loc
}

func typeOf(name string) types.OID { return types.ByName(name).OID }

func askText(o *oracle, p probe) answer {
	set, _ := environment(p[0])
	o.settings(set)
	t := typeOf(p[1])
	return o.query("SELECT $1, $1", []types.OID{t}, []string{p[2]}, []int16{0, 1})
}

// ourText reads the text, writes it and its binary form, and reads that again.
func ourText(p probe) answer {
	_, env := environment(p[0])
	t := typeOf(p[1])
	d, err := types.Parse(env, types.Of(t), p[2])
	if err != nil {
		return failed(err)
	}
	text := string(types.AppendText(env, nil, t, d))
	binary := types.AppendBinary(nil, t, d)
	again, err := types.DecodeBinary(types.Of(t), binary)
	if err != nil {
		return failed(fmt.Errorf("binary: %w", err))
	}
	if back := string(types.AppendText(env, nil, t, again)); back != text {
		return failed(fmt.Errorf("binary gave %q for %q", back, text))
	}
	return answer{fields: []string{text, hex.EncodeToString(binary)}}
}

func askTypmod(o *oracle, p probe) answer {
	o.settings("SET TimeZone = 'UTC'")
	return o.query("SELECT $1::"+p[2]+", format_type("+strconv.Itoa(int(typeOf(p[0])))+","+p[1]+")", []types.OID{typeOf(p[0])}, []string{p[3]}, nil)
}

func ourTypmod(p probe) answer {
	mod, err := strconv.ParseInt(p[1], 10, 32)
	if err != nil {
		return failed(err)
	}
	t := types.Type{OID: typeOf(p[0]), Mod: int32(mod)}
	d, err := types.Parse(nil, types.Of(t.OID), p[3])
	if err == nil {
		d, err = types.Coerce(t, d, true)
	}
	if err != nil {
		return failed(err)
	}
	return answer{fields: []string{types.Text(nil, t.OID, d), types.FormatType(t)}}
}

func askCompare(o *oracle, p probe) answer {
	o.settings("SET TimeZone = 'UTC'")
	t := typeOf(p[0])
	return o.query("SELECT CASE WHEN $1 < $2 THEN -1 WHEN $1 > $2 THEN 1 WHEN $1 = $2 THEN 0 END", []types.OID{t, t}, p[1:3], nil)
}

func ourCompare(p probe) answer {
	t := typeOf(p[0])
	a, err1 := types.Parse(nil, types.Of(t), p[1])
	b, err2 := types.Parse(nil, types.Of(t), p[2])
	if err := errors.Join(err1, err2); err != nil {
		return failed(err)
	}
	c := types.Compare(t, a, b)
	switch {
	case c != -types.Compare(t, b, a) && (c > 0) == (types.Compare(t, b, a) > 0):
		return failed(errors.New("not antisymmetric"))
	case types.Equal(t, a, b) != (c == 0):
		return failed(errors.New("Equal and Compare differ"))
	case c == 0 && types.Hash(t, a, 7) != types.Hash(t, b, 7):
		return failed(errors.New("equal values hash apart"))
	case c < 0:
		c = -1
	case c > 0:
		c = 1
	}
	return answer{fields: []string{strconv.Itoa(c)}}
}
