package main

import (
	"encoding/json"
	"maps"
	"regexp"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// lost knows the objects that are not what PostgreSQL's would be, since a statement
// that made or changed them was refused: what reads them, or is made of them, follows.
type lost struct {
	names, begun map[string]bool
	hidden       map[string]bool // for the whole script
}

func newLost() *lost {
	return &lost{names: map[string]bool{}, begun: map[string]bool{}, hidden: map[string]bool{}}
}

func (l *lost) clone() *lost { return &lost{maps.Clone(l.names), maps.Clone(l.begun), l.hidden} }

// missed notes what the set-up could not make.
func (l *lost) missed(setup []statement, codes []string) {
	for i := range setup {
		command := setup[i].command()
		l.see(command, useOf(command), !strings.Contains(codes[i], "ERROR:"))
	}
}

// hide notes the tables that a script makes for all, and then hides behind one of the
// session's own: of two of one name projsql has but the latter.
func (l *lost) hide(statements []statement) {
	forAll, own := map[string]bool{}, map[string]bool{}
	for i := range statements {
		command := statements[i].command()
		u := useOf(command)
		for name := range u.makes {
			switch {
			case u.drops && own[name]:
				delete(own, name)
			case u.drops:
				delete(forAll, name)
			case madeTemporary.MatchString(command):
				own[name] = true
				l.hidden[name] = l.hidden[name] || forAll[name]
			case u.creates && !own[name]:
				forAll[name] = true
			}
		}
	}
}

var (
	begins = regexp.MustCompile(`(?i)^(begin|start transaction)\b`)
	undoes = regexp.MustCompile(`(?i)^(rollback|abort)\s*(work|transaction|and|;|$)`)
)

// depends reports whether a statement is about something that was lost.
func (l *lost) depends(u use) bool {
	for name := range u.reads {
		if l.names[name] || l.hidden[name] {
			return true
		}
	}
	return false
}

// see notes what a statement made, or would have made.
func (l *lost) see(command string, u use, answered bool) {
	switch {
	case begins.MatchString(command):
		l.begun = maps.Clone(l.names)
		return
	case undoes.MatchString(command):
		l.names = l.begun
		l.begun = maps.Clone(l.names)
		return
	}
	gone := !answered
	for name := range u.reads {
		gone = gone || l.names[name] && !u.drops && !(u.creates && u.makes[name])
	}
	for name := range u.makes {
		if gone {
			l.names[name] = true
		} else if u.drops || u.creates {
			delete(l.names, name)
		}
	}
}

// use is what a statement reads, and what it makes or changes.
type use struct {
	reads, makes   map[string]bool
	creates, drops bool
}

// useOf asks PostgreSQL's grammar; what it cannot parse uses nothing.
func useOf(command string) use {
	u := use{reads: map[string]bool{}, makes: map[string]bool{}}
	tree, err := pg.ParseToJSON(command)
	if err != nil {
		return u
	}
	var n any
	if json.Unmarshal([]byte(tree), &n) == nil {
		u.walk("", n)
	}
	return u
}

// targets are the fields that name what a statement makes or changes.
var targets = map[string][]string{
	"InsertStmt": {"relation"}, "UpdateStmt": {"relation"}, "DeleteStmt": {"relation"}, "MergeStmt": {"relation"},
	"CopyStmt": {"relation"}, "CreateStmt": {"relation", "inhRelations"}, "AlterTableStmt": {"relation"},
	"CreateTableAsStmt": {"into"}, "ViewStmt": {"view"}, "RuleStmt": {"relation"}, "CreateTrigStmt": {"relation"},
	"IndexStmt": {"relation"}, "CreateFunctionStmt": {"funcname"}, "CompositeTypeStmt": {"typevar"},
	"CreateDomainStmt": {"domainname"}, "CreateEnumStmt": {"typeName"}, "DefineStmt": {"defnames"},
	"DeclareCursorStmt": {"portalname"}, "PrepareStmt": {"name"}, "DropStmt": {"objects"}, "TruncateStmt": {"relations"},
}

func (u *use) walk(kind string, n any) {
	switch n := n.(type) {
	case []any:
		for _, e := range n {
			u.walk("", e)
		}
	case map[string]any:
		for _, field := range targets[kind] {
			namesIn(n[field], u.makes)
		}
		u.creates = u.creates || strings.HasPrefix(kind, "Create") || kind == "ViewStmt"
		u.drops = u.drops || kind == "DropStmt"
		for key, e := range n {
			switch key {
			case "relname", "portalname", "funcname", "names", "objects", "typeName":
				namesIn(e, u.reads)
			case "name":
				if kind == "ExecuteStmt" {
					namesIn(e, u.reads)
				}
			}
			u.walk(key, e)
		}
	}
}

// namesIn gathers the names in a field: a text, a relation, a list of parts.
func namesIn(n any, names map[string]bool) {
	switch n := n.(type) {
	case string:
		names[n] = true
	case []any:
		for _, e := range n {
			namesIn(e, names)
		}
	case map[string]any:
		for _, key := range []string{"relname", "sval", "String", "RangeVar", "rel", "List", "items", "TypeName", "names", "ObjectWithArgs", "objname"} {
			if e, ok := n[key]; ok {
				namesIn(e, names)
			}
		}
	}
}
