package query_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// TestRolesStandBesideOthers: transactions that change different roles, memberships and defaults at the same time are all committed;
// of those that change the same, or what the other goes by, the later one is 40001.
func TestRolesStandBesideOthers(t *testing.T) {
	for _, c := range []struct {
		mine, others string
		lost         bool
	}{
		{mine: "CREATE ROLE x", others: "CREATE ROLE y"},
		{mine: "CREATE ROLE x", others: "CREATE ROLE x", lost: true},
		{mine: "GRANT ann TO bob", others: "GRANT carl TO bob"},
		{mine: "GRANT ann TO bob", others: "GRANT ann TO carl"},
		{mine: "GRANT ann TO bob", others: "GRANT bob TO ann", lost: true},
		{mine: "GRANT carl TO bob", others: "DROP ROLE carl", lost: true},
		{mine: "GRANT ann TO bob", others: "ALTER ROLE ann RENAME TO anna", lost: true},
		{mine: "DROP ROLE carl", others: "GRANT SELECT ON v TO carl", lost: true},
		{mine: "DROP ROLE carl", others: "GRANT SELECT ON v TO bob"},
		{mine: "ALTER ROLE bob LOGIN", others: "ALTER ROLE bob SET application_name = 'x'"},
		{mine: "ALTER ROLE bob LOGIN", others: "ALTER ROLE bob CREATEROLE", lost: true},
		{mine: "ALTER ROLE bob LOGIN", others: "DROP ROLE bob; CREATE ROLE bob", lost: true},
		{mine: "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO bob", others: "ALTER DEFAULT PRIVILEGES FOR ROLE ann GRANT SELECT ON TABLES TO bob"},
		{mine: "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO bob", others: "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO carl", lost: true},
		{mine: "CREATE VIEW w AS SELECT 1 AS a", others: "CREATE ROLE y"},
		{mine: "CREATE VIEW w AS SELECT 1 AS a", others: "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO carl", lost: true},
		{mine: "CREATE VIEW w AS SELECT 1 AS a", others: "GRANT CREATE ON SCHEMA public TO bob"},
		{mine: "SET LOCAL ROLE ann; CREATE VIEW w AS SELECT 1 AS a", others: "GRANT carl TO bob"},
		{mine: "SET LOCAL ROLE ann; CREATE VIEW w AS SELECT 1 AS a", others: "REVOKE CREATE ON SCHEMA public FROM ann", lost: true},
		{mine: "SET LOCAL ROLE ann; CREATE VIEW w AS SELECT 1 AS a", others: "GRANT carl TO ann", lost: true},
		{mine: "GRANT SELECT ON v TO bob", others: "GRANT SELECT ON u TO bob"},
		{mine: "GRANT SELECT ON v TO bob", others: "GRANT SELECT ON v TO carl", lost: true},
		{mine: "GRANT CREATE ON SCHEMA public TO bob", others: "GRANT CONNECT ON DATABASE projsql TO carl"},
		{mine: "GRANT ann TO bob", others: "ALTER ROLE ann SUPERUSER", lost: true},
	} {
		t.Run(c.mine+"; "+c.others, func(t *testing.T) {
			r := startRaces(t)
			r.must(r.root, "CREATE ROLE carl; CREATE VIEW v AS SELECT 1 AS a; CREATE VIEW u AS SELECT 1 AS a")
			mine := r.node.sessionOf(t, "root", nil)
			r.must(mine, "BEGIN; "+c.mine)
			r.must(r.root, c.others)
			if got := stateOf(mine.Simple(t.Context(), "COMMIT", &recorder{})); (got == "40001") != c.lost || got != "" && !c.lost {
				t.Errorf("COMMIT: %q", got)
			}
		})
	}
}

// TestManyChangeRolesTogether: statements of their own that many sessions run at the same time are all done.
func TestManyChangeRolesTogether(t *testing.T) {
	r := startRaces(t)
	var all sync.WaitGroup
	for i := range 16 {
		s := r.node.sessionOf(t, "root", nil)
		all.Go(func() {
			for j := range 4 {
				for _, sql := range []string{fmt.Sprintf("CREATE ROLE r%d_%d", i, j), fmt.Sprintf("GRANT bob TO r%d_%d", i, j), fmt.Sprintf("BEGIN; GRANT ann TO r%d_%d; COMMIT", i, j)} {
					if got := stateOf(s.Simple(t.Context(), sql, &recorder{})); got != "" {
						t.Errorf("%s: %q", strings.TrimSpace(sql), got)
					}
				}
			}
		})
	}
	all.Wait()
	r.expect("SELECT count(*) FROM pg_auth_members WHERE member::regrole::text ~ '^r[0-9]'", "128")
}
