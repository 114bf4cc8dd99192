package main

import (
	"encoding/hex"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// question is one statement of a script under query/testdata/pg.
type question struct {
	sql       string
	args      [][]byte // nil is NULL
	hasArgs   bool
	binary    bool    // the arguments are in the binary format
	differs   bool    // the answers are known to differ, for a reason told in the script
	unordered bool    // rows may come in any order
	stdout    bool    // it is COPY … TO STDOUT
	stdin     *string // what COPY … FROM STDIN is given; nil: it is no such
}

var ordered = regexp.MustCompile(`(?is)\border\s+by\b|\bexplain\b`)

// readQuestions splits a script: a statement ends with ";" at the end of a line.
// Comment lines in front of it direct how it is asked:
//
//	-- args: 1 | NULL | some text     parameters, by the extended protocol only
//	-- binary: 00ff | NULL            parameters in the binary format, in hexadecimal
//	-- stdin: 1\ta\n                   what COPY … FROM STDIN is given, as a string in Go; context is compared
//	-- stdout                         it is COPY … TO STDOUT
//	-- differs: why                   a difference that the reference page lists
//	-- unordered                      in spite of an ORDER BY somewhere inside
func readQuestions(t *testing.T, file string) []question {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []question
	var q question
	var sql []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if len(sql) == 0 && (line == "" || strings.HasPrefix(line, "--")) {
			q.direct(line)
			continue
		}
		sql = append(sql, line)
		if body, ends := strings.CutSuffix(line, ";"); ends {
			sql[len(sql)-1] = body
			q.sql = strings.Join(sql, "\n")
			q.unordered = q.unordered || !ordered.MatchString(q.sql)
			all = append(all, q)
			q, sql = question{}, nil
		}
	}
	if len(sql) > 0 {
		t.Fatalf("%s: no ; after %q", file, sql)
	}
	return all
}

func (q *question) direct(line string) {
	switch {
	case line == "-- unordered":
		q.unordered = true
	case strings.HasPrefix(line, "-- differs: "):
		q.differs = true
	case line == "-- stdout":
		q.stdout = true
	case strings.HasPrefix(line, "-- stdin: "):
		q.stdin = new(string)
		*q.stdin, _ = strconv.Unquote(`"` + strings.TrimPrefix(line, "-- stdin: ") + `"`)
	case strings.HasPrefix(line, "-- args:"):
		q.arguments(strings.TrimPrefix(line, "-- args:"), func(arg string) []byte { return []byte(arg) })
	case strings.HasPrefix(line, "-- binary:"):
		q.binary = true
		q.arguments(strings.TrimPrefix(line, "-- binary:"), func(arg string) []byte {
			b, err := hex.DecodeString(arg)
			if err != nil {
				panic(line + ": " + err.Error())
			}
			return b
		})
	}
}

// arguments reads those of a statement, each by itself.
func (q *question) arguments(list string, read func(string) []byte) {
	q.hasArgs = true
	if list == "" {
		return
	}
	for arg := range strings.SplitSeq(list, "|") {
		if arg = strings.TrimSpace(arg); arg == "NULL" {
			q.args = append(q.args, nil)
		} else {
			q.args = append(q.args, read(arg))
		}
	}
}
