package settings_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"github.com/projsql/projsql/query/settings"
	"github.com/projsql/projsql/wire/sqlstate"
)

func registry(t testing.TB) *settings.Registry {
	t.Helper()
	r, err := settings.NewRegistry(settings.Options{
		ServerVersion: "15.20 (test)",
		Own:           []settings.Parameter{{Name: "projsql.word", Kind: settings.Text, Context: "user", Default: "x"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The scripts' answers were compared with those of a PostgreSQL 15.20.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		set, err := registry(t).Session(settings.Start{User: "ann"})
		if err != nil {
			t.Fatal(err)
		}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var b strings.Builder
			for _, line := range strings.Split(strings.TrimSpace(d.Input), "\n") {
				if err := step(set, line, &b); err != nil {
					fmt.Fprintln(&b, text(err))
				}
			}
			return b.String()
		})
	})
}

func step(set *settings.Settings, line string, b *strings.Builder) error {
	word, rest, _ := strings.Cut(line, " ")
	name, value, _ := strings.Cut(rest, "=")
	switch word {
	case "set", "local":
		if err := set.Set(name, value, word == "local"); err != nil {
			return err
		}
	case "reset":
		if err := set.Reset(name, false); err != nil {
			return err
		}
	case "resetall":
		set.ResetAll()
		return nil
	case "commit":
		set.Commit()
		return nil
	case "rollback":
		set.Rollback(0)
		return nil
	}
	v, err := set.Get(name)
	if err == nil {
		fmt.Fprintf(b, "%s = %s\n", name, v)
	}
	return err
}

func text(err error) string {
	var e *sqlstate.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	s := fmt.Sprintf("%s: %s", e.Code, e.Message)
	for _, more := range []string{e.Detail, e.Hint} {
		if more != "" {
			s += "\n  " + more
		}
	}
	return s
}

func TestReportedAreThoseOfPostgreSQL15(t *testing.T) {
	set, err := registry(t).Session(settings.Start{User: "ann", Settings: map[string]string{"application_name": "psql", "timezone": "europe/berlin"}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range set.Reported() {
		got[p[0]] = p[1]
	}
	want := map[string]string{
		"application_name": "psql", "client_encoding": "UTF8", "DateStyle": "ISO, MDY",
		"default_transaction_read_only": "off", "in_hot_standby": "off", "integer_datetimes": "on",
		"IntervalStyle": "postgres", "is_superuser": "on", "server_encoding": "UTF8",
		"server_version": "15.20 (test)", "session_authorization": "ann",
		"standard_conforming_strings": "on", "TimeZone": "Europe/Berlin",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestEveryZoneLoads(t *testing.T) {
	set, _ := registry(t).Session(settings.Start{})
	for _, zone := range []string{"UTC", "America/New_York", "<+05:30>-05:30", "EST5EDT", "UTC+3", "Zulu"} {
		if err := set.Set("TimeZone", zone, false); err != nil {
			t.Fatal(err)
		}
		if _, err := settings.Location(set.Raw("TimeZone")); err != nil {
			t.Errorf("%s: %v", zone, err)
		}
	}
}

// Values after any sequence of changes and ends of transactions are those of a
// model that copies everything.
func TestTransactionsAgainstModel(t *testing.T) {
	r := registry(t)
	rapid.Check(t, func(t *rapid.T) {
		set, _ := r.Session(settings.Start{})
		names := []string{"work_mem", "application_name", "a.b"}
		session, now, before := map[string]string{}, map[string]string{}, map[string]string{}
		for _, n := range names[:2] {
			session[n], now[n], before[n] = set.Raw(n), set.Raw(n), set.Raw(n)
		}
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			n := rapid.SampledFrom(names).Draw(t, "name")
			v := fmt.Sprint(rapid.IntRange(64, 99).Draw(t, "value"))
			switch rapid.IntRange(0, 3).Draw(t, "action") {
			case 0:
				_ = set.Set(n, v, false)
				session[n], now[n] = v, v
			case 1:
				_ = set.Set(n, v, true)
				now[n] = v
			case 2:
				set.Commit()
				now, before = clone(session), clone(session)
			case 3:
				set.Rollback(0)
				session, now = clone(before), clone(before)
			}
			for _, n := range names {
				if got := set.Raw(n); got != now[n] {
					t.Fatalf("%s is %q, want %q", n, got, now[n])
				}
			}
		}
	})
}

func clone(m map[string]string) map[string]string {
	c := map[string]string{}
	for k, v := range m {
		c[k] = v
	}
	return c
}

// TestSources: where a value comes from is told as in PostgreSQL, also after RESET and ROLLBACK.
func TestSources(t *testing.T) {
	r, err := settings.NewRegistry(settings.Options{ServerVersion: "15.20", Defaults: map[string]settings.Given{
		"work_mem": {Value: "8MB", Source: "configuration file", File: "/a", Line: 3},
		"ssl":      {Value: "off", Source: "override"}, "port": {Value: "5433", Source: "override"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	set, err := r.Session(settings.Start{User: "ann", Settings: map[string]string{"application_name": "x"}})
	if err != nil {
		t.Fatal(err)
	}
	expect := func(name, value, boot, from string) {
		t.Helper()
		for _, e := range set.All() {
			if e.Name == name && (e.Value != value || e.Boot != boot || e.From != from) {
				t.Errorf("%s is %s, at first %s, from %s; want %s, %s, %s", name, e.Value, e.Boot, e.From, value, boot, from)
			}
		}
	}
	change := func(name, value string, local bool) {
		t.Helper()
		if err := set.Set(name, value, local); err != nil {
			t.Fatal(err)
		}
	}
	expect("work_mem", "8192", "4096", "configuration file")
	expect("ssl", "off", "off", "default")
	expect("port", "5433", "5432", "override")
	expect("application_name", "x", "", "client")
	change("work_mem", "8MB", false) // the same value, but the session's
	expect("work_mem", "8192", "4096", "session")
	set.Rollback(0)
	expect("work_mem", "8192", "4096", "configuration file")
	change("application_name", "y", true)
	expect("application_name", "y", "", "session")
	set.Commit()
	expect("application_name", "x", "", "client")
	change("application_name", "y", false)
	set.Commit()
	expect("application_name", "y", "", "session")
	if err := set.Reset("application_name", false); err != nil {
		t.Fatal(err)
	}
	set.Commit()
	expect("application_name", "x", "", "client")
	change("work_mem", "9MB", false)
	set.ResetAll()
	expect("work_mem", "8192", "4096", "configuration file")
}
