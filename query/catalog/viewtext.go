package catalog

import (
	"regexp"
	"strings"
	"sync"

	"github.com/projsql/projsql/query/expr"
)

// viewText is the definition of one of PostgreSQL's views, as pg_get_viewdef writes it.
type viewText struct{ plain, pretty string }

var viewTexts = sync.OnceValue(func() map[[2]string]viewText {
	all := map[[2]string]viewText{}
	eachRow("views", func(f []field) { all[[2]string{f[0].text, f[1].text}] = viewText{plain: f[2].text, pretty: f[3].text} })
	return all
})

// domainCast is a cast to a domain of information_schema.
var domainCast = regexp.MustCompile(`::information_schema\.(\w+)`)

// domainBases are what these domains stand for; no value of a view breaks their checks.
var domainBases = map[string]string{
	"sql_identifier": "name", "character_data": "varchar", "cardinal_number": "integer", "yes_or_no": "varchar(3)", "time_stamp": "timestamptz(2)",
}

// trueType is a function of whole rows, which catalogs have none of here.
var trueType = regexp.MustCompile(`information_schema\._pg_truetyp(id|mod)\((\w+)\.\*, (\w+)\.\*\)`)

var trueTypes = map[string]string{
	"id":  "CASE WHEN $t.typtype = 'd' THEN $t.typbasetype ELSE $a.atttypid END",
	"mod": "CASE WHEN $t.typtype = 'd' THEN $t.typtypmod ELSE $a.atttypmod END",
}

// runnable is the definition of a view as a query that this engine reads.
func (v viewText) runnable() string {
	sql := strings.TrimSuffix(strings.TrimSpace(v.plain), ";")
	sql = domainCast.ReplaceAllStringFunc(sql, func(cast string) string {
		return "::" + domainBases[domainCast.FindStringSubmatch(cast)[1]]
	})
	sql = trueType.ReplaceAllStringFunc(sql, func(call string) string {
		m := trueType.FindStringSubmatch(call)
		return strings.NewReplacer("$a", m[2], "$t", m[3]).Replace("(" + trueTypes[m[1]] + ")")
	})
	return expandArrays(sql)
}

const expandArray = "information_schema._pg_expandarray("

// expandArrays writes the function that gives an array's elements with their numbers as the
// two that it is made of: AS x becomes two columns, and (a.x).n the one of these it means.
func expandArrays(sql string) string {
	for {
		before, rest, found := strings.Cut(sql, expandArray)
		if !found {
			return expanded.ReplaceAllString(sql, "$1.x_$2")
		}
		end := closing(rest)
		array := rest[:end]
		numbers := "generate_subscripts(" + array + ", 1) - array_lower(" + array + ", 1) + 1"
		sql = before + "unnest(" + array + ") AS x_x, " + numbers + " AS x_n" + strings.TrimPrefix(rest[end+1:], " AS x")
	}
}

var expanded = regexp.MustCompile(`\((\w+)\.x\)\.(x|n)`)

// closing is the place of the parenthesis that closes one before the text.
func closing(s string) int {
	depth := 1
	for i, c := range s {
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	panic("catalog: a view has no closing parenthesis: " + s)
}

// shapeQuery stands for the definition of a view of projsql, whose rows the server makes: a query of its columns
// and of no rows.
func (t *Table) shapeQuery() string {
	var columns []string
	for _, c := range t.visible() {
		columns = append(columns, "NULL::"+c.Type.String()+" AS "+expr.QuoteIdent(c.Name))
	}
	return " SELECT " + strings.Join(columns, ",\n    ") + "\n  WHERE false;"
}
