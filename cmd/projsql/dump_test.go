package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// dumped are events, upcasts and projections, with columns of every kind.
var dumped = ledger + `;
CREATE PROJECTION many (a smallint DEFAULT 3, b integer NOT NULL DEFAULT 1 + 2, c bigint, d real, e double precision DEFAULT 'NaN', f numeric(10,2) DEFAULT 1.5,
	h boolean DEFAULT (1 IN (1, 2)), i text DEFAULT E'it''s\n\\x', j varchar(7) DEFAULT upper('x') || 'y', k char(3) DEFAULT 'x', l bytea, m date, n time, o timetz,
	p timestamp(3), q timestamptz, r interval, s uuid, t json, u jsonb DEFAULT '{"a": [1, null]}', v text[] NOT NULL DEFAULT '{}', w int4range, x tstzmultirange,
	y numeric(5,1)[], z "char", aa name, bb oid, "Odd Name" text, "select" int DEFAULT 7)
	WHEN 'AccountOpened' THEN UPDATE SET c = 9223372036854775807, d = 1.5, l = '\x00ff', m = '2026-01-01', n = '12:34:56.789', o = '12:00+02', p = '2026-01-01 00:00:00.1239',
		q = occurred_at, r = '1 mon 2 days 03:04:05', s = '0190a0aa-0000-7000-8000-000000000001', t = '{"b" : 1}', v = ARRAY['a,b', NULL, '"', ''], w = '[1,5)',
		x = '{[2026-01-01,2026-02-01)}', y = '{{1.5,2},{3,4}}', z = 'q', aa = 'name', bb = 5, "Odd Name" = data->>'owner', j = E'x\ty'
	WHEN 'Gone' THEN DELETE -- here;
CREATE PROJECTION "Spelt" (n int) WHEN 'Never' THEN UPDATE SET n = 1;
ALTER PROJECTION "Spelt" SET (warm = 'on');
COMMENT ON TABLE "Spelt" IS E'it''s "Spelt"\nin two lines';
COMMENT ON COLUMN many."Odd Name" IS 'odd';
COMMENT ON TABLE events IS 'what happened';
COMMENT ON COLUMN events.data IS 'a document';
CREATE VIEW "z base" AS SELECT many.*, s.n AS spelt FROM many LEFT JOIN "Spelt" s USING (entity) WHERE a > 1 OR i LIKE 'x%' AND "select" IN (1, 7);
CREATE VIEW "a over" (e, "Sum", day) WITH (security_barrier=true) AS SELECT entity, sum(f + 1) OVER (PARTITION BY h ORDER BY c), q::date FROM "z base" ORDER BY 2 DESC;
CREATE FUNCTION "a rows"(least_n int DEFAULT 1) RETURNS TABLE (e text, c bigint) STABLE LANGUAGE sql AS 'SELECT entity, 1::bigint FROM many';
CREATE FUNCTION a_count(x text) RETURNS int LANGUAGE sql RETURN length(x) + 1;
CREATE VIEW "a calls" AS SELECT a_count(m.entity) AS n FROM many m;
CREATE FUNCTION a_more(m many, after text DEFAULT NULL, other many[] DEFAULT NULL) RETURNS SETOF many LANGUAGE sql AS 'SELECT * FROM many';
CREATE PROCEDURE a_put(e text) LANGUAGE sql AS $$ INSERT INTO events (entity, kind) VALUES (e, 'Put') $$;
CREATE FUNCTION a_set() RETURNS text STABLE SECURITY DEFINER LANGUAGE sql SET search_path = public, "Odd Name", pg_temp SET TimeZone = 'UTC' SET work_mem = '1MB' SET a.b = E'it''s \\' AS 'SELECT max(entity) FROM many';
COMMENT ON FUNCTION a_count(text) IS 'counts';
ALTER VIEW "z base" OWNER TO projsql;
ALTER VIEW "a calls" OWNER TO projsql;
ALTER FUNCTION "a rows"(int) OWNER TO projsql;
ALTER FUNCTION a_count(text) OWNER TO projsql;
ALTER FUNCTION a_more(many, text, many[]) OWNER TO projsql;
ALTER FUNCTION a_set() OWNER TO projsql;
ALTER PROCEDURE a_put(text) OWNER TO projsql;
ALTER VIEW "a over" OWNER TO projsql;
COMMENT ON VIEW "a over" IS 'over z';
COMMENT ON COLUMN "a over"."Sum" IS 'summed';
INSERT INTO events (entity, kind, data, metadata, correlation_id) VALUES (E'tab\tand \\N', 'AccountOpened', '{"owner": "A\\d\ta"}', '{"m": 1}', '0190a0aa-0000-7000-8000-000000000001'), ('2', 'Gone', '{}', NULL, NULL);
ALTER EVENT KIND 'AccountOpened' ADD UPCAST FROM VERSION 1 AS (data || '{"up": "it''s"}')`

