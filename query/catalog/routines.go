package catalog

import (
	"strings"

	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// routines are the functions that describe functions.
func routines() map[string]call {
	about := func(describe func(Registry, *pgdata.Proc) (string, bool)) call {
		return func(s Session, args []types.Datum) (types.Datum, error) {
			p := procByOID(s, argOID(args[0]))
			if p == nil {
				return types.Null, nil
			}
			return textOrNull(describe(Registry{s}, p))
		}
	}
	return map[string]call{
		"pg_get_function_arguments":          about(func(r Registry, p *pgdata.Proc) (string, bool) { return r.arguments(p, true), true }),
		"pg_get_function_identity_arguments": about(func(r Registry, p *pgdata.Proc) (string, bool) { return r.arguments(p, false), true }),
		"pg_get_function_result":             about(Registry.result),
		"pg_get_functiondef":                 functionDefinition,
		"pg_get_function_sqlbody": func(s Session, args []types.Datum) (types.Datum, error) {
			if r := s.Objects().routine(argOID(args[0])); r != nil {
				return orNull(r.Standard), nil
			}
			return types.Null, nil
		},
		"pg_get_function_arg_default": func(s Session, args []types.Datum) (types.Datum, error) {
			p := procByOID(s, argOID(args[0]))
			if p == nil {
				return types.Null, nil
			}
			i := inputAt(p, int(args[1].Int())) - (len(p.Args) - len(p.Defaults))
			if i < 0 || i >= len(p.Defaults) {
				return types.Null, nil
			}
			return types.String(p.Defaults[i]), nil
		},
	}
}

// inputAt is the place among the input parameters of the parameter at place n of all, which are counted from 1;
// -1 if it is none.
func inputAt(p *pgdata.Proc, n int) int {
	if n < 1 || p.Modes != "" && (n > len(p.Modes) || p.Modes[n-1] == 'o' || p.Modes[n-1] == 't') {
		return -1
	}
	at := n - 1
	for i := range min(n-1, len(p.Modes)) {
		if p.Modes[i] == 'o' || p.Modes[i] == 't' {
			at--
		}
	}
	return at
}

// parameter is one of a function's.
type parameter struct {
	mode byte // as in pg_proc's proargmodes; I: IN is to be shown
	name string
	typ  types.OID
}

func parameters(p *pgdata.Proc) []parameter {
	all := p.AllArgs
	if all == nil {
		all = p.Args
	}
	made := make([]parameter, len(all))
	for i, t := range all {
		made[i] = parameter{mode: 'i', typ: t}
		if p.Modes != "" {
			made[i].mode = p.Modes[i]
		}
		if i < len(p.Names) {
			made[i].name = p.Names[i]
		}
		if p.Kind == 'p' && p.OID >= plan.OwnFunctions && made[i].mode == 'i' {
			made[i].mode = 'I'
		}
	}
	return made
}

func (r Registry) parameter(a parameter) string {
	text := map[byte]string{'I': "IN ", 'o': "OUT ", 'b': "INOUT ", 'v': "VARIADIC "}[a.mode]
	if a.name != "" {
		text += quoted([]string{a.name}) + " "
	}
	return text + r.typeName(a.typ)
}

// arguments writes the parameters of a function as CREATE FUNCTION takes them.
func (r Registry) arguments(p *pgdata.Proc, withDefaults bool) string {
	var parts []string
	input := 0
	for _, a := range parameters(p) {
		if a.mode == 't' {
			continue
		}
		text := r.parameter(a)
		if a.mode != 'o' {
			if i := input - (len(p.Args) - len(p.Defaults)); withDefaults && i >= 0 {
				text += " DEFAULT " + p.Defaults[i]
			}
			input++
		}
		parts = append(parts, text)
	}
	aggregate := pgdata.AggregateOf(p.OID)
	if aggregate == nil || aggregate.Kind == 'n' {
		return strings.Join(parts, ", ")
	}
	direct := parts[:aggregate.DirectArgs]
	ordered := parts[aggregate.DirectArgs:]
	if len(ordered) == 0 { // what is ordered by is what the direct arguments are
		ordered = direct[len(direct)-1:]
	}
	return strings.TrimSpace(strings.Join(direct, ", ") + " ORDER BY " + strings.Join(ordered, ", "))
}

// result writes what a function returns; procedures return nothing.
func (r Registry) result(p *pgdata.Proc) (string, bool) {
	if p.Kind == 'p' {
		return "", false
	}
	var columns []string
	for _, a := range parameters(p) {
		if a.mode == 't' {
			columns = append(columns, r.parameter(a))
		}
	}
	text := r.typeName(p.Result)
	switch {
	case columns != nil:
		return "TABLE(" + strings.Join(columns, ", ") + ")", true
	case p.Set:
		return "SETOF " + text, true
	}
	return text, true
}
