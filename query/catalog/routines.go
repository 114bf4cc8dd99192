package catalog

import (
	"strings"

	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
)

// routines are the functions that describe functions.
func routines() map[string]call {
	about := func(describe func(*pgdata.Proc) (string, bool)) call {
		return func(_ Session, args []types.Datum) (types.Datum, error) {
			p := pgdata.ProcByOID(argOID(args[0]))
			if p == nil {
				return types.Null, nil
			}
			return textOrNull(describe(p))
		}
	}
	return map[string]call{
		"pg_get_function_arguments":          about(func(p *pgdata.Proc) (string, bool) { return arguments(p, true), true }),
		"pg_get_function_identity_arguments": about(func(p *pgdata.Proc) (string, bool) { return arguments(p, false), true }),
		"pg_get_function_result":             about(result),
		"pg_get_functiondef":                 functionDefinition,
		"pg_get_function_arg_default": func(_ Session, args []types.Datum) (types.Datum, error) {
			p := pgdata.ProcByOID(argOID(args[0]))
			if p == nil {
				return types.Null, nil
			}
			i := int(args[1].Int()) - 1 - (len(p.Args) - len(p.Defaults))
			if i < 0 || i >= len(p.Defaults) {
				return types.Null, nil
			}
			return types.String(p.Defaults[i]), nil
		},
	}
}

// parameter is one of a function's.
type parameter struct {
	mode byte // as in pg_proc's proargmodes
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
	}
	return made
}

func (a *parameter) String() string {
	text := map[byte]string{'o': "OUT ", 'b': "INOUT ", 'v': "VARIADIC "}[a.mode]
	if a.name != "" {
		text += quoted([]string{a.name}) + " "
	}
	return text + types.TypeName(a.typ)
}

// arguments writes the parameters of a function as CREATE FUNCTION takes them.
func arguments(p *pgdata.Proc, withDefaults bool) string {
	var parts []string
	input := 0
	for _, a := range parameters(p) {
		if a.mode == 't' {
			continue
		}
		text := a.String()
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
func result(p *pgdata.Proc) (string, bool) {
	if p.Kind == 'p' {
		return "", false
	}
	var columns []string
	for _, a := range parameters(p) {
		if a.mode == 't' {
			columns = append(columns, a.String())
		}
	}
	text := types.TypeName(p.Result)
	switch {
	case columns != nil:
		return "TABLE(" + strings.Join(columns, ", ") + ")", true
	case p.Set:
		return "SETOF " + text, true
	}
	return text, true
}
