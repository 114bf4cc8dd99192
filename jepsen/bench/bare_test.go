package main

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/projsql/projsql/jepsen"
)

// TestMain is the bare wire where it is asked to be.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == bareName {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestBareWire has a recorded answer given to clients that ask anything in any mode.
func TestBareWire(t *testing.T) {
	dir, err := os.MkdirTemp("", "projsql-bare-") // PostgreSQL's user has to reach it
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	pg, err := jepsen.StartPostgres(t.Context(), dir+"/postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer pg.Stop()
	w, err := startBare(dir, postgresTarget(pg), "SELECT 'the answer' AS answer")
	if err != nil {
		t.Fatal(err)
	}
	defer w.stop()
	for _, at := range []target{w.target, w.target.within()} {
		for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
			config, err := pgx.ParseConfig("host=" + at.host + " port=" + at.port + " user=bench dbname=postgres")
			if err != nil {
				t.Fatal(err)
			}
			config.DefaultQueryExecMode = mode
			conn, err := pgx.ConnectConfig(t.Context(), config)
			if err != nil {
				t.Fatal(at.host, err)
			}
			for range 3 {
				var answer string
				if err := conn.QueryRow(t.Context(), "SELECT anything").Scan(&answer); err != nil || answer != "the answer" {
					t.Error(at.host, mode, answer, err)
				}
			}
			conn.Close(t.Context())
		}
	}
	for _, mode := range []string{"simple", "prepared"} {
		f, err := pgbench(t.Context(), w.target, dir, load{script: "SELECT 1;", mode: mode, clients: 3, transactions: 50})
		if err != nil || f.rate == 0 {
			t.Error(mode, f, err)
		}
	}
	if _, err := startBare(dir, postgresTarget(pg), "SELECT nothing"); err == nil {
		t.Error("a statement that fails was recorded")
	}
}

// TestFramesOfTheBareWire has messages come byte by byte and together.
func TestFramesOfTheBareWire(t *testing.T) {
	r := &replies{Start: []byte("start"), Shape: []byte("shape"), Rows: []byte("rows"), Ready: []byte("ready")}
	sent := "\x00\x00\x00\x08\x04\xd2\x16\x2f" + "\x00\x00\x00\x08\x00\x03\x00\x00" + "P\x00\x00\x00\x05x" + "B\x00\x00\x00\x04" + "D\x00\x00\x00\x04" + "E\x00\x00\x00\x04" + "S\x00\x00\x00\x04" + "Q\x00\x00\x00\x05\x00"
	const want = "Nstart1\x00\x00\x00\x042\x00\x00\x00\x04shaperowsreadyshaperowsready"
	var whole, bytewise frames
	whole.in = []byte(sent)
	if got, end := whole.answer(nil, r); string(got) != want || end || len(whole.in) != 0 {
		t.Errorf("%q %v", got, end)
	}
	var got []byte
	for i := range sent {
		bytewise.in = append(bytewise.in, sent[i])
		got, _ = bytewise.answer(got, r)
	}
	if string(got) != want {
		t.Errorf("%q", got)
	}
	bytewise.in = []byte("X\x00\x00\x00\x04")
	if _, end := bytewise.answer(nil, r); !end {
		t.Error("the client left")
	}
}