func dumpedNode(t *testing.T) *runningNode {
	t.Helper()
	n := testNode(t)
	conn := n.connect(t)
	for statement := range strings.SplitSeq(dumped, ";\n") {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	return n
}

// shell runs a script in a directory, beside a server.
func shell(t *testing.T, dir, host, port, script string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-ec", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PGHOST="+host, "PGPORT="+port, "PGUSER=ada")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
	return string(out)
}

// commands are the shell scripts of a how-to, in their order.
func commands(t *testing.T, page string) (all []string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/how-to/" + page)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range fencedBlocks(string(text)) {
		if b.info == "sh" {
			all = append(all, b.text)
		}
	}
	return all
}

// ofServer is what a dump says of the server that it is from.
var ofServer = regexp.MustCompile(`(?m)^(-- Dumped from|\\(un)?restrict ).*$`)

// TestPgDump restores a dump in PostgreSQL, whose own dump then is the same text.
func TestPgDump(t *testing.T) {
	host, port := dumpedNode(t).hostPort()
	socket, steps := startPostgres(t), commands(t, "dump-and-restore.md")
	for _, restore := range []string{
		steps[0] + strings.ReplaceAll(steps[1], "psql", "PGHOST=$SOCKET PGPORT=5432 psql"),
		"pg_dump --inserts -d projsql -O | PGHOST=$SOCKET PGPORT=5432 psql -X -q -v ON_ERROR_STOP=1 -d copy",
		"pg_dump -Fc -d projsql | PGHOST=$SOCKET PGPORT=5432 pg_restore -O --exit-on-error -d copy",
		"pg_dump -Fd -j2 -f dir -d projsql && PGHOST=$SOCKET PGPORT=5432 pg_restore -O --exit-on-error -j2 -d copy dir",
		"(pg_dump -s -O -d projsql; pg_dump -a -d projsql) | PGHOST=$SOCKET PGPORT=5432 psql -X -q -v ON_ERROR_STOP=1 -d copy",
	} {
		shell(t, t.TempDir(), socket, "5432", "dropdb --if-exists copy; createdb -T template0 copy")
		shell(t, t.TempDir(), host, port, "SOCKET="+socket+"\n"+restore)
		got := ofServer.ReplaceAllString(shell(t, t.TempDir(), host, port, "pg_dump -d projsql"), "")
		got = strings.ReplaceAll(got, "DEFAULT (NULL) ", "") // PostgreSQL keeps no default that is NULL
		want := ofServer.ReplaceAllString(shell(t, t.TempDir(), socket, "5432", "pg_dump -d copy"), "")
		want = strings.NewReplacer("Owner: ada", "Owner: projsql", "OWNER TO ada", "OWNER TO projsql").Replace(want)
		if got != want {
			t.Fatalf("%s\n--- projsql dumps\n%s\n--- PostgreSQL dumps\n%s", restore, got, want)
		}
		if strings.Count(got, "CREATE ") != 12 || strings.Count(got, "    SET search_path TO 'public', 'Odd Name', 'pg_temp'\n") != 1 || strings.Count(got, "COMMENT ON ") != 7 || strings.Count(got, "A\\\\\\\\d\\\\ta") != 1 {
			t.Fatalf("the dump is\n%s", got)
		}
	}
}

