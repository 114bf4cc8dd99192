package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// statement is a stretch of a script's lines up to the end of a statement.
type statement struct {
	lines   []string // as psql reads them
	written []string // as PostgreSQL's script has them
}

func (s *statement) text() string { return strings.Join(s.written, "\n") }

// command is the statement without the comments before it.
func (s *statement) command() string {
	for i, l := range s.written {
		if t := strings.TrimSpace(l); t != "" && !strings.HasPrefix(t, "--") {
			return strings.TrimSpace(strings.Join(s.written[i:], "\n"))
		}
	}
	return ""
}

// readScript splits a script and makes its tables and views temporary. Types are without being told.
func readScript(dir, name string) ([]statement, error) {
	text, err := os.ReadFile(filepath.Join(dir, "sql", name+".sql"))
	if err != nil {
		return nil, err
	}
	var all []statement
	var s statement
	var open scanner
	files := map[string]string{}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(text), "\n"), "\n") {
		if line == "" && open.quote == "" && !open.copying {
			continue // psql does not echo it
		}
		remember(files, line)
		s.written = append(s.written, line)
		s.lines = append(s.lines, rewrite(line, dir, files))
		if open.ends(line) {
			all = append(all, s)
			s = statement{}
		}
	}
	if len(s.lines) > 0 {
		all = append(all, s)
	}
	return all, nil
}

var (
	setFile     = regexp.MustCompile(`^\\set (\w+) :abs_srcdir '(/data/[^']*)'`)
	copyFile    = regexp.MustCompile(`(?i)^COPY (.*) FROM :'(\w+)'(.*);\s*$`)
	createView  = regexp.MustCompile(`(?i)^(\s*)CREATE (OR REPLACE )?(RECURSIVE )?VIEW\b`)
	createTable = regexp.MustCompile(`(?i)^(\s*)CREATE (UNLOGGED )?(TABLE|SEQUENCE)\b`)
)

// remember keeps the file names that a script puts into psql's variables.
func remember(files map[string]string, line string) {
	if m := setFile.FindStringSubmatch(line); m != nil {
		files[m[1]] = m[2]
	}
}

// rewrite makes tables and views temporary and reads the server's files as the client's.
func rewrite(line, dir string, files map[string]string) string {
	if m := copyFile.FindStringSubmatch(line); m != nil {
		return `\copy ` + m[1] + " FROM '" + dir + files[m[2]] + "'" + m[3]
	}
	line = createView.ReplaceAllString(line, "${1}CREATE ${2}TEMP ${3}VIEW")
	return createTable.ReplaceAllString(line, "${1}CREATE TEMP ${3}")
}

// scanner finds the ends of statements as psql does.
type scanner struct {
	quote   string // what closes the open literal or comment
	parens  int
	started bool
	copying bool // data of COPY FROM stdin follows
}

var (
	dollar  = regexp.MustCompile(`^\$[A-Za-z_]*\$`)
	copyIn  = regexp.MustCompile(`(?i)^\s*\\?copy\b.*\bfrom\s+stdin`)
	sending = regexp.MustCompile(`\\(g\w*|crosstabview|watch)\b.*$`)
)

func (s *scanner) ends(line string) bool {
	if s.copying {
		s.copying = line != `\.`
		return !s.copying
	}
	if s.quote == "" && !s.started && strings.HasPrefix(strings.TrimSpace(line), `\`) {
		return true
	}
	ended := s.scan(line)
	if ended && copyIn.MatchString(line) {
		s.copying = true
		return false
	}
	return ended
}

func (s *scanner) scan(line string) (ended bool) {
	for i := 0; i < len(line); {
		rest := line[i:]
		switch {
		case s.quote != "":
			if strings.HasPrefix(rest, s.quote) {
				i += len(s.quote)
				s.quote = ""
				continue
			}
		case strings.HasPrefix(rest, "--"):
			return ended
		case strings.HasPrefix(rest, "/*"):
			s.quote = "*/"
		case rest[0] == '\'' || rest[0] == '"':
			s.quote, s.started, ended = rest[:1], true, false
		case dollar.MatchString(rest):
			s.quote, s.started, ended = dollar.FindString(rest), true, false
			i += len(s.quote)
			continue
		case rest[0] == '(':
			s.parens++
		case rest[0] == ')':
			s.parens--
		case rest[0] == ';' && s.parens <= 0:
			s.started, ended, s.parens = false, true, 0
		case rest[0] == '\\' && sending.MatchString(rest):
			s.started, s.parens = false, 0
			return true
		case rest[0] != ' ' && rest[0] != '\t':
			s.started, ended = true, false
		}
		i++
	}
	return ended
}
