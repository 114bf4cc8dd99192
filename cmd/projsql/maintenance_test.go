package main

import "testing"

// TestMaintenanceTools: jobs that keep a PostgreSQL in order run against a node too.
func TestMaintenanceTools(t *testing.T) {
	host, port := clientNode(t).hostPort()
	for _, command := range []string{
		"vacuumdb -q projsql", "vacuumdb -q --all --maintenance-db=projsql", "vacuumdb -q --analyze-only projsql", "vacuumdb -q --analyze-in-stages projsql",
		"vacuumdb -q --full --analyze projsql", "vacuumdb -q -j 2 projsql", "vacuumdb -q -t account -t 'events(entity, kind)' -z projsql",
		"reindexdb -q projsql", "reindexdb -q --all --maintenance-db=projsql", "reindexdb -q --system projsql", "reindexdb -q -S public -j 2 projsql", "reindexdb -q -t account -i account_pkey projsql",
		"clusterdb -q projsql", "clusterdb -q --all --maintenance-db=projsql",
		"psql -Xqc CHECKPOINT projsql",
	} {
		if out := shell(t, t.TempDir(), host, port, command); out != "" {
			t.Errorf("%s says %q", command, out)
		}
	}
	const warning = "WARNING:  cannot reindex system catalogs concurrently, skipping all\n"
	if out := shell(t, t.TempDir(), host, port, "reindexdb -q --concurrently projsql"); out != warning {
		t.Errorf("reindexdb --concurrently says %q, want %q", out, warning)
	}
	const told = "INFO:  vacuuming \"projsql.public.account\"\nINFO:  analyzing \"public.account\"\n"
	if out := shell(t, t.TempDir(), host, port, "vacuumdb -qvz -t account projsql 2>&1 | grep INFO"); out != told {
		t.Errorf("vacuumdb -v says %q, want %q", out, told)
	}
}