// TestSnapshot: a session reads what another's transaction reads, whatever is appended meanwhile.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	n := clientNode(t)
	one, other := n.connect(t), n.connect(t)
	ask := func(c *pgx.Conn, sql string) (answer string) {
		t.Helper()
		if err := c.QueryRow(t.Context(), sql).Scan(&answer); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		return answer
	}
	do := func(c *pgx.Conn, sql string) {
		t.Helper()
		if _, err := c.Exec(t.Context(), sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	const read = "SELECT (SELECT count(*) FROM events) || ' ' || (SELECT sum(balance) FROM account) || ' ' || (SELECT balance FROM account WHERE entity = 'acct:7')"
	do(one, "BEGIN ISOLATION LEVEL REPEATABLE READ")
	snapshot, want := ask(one, "SELECT pg_export_snapshot()"), ask(one, read)
	const appended = "INSERT INTO events (entity, kind, data) VALUES ('acct:7', 'MoneyDeposited', '{\"amount\": 5}')"
	do(other, appended)
	now := ask(other, read) // its caches have what is newer
	do(other, "BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '"+snapshot+"'")
	do(n.connect(t), appended)
	if got := ask(other, read); got != want || got == now {
		t.Errorf("the snapshot reads %s, its exporter %s; before it was imported there was %s", got, want, now)
	}
	do(other, "COMMIT")
	if got := ask(other, read); got == want || got == now {
		t.Errorf("after the transaction there is %s", got)
	}
}

// TestRolesToAnotherNode moves roles, owners and grants by the commands of the how-to.
func TestRolesToAnotherNode(t *testing.T) {
	host, port := dumpedNode(t).hostPort()
	otherHost, otherPort := dumpedNode(t).hostPort()
	dir, steps := t.TempDir(), commands(t, "dump-and-restore.md")
	const administrator = `psql -X -q -d projsql -c "CREATE ROLE ada SUPERUSER LOGIN PASSWORD 'x'"`
	const roles = `psql -X -q -v ON_ERROR_STOP=1 -d projsql <<'END'
CREATE ROLE readers; CREATE ROLE dev LOGIN PASSWORD 'd'; GRANT readers TO dev; GRANT SELECT (entity, a) ON many TO readers;
ALTER TABLE account OWNER TO dev; GRANT INSERT ON events TO readers; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO readers;
END`
	const asked = "export PGPASSWORD=x\n"
	shell(t, dir, host, port, administrator)
	shell(t, dir, host, port, asked+roles)
	shell(t, dir, host, port, asked+steps[4])
	shell(t, dir, otherHost, otherPort, administrator)
	shell(t, dir, otherHost, otherPort, asked+steps[5])
	const everything = asked + `psql -X -d projsql -c '\dp' -c '\du' -c '\ddp' -c "SELECT tablename, tableowner FROM pg_tables WHERE schemaname = 'public' ORDER BY 1" -c 'SELECT rolname, rolpassword FROM pg_authid ORDER BY 1'`
	want, got := shell(t, dir, host, port, everything), shell(t, dir, otherHost, otherPort, everything)
	if got != want || !strings.Contains(want, "readers=a/") || !strings.Contains(want, "readers=r/ada") {
		t.Errorf("moved:\n%s\nof:\n%s", got, want)
	}
}

// TestDumpToAnotherNode moves a database by the commands of the how-to.
func TestDumpToAnotherNode(t *testing.T) {
	n := dumpedNode(t)
	if _, err := n.connect(t).Exec(t.Context(), `CREATE VIEW "B eased" AS SELECT e, "Sum" FROM "a over" WITH FRESHNESS MAYBE STALE '90s' ON STALE ERROR`); err != nil {
		t.Fatal(err)
	}
	host, port := n.hostPort()
	otherHost, otherPort := testNode(t).hostPort()
	dir, steps := t.TempDir(), commands(t, "dump-and-restore.md")
	shell(t, dir, host, port, steps[2])
	shell(t, dir, otherHost, otherPort, steps[3])
	shell(t, dir, otherHost, otherPort, strings.SplitN(steps[3], "\n", 2)[0]) // adds nothing
	const everything = `psql -X -d projsql <<'END'
SELECT entity, version, kind, data, metadata, _raw_data, _raw_metadata, event_id, correlation_id, occurred_at FROM events ORDER BY sequence;
TABLE account ORDER BY 1; TABLE many ORDER BY 1; SELECT name, kinds, columns, types, definition, settings FROM projsql.projections ORDER BY 1;
SELECT kind, from_version, expression FROM projsql.upcasts;
SELECT pg_get_functiondef(oid), obj_description(oid, 'pg_proc') FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY proname;
SELECT relname, reloptions, pg_get_viewdef(oid) FROM pg_class WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace ORDER BY 1;
EXPLAIN SELECT * FROM "B eased";
SELECT relname, objsubid, description FROM pg_description JOIN pg_class c ON c.oid = objoid WHERE classoid = 'pg_class'::regclass AND relnamespace = 'public'::regnamespace ORDER BY 1, 2;
END`
	want, got := shell(t, dir, host, port, everything), shell(t, dir, otherHost, otherPort, everything)
	shell(t, dir, host, port, `pg_dump -d projsql -t '"z base"' -t '"a over"' -t '"B eased"' -f views.sql`)
	shell(t, dir, otherHost, otherPort, `psql -X -q -d projsql -c 'DROP VIEW "z base" CASCADE'; psql -X -q -v ON_ERROR_STOP=1 -d projsql -f views.sql`)
	if again := shell(t, dir, otherHost, otherPort, everything); again != got {
		t.Errorf("views that pg_dump moved:\n%s\nof:\n%s", again, got)
	}
	if got != want || strings.Count(want, "(6 rows)") != 2 || !strings.Contains(want, "Freshness: maybe stale 1m30s (of B eased)") || !strings.Contains(want, "(4 rows)") {
		t.Errorf("moved:\n%s\nof:\n%s", got, want)
	}
}
