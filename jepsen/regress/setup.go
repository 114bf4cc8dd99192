package main

import (
	"regexp"
	"strings"
)

// before names the scripts whose tables a script reads: PostgreSQL runs all in one
// database, by a schedule.
var before = map[string][]string{
	"numeric_big": {"numeric"},
	"geometry":    {"point", "lseg", "line", "box", "path", "polygon", "circle"},
	"horology":    {"date", "time", "timetz", "timestamp", "timestamptz", "interval"},
}

// earlier is the text of the scripts that go before, without what they print.
func (r *runner) earlier() (string, error) {
	var b strings.Builder
	for _, name := range before[r.name] {
		statements, err := readScript(r.dir, name)
		if err != nil {
			return "", err
		}
		b.WriteString(joinLines(statements))
	}
	if b.Len() > 0 {
		b.WriteString("RESET ALL;\n")
	}
	return b.String(), nil
}

var madeTemporary = regexp.MustCompile(`(?i)^\s*CREATE TEMP(ORARY)? TABLE (\w+)`)

// shadowed are the tables of the set-up of whose names the script makes temporary
// ones: in PostgreSQL these hide the others.
func shadowed(statements []statement) []string {
	var names []string
	for i := range statements {
		for _, l := range statements[i].written {
			if m := madeTemporary.FindStringSubmatch(l); m != nil {
				names = append(names, m[2])
			}
		}
	}
	return names
}

func dropShadowed(statements []statement) string {
	var b strings.Builder
	for _, name := range shadowed(statements) {
		b.WriteString("DROP TABLE IF EXISTS " + name + ";\n")
	}
	return b.String()
}

// uncover makes the set-up's tables anew where a script drops what hid them.
func uncover(statements, setup []statement) []statement {
	var all []statement
	hidden := shadowed(statements)
	for i := range statements {
		all = append(all, statements[i])
		for _, name := range hidden {
			if !regexp.MustCompile(`(?i)^\s*DROP TABLE ` + name + `\s*;`).MatchString(statements[i].command()) {
				continue
			}
			makes := regexp.MustCompile(`(?i)^\s*(CREATE TABLE|INSERT INTO|COPY) ` + name + `\b`)
			for j := range setup {
				if makes.MatchString(setup[j].command()) {
					all = append(all, statement{lines: setup[j].lines})
				}
			}
		}
	}
	return all
}
