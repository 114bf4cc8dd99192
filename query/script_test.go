package query_test

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/projsql/projsql/query"
)

// script runs the commands of a file against sessions of one node.
type script struct {
	node     *node
	sessions map[string]*query.Session
	failed   map[string]bool // since the last sync
	written  uint64          // bytes of temporary files, when they were asked for last
}

// The commands: "q" is a simple query (each block one query string), the others
// are messages of the extended protocol. The argument s names the session,
// u the user of a new one.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/scripts", func(t *testing.T, path string) {
		s := &script{node: startNode(t), sessions: map[string]*query.Session{}, failed: map[string]bool{}}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			name := argument(d, "s", "a")
			if s.sessions[name] == nil {
				s.sessions[name] = s.node.sessionOf(t, argument(d, "u", "ann"), nil)
			}
			out := &recorder{syncNext: d.HasArg("alone")}
			s.run(t, d, name, out)
			if status := s.sessions[name].Status(); status != 'I' {
				fmt.Fprintf(out, "(%c)\n", status)
			}
			return out.String()
		})
	})
}

func argument(d *datadriven.TestData, key, otherwise string) string {
	for _, a := range d.CmdArgs {
		if a.Key == key {
			return strings.Join(a.Vals, ",")
		}
	}
	return otherwise
}

func (s *script) run(t *testing.T, d *datadriven.TestData, name string, out *recorder) {
	session := s.sessions[name]
	switch d.Cmd {
	case "q":
		out.tell(session.Simple(t.Context(), d.Input, out))
	case "each": // every line is a query string of its own
		for _, line := range strings.Split(d.Input, "\n") {
			out.tell(session.Simple(t.Context(), line, out))
		}
	case "copy": // the first line is the statement
		sql, data, _ := strings.Cut(d.Input, "\n")
		out.input = strings.ReplaceAll(data, "<TAB>", "\t")
		if out.input != "" {
			out.input += "\n"
		}
		out.tell(session.Simple(t.Context(), sql, out))
	case "temp": // what is in temporary files
		fmt.Fprintf(out, "written: %v, %v there\n", s.node.temp.Stats().Written > s.written, s.node.temp.Stats().Bytes > 0)
		s.written = s.node.temp.Stats().Written
	case "close":
		session.Close()
	case "notes": // what the session is told, up to a notification that contains the input
		awaitNotes(t, session, d.Input, out)
	case "sync":
		out.tell(session.Sync(t.Context(), s.failed[name]))
		s.failed[name] = false
	case "race": // what another is faster with than the next append, once that is decided on
		s.race(t, session, strings.Split(d.Input, "\n"))
	case "tick":
		ms, _ := strconv.Atoi(argument(d, "ms", "1"))
		s.node.clock.ms.Add(int64(ms))
	default:
		err := s.extended(t, d, session, out)
		out.tell(err)
		s.failed[name] = s.failed[name] || err != nil
	}
}

func (s *script) race(t *testing.T, faster *query.Session, statements []string) {
	s.node.beforeAppend(func() {
		for _, sql := range statements {
			if err := faster.Simple(t.Context(), sql, &recorder{}); err != nil {
				t.Errorf("%s: %v", sql, err)
			}
		}
	})
}

// awaitNotes writes down the newest notification of each channel and entity.
func awaitNotes(t *testing.T, session *query.Session, until string, out *recorder) {
	newest := map[string]string{}
	for found := false; !found; {
		select {
		case <-session.Notified():
		case <-time.After(2 * time.Minute):
			t.Fatalf("not told of %s, but of %v", until, newest)
		}
		for _, n := range session.Notifications() {
			about, _, _ := strings.Cut(n.Payload, `"generation"`)
			newest[n.Channel+about] = n.Channel + " " + n.Payload
			found = found || strings.Contains(n.Payload, until)
		}
	}
	for _, about := range slices.Sorted(maps.Keys(newest)) {
		out.WriteString(newest[about] + "\n")
	}
}

func (s *script) extended(t *testing.T, d *datadriven.TestData, session *query.Session, out *recorder) error {
	portal, statement := argument(d, "portal", ""), argument(d, "name", "")
	switch d.Cmd {
	case "prepare":
		var given []uint32
		for _, oid := range strings.Fields(strings.ReplaceAll(argument(d, "types", ""), ",", " ")) {
			n, _ := strconv.Atoi(oid)
			given = append(given, uint32(n))
		}
		return session.Prepare(t.Context(), statement, d.Input, given, out)
	case "describe":
		params, fields, err := session.Statement(t.Context(), statement)
		if err == nil {
			fmt.Fprintln(out, params, describeFields(fields))
		}
		return err
	case "portal":
		fields, err := session.Portal(t.Context(), portal)
		if err == nil {
			fmt.Fprintln(out, describeFields(fields))
		}
		return err
	case "bind":
		var values [][]byte
		for _, v := range strings.Split(d.Input, "\n") {
			switch {
			case v == "∅":
				values = append(values, nil)
			case d.Input != "":
				values = append(values, []byte(v))
			}
		}
		var formats, results []int16
		if d.HasArg("binary") {
			results = []int16{1}
		}
		if d.HasArg("hex") { // the values' binary format
			formats = []int16{1}
			for i, v := range values {
				values[i], _ = hex.DecodeString(string(v))
			}
		}
		return session.Bind(t.Context(), portal, statement, formats, values, results)
	case "execute":
		rows, _ := strconv.Atoi(argument(d, "max", "0"))
		return session.Execute(t.Context(), portal, uint32(rows), out)
	case "closestatement":
		session.CloseStatement(statement)
	}
	return nil
}
