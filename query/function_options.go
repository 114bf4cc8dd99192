package query

import (
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/wire/sqlstate"
)

// functionOptions are those of CREATE FUNCTION and of ALTER FUNCTION; nil: it is not said.
type functionOptions struct {
	language             string
	as                   []string
	volatile, parallel   *byte
	strict, leak, define *bool
	cost, rows           *float64
	window               bool
	config               *[]string
}

// functionOptions reads options of a function, or of a procedure.
func (s *Session) functionOptions(c *compiled, all []*pg.Node, was *temptable.Function) (*functionOptions, error) {
	o, said := &functionOptions{}, map[string]bool{}
	for _, n := range all {
		d := n.GetDefElem()
		switch d.GetDefname() {
		case "as", "language", "security":
		default:
			if was.Procedure && d.GetDefname() != "set" {
				return nil, at(c.sql, d.GetLocation(), sqlstate.InvalidFunctionDefinition, "invalid attribute in procedure definition")
			}
		}
		if d.GetDefname() == "set" {
			continue
		}
		if said[d.GetDefname()] {
			return nil, at(c.sql, d.GetLocation(), sqlstate.SyntaxError, "conflicting or redundant options")
		}
		said[d.GetDefname()] = true
		if !o.take(d) {
			return nil, unsupported(c.sql, d.GetLocation(), "the option %s of a function is not supported", strings.ToUpper(d.GetDefname()))
		}
	}
	if err := s.reconfigure(c, o, all, was.Config); err != nil {
		return nil, err
	}
	switch {
	case o.parallel != nil && *o.parallel == 0:
		return nil, sqlstate.New(sqlstate.SyntaxError, `parameter "parallel" must be SAFE, RESTRICTED, or UNSAFE`)
	case o.cost != nil && *o.cost <= 0:
		return nil, sqlstate.New(sqlstate.InvalidParameterValue, "COST must be positive")
	case o.rows != nil && *o.rows <= 0:
		return nil, sqlstate.New(sqlstate.InvalidParameterValue, "ROWS must be positive")
	}
	return o, nil
}

// take takes one option; false: there is none of the kind.
func (o *functionOptions) take(d *pg.DefElem) bool {
	word := d.GetArg().GetString_().GetSval()
	switch on := d.GetArg().GetBoolean().GetBoolval(); d.GetDefname() {
	case "as":
		for _, part := range d.GetArg().GetList().GetItems() {
			o.as = append(o.as, part.GetString_().GetSval())
		}
	case "language":
		o.language = strings.ToLower(word)
	case "volatility":
		o.volatile = new(byte)
		*o.volatile = word[0]
	case "parallel":
		o.parallel = new(byte)
		*o.parallel = map[string]byte{"safe": 's', "restricted": 'r', "unsafe": 'u'}[strings.ToLower(word)]
	case "strict":
		o.strict = &on
	case "leakproof":
		o.leak = &on
	case "security":
		o.define = &on
	case "cost":
		o.cost = numberOf(d.GetArg())
	case "rows":
		o.rows = numberOf(d.GetArg())
	case "window":
		o.window = true
	default:
		return false
	}
	return true
}

// numberOf is a number as an option has it.
func numberOf(n *pg.Node) *float64 {
	v := float64(n.GetInteger().GetIval())
	if f := n.GetFloat(); f != nil {
		v, _ = strconv.ParseFloat(f.GetFval(), 64)
	}
	return &v
}

// apply sets what is said.
func (o *functionOptions) apply(f *temptable.Function) {
	set(&f.Volatile, o.volatile)
	set(&f.Parallel, o.parallel)
	set(&f.Strict, o.strict)
	set(&f.Leakproof, o.leak)
	set(&f.Definer, o.define)
	set(&f.Cost, o.cost)
	set(&f.Rows, o.rows)
	set(&f.Config, o.config)
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// mayLeak refuses LEAKPROOF to all but superusers.
func (s *Session) mayLeak(o *functionOptions) error {
	if o.leak != nil && *o.leak && !s.may().all {
		return denied("only superuser can define a leakproof function")
	}
	return nil
}

const languages = "Functions and procedures are in SQL: LANGUAGE sql."

// optionsOf reads the options of CREATE FUNCTION.
func (b *functionBuilder) optionsOf(n *pg.CreateFunctionStmt) (*functionOptions, error) {
	o, err := b.session.functionOptions(b.c, n.GetOptions(), &b.function)
	if err != nil {
		return nil, err
	}
	b.function.Volatile, b.function.Parallel, b.function.Cost, b.function.Rows = 'v', 'u', 100, 1000
	o.apply(&b.function)
	switch o.language {
	case "sql":
	case "":
		if n.GetSqlBody() == nil {
			return nil, sqlstate.New(sqlstate.InvalidFunctionDefinition, "no language specified")
		}
	case "plpgsql", "c", "internal":
		if n.GetSqlBody() != nil {
			return nil, sqlstate.New(sqlstate.InvalidFunctionDefinition, "inline SQL function body only valid for language SQL")
		}
		return nil, unsupported(b.c.sql, int32(b.c.statement.Start), "CREATE %s … LANGUAGE %s is not supported", strings.ToUpper(kindOf(&b.function)), o.language).
			WithHint(languages)
	default:
		return nil, sqlstate.New(sqlstate.UndefinedObject, "language %q does not exist", o.language)
	}
	return o, b.session.mayLeak(o)
}
