package catalog

import (
	"strings"
	"sync"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Columns of pg_proc that a definition is made of.
const (
	procLanguage, procCost, procRows, procSupport       = 4, 5, 6, 8
	procKind, procDefiner, procLeakproof, procStrict    = 9, 10, 11, 12
	procSet, procVolatile, procParallel, procSource     = 13, 14, 15, 25
	procBinary, procBody, internalLanguage, sqlLanguage = 26, 27, "12", "14"
)

// procRowsByOID are PostgreSQL's own functions as pg_proc has them.
var procRowsByOID = sync.OnceValue(func() map[uint32][]field {
	all := map[uint32][]field{}
	eachRow("pg_proc", func(f []field) { all[f[0].oid()] = f })
	return all
})

// functionDefinition answers pg_get_functiondef(oid).
func functionDefinition(s Session, args []types.Datum) (types.Datum, error) {
	if r := s.Objects().routine(argOID(args[0])); r != nil {
		return types.String(r.definition(Registry{s})), nil
	}
	p, row := pgdata.ProcByOID(argOID(args[0])), procRowsByOID()[argOID(args[0])]
	switch {
	case p == nil || row == nil:
		return types.Null, nil
	case p.Kind == 'a':
		return types.Null, sqlstate.New(sqlstate.WrongObjectType, "\"%s\" is an aggregate function", p.Name)
	}
	kind := "FUNCTION"
	if p.Kind == 'p' {
		kind = "PROCEDURE"
	}
	text := "CREATE OR REPLACE " + kind + " " + qualifiedName("pg_catalog", p.Name) + "(" + Registry{s}.arguments(p, true) + ")\n"
	if returns, ok := (Registry{s}).result(p); ok {
		text += " RETURNS " + returns + "\n"
	}
	text += " LANGUAGE " + map[string]string{internalLanguage: "internal", "13": "c", sqlLanguage: "sql"}[row[procLanguage].text] + "\n"
	if options := functionOptions(row); options != "" {
		text += options + "\n"
	}
	return types.String(text + functionBody(row, strings.ToLower(kind))), nil
}

// functionOptions are those that are not the default, on one line.
func functionOptions(row []field) (text string) {
	add := func(when bool, word string) {
		if when {
			text += " " + word
		}
	}
	add(row[procKind].text == "w", "WINDOW")
	add(row[procVolatile].text == "i", "IMMUTABLE")
	add(row[procVolatile].text == "s", "STABLE")
	add(row[procParallel].text == "s", "PARALLEL SAFE")
	add(row[procParallel].text == "r", "PARALLEL RESTRICTED")
	add(row[procStrict].text == "t", "STRICT")
	add(row[procDefiner].text == "t", "SECURITY DEFINER")
	add(row[procLeakproof].text == "t", "LEAKPROOF")
	cost := "1"
	if row[procLanguage].text == sqlLanguage {
		cost = "100"
	}
	add(row[procCost].text != cost, "COST "+row[procCost].text)
	add(row[procSet].text == "t" && row[procRows].text != "1000", "ROWS "+row[procRows].text)
	if support := row[procSupport].oid(); support != 0 {
		name, _ := procName(support)
		add(true, "SUPPORT "+name)
	}
	return text
}

func functionBody(row []field, tag string) string {
	if !row[procBody].null {
		return row[procBody].text + "\n"
	}
	for strings.Contains(row[procSource].text, "$"+tag+"$") {
		tag += "x"
	}
	text := "AS "
	if !row[procBinary].null {
		text += expr.QuoteLiteral(row[procBinary].text) + ", "
	}
	return text + "$" + tag + "$" + row[procSource].text + "$" + tag + "$\n"
}

// ruleTexts are the definitions of the rules of PostgreSQL's catalogs by OID.
var ruleTexts = sync.OnceValue(func() map[uint32]viewText {
	all := map[uint32]viewText{}
	eachRow("rules", func(f []field) { all[f[0].oid()] = viewText{plain: f[1].text, pretty: f[2].text} })
	return all
})

// ruleDefinition answers pg_get_ruledef(oid [, pretty]).
func ruleDefinition(_ Session, args []types.Datum) (types.Datum, error) {
	rule, ok := ruleTexts()[argOID(args[0])]
	if isTrue(args, 1) {
		return textOrNull(rule.pretty, ok)
	}
	return textOrNull(rule.plain, ok)
}
