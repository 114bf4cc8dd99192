package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// note is the payload of a notification.
type note struct {
	Entity     *string `json:"entity"`
	Generation *uint64 `json:"generation"`
	HLC        uint64  `json:"hlc"`
}

// patience is how long a busy machine may take for what takes a moment.
const patience = 3 * time.Minute

func mustExec(t *testing.T, conn *pgx.Conn, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := conn.Exec(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// next waits for a notification and returns it as "channel entity generation".
func next(t *testing.T, conn *pgx.Conn) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	n, err := conn.WaitForNotification(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var p note
	if err := json.Unmarshal([]byte(n.Payload), &p); err != nil || p.HLC == 0 {
		t.Fatalf("payload %q: %v", n.Payload, err)
	}
	if p.Entity == nil {
		return n.Channel + " everything"
	}
	return fmt.Sprintf("%s %s %d", n.Channel, *p.Entity, *p.Generation)
}

func wantNext(t *testing.T, conn *pgx.Conn, want ...string) {
	t.Helper()
	for _, w := range want {
		if got := next(t, conn); got != w {
			t.Fatalf("notified %q, expected %q", got, w)
		}
	}
}

const deposit = `INSERT INTO events (entity, kind, data) VALUES ('%s', '%s', '{"amount": 1, "owner": "x"}')`

// TestListen: idle clients are told at once, of what they listen to and nothing else.
func TestListen(t *testing.T) {
	n := clientNode(t)
	writer, one, all := n.connect(t), n.connect(t), n.connect(t)
	mustExec(t, one, `LISTEN "account:acct:7"`)
	mustExec(t, all, `LISTEN account`, `LISTEN "Account:acct:8"`)
	mustExec(t, writer, fmt.Sprintf(deposit, "1", "MoneyDeposited"), fmt.Sprintf(deposit, "acct:7", "Irrelevant"))
	wantNext(t, all, "account 1 2")
	mustExec(t, writer, fmt.Sprintf(deposit, "acct:7", "MoneyDeposited"))
	wantNext(t, one, "account:acct:7 acct:7 4")
	wantNext(t, all, "account acct:7 4")
	mustExec(t, one, `UNLISTEN *`)
	mustExec(t, all, `UNLISTEN account`)
	mustExec(t, writer, fmt.Sprintf(deposit, "acct:7", "MoneyDeposited"), fmt.Sprintf(deposit, "acct:8", "MoneyDeposited"))
	wantNext(t, all, "Account:acct:8 acct:8 1")
	mustExec(t, one, `LISTEN "account:acct:7"`)
	mustExec(t, writer, fmt.Sprintf(deposit, "acct:7", "MoneyDeposited"))
	wantNext(t, one, "account:acct:7 acct:7 6")
}

// TestListenInTransactions: LISTEN takes effect at COMMIT, the transaction's own
// appends included.
func TestListenInTransactions(t *testing.T) {
	n := clientNode(t)
	writer, conn := n.connect(t), n.connect(t)
	mustExec(t, conn, `BEGIN`, `LISTEN account`, `ROLLBACK`)
	mustExec(t, writer, fmt.Sprintf(deposit, "1", "MoneyDeposited"))
	mustExec(t, conn, `BEGIN`, fmt.Sprintf(deposit, "2", "MoneyDeposited"), `LISTEN account`, `COMMIT`)
	wantNext(t, conn, "account 2 2")
}

// TestListenTellsAfterTheBlock: what changed during a block comes when it ends, the
// newest generation alone, and nothing comes before.
func TestListenTellsAfterTheBlock(t *testing.T) {
	n := clientNode(t)
	writer, conn, watcher := n.connect(t), n.connect(t), n.connect(t)
	mustExec(t, conn, `LISTEN account`, `BEGIN`)
	mustExec(t, watcher, `LISTEN "account:2"`)
	mustExec(t, writer, fmt.Sprintf(deposit, "1", "MoneyDeposited"), fmt.Sprintf(deposit, "1", "MoneyDeposited"),
		fmt.Sprintf(deposit, "2", "MoneyDeposited"))
	wantNext(t, watcher, "account:2 2 2") // so the feed has told all of them
	mustExec(t, conn, `COMMIT`)
	wantNext(t, conn, "account 1 3", "account 2 2")
}

// TestListenToDefinitions: a channel may come before its projection; whoever follows
// one that is made, replaced or dropped is to read everything anew.
func TestListenToDefinitions(t *testing.T) {
	n := clientNode(t)
	writer, conn := n.connect(t), n.connect(t)
	const define = ` PROJECTION deposits (n int NOT NULL DEFAULT 0) WHEN 'MoneyDeposited' THEN UPDATE SET n = n + 1`
	mustExec(t, conn, `LISTEN "deposits:1"`)
	mustExec(t, writer, `CREATE`+define)
	wantNext(t, conn, "deposits:1 everything")
	mustExec(t, writer, fmt.Sprintf(deposit, "1", "MoneyDeposited"))
	wantNext(t, conn, "deposits:1 1 2")
	mustExec(t, writer, `CREATE OR REPLACE`+define)
	wantNext(t, conn, "deposits:1 everything")
	mustExec(t, writer, `DROP PROJECTION deposits`)
	wantNext(t, conn, "deposits:1 everything")
}

// TestListenToALongEntity: PostgreSQL cuts names after 63 bytes, a channel is whole.
func TestListenToALongEntity(t *testing.T) {
	n := clientNode(t)
	entity := strings.Repeat("long", 100)
	conn := n.connect(t)
	mustExec(t, conn, `LISTEN "account:`+entity+`"`, fmt.Sprintf(deposit, entity, "MoneyDeposited"))
	wantNext(t, conn, "account:"+entity+" "+entity+" 1")
	mustExec(t, conn, `UNLISTEN "account:`+entity+`"`)
	var left int
	if err := conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_listening_channels()`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d channels left, %v", left, err)
	}
}

// TestPsqlListens: psql shows notifications after its commands, of which it needs more where
// the machine is slow.
func TestPsqlListens(t *testing.T) {
	n := clientNode(t)
	got := ""
	for i, commands := range []int{20, 100, 500, 2500} {
		got = n.psql(t, fmt.Sprintf(`LISTEN account;
INSERT INTO events (entity, kind, data) VALUES ('9%d', 'AccountOpened', '{"owner": "Nine"}');
`, i)+strings.Repeat("SELECT pg_sleep(0.02);\n", commands))
		if strings.Contains(got, fmt.Sprintf(`Asynchronous notification "account" with payload "{"entity":"9%d","generation":1,"hlc":`, i)) {
			return
		}
	}
	t.Errorf("psql shows\n%s", got)
}

// TestListenersEnd: a node with listeners that wait shuts down at once.
func TestListenersEnd(t *testing.T) {
	n := clientNode(t)
	conn := n.connect(t)
	mustExec(t, conn, `LISTEN account`)
	ended := make(chan error, 1)
	go func() {
		_, err := conn.WaitForNotification(context.Background())
		ended <- err
	}()
	if err := n.stop(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the listener ended with %v", err)
	}
}
