package catalog

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// names are objects that are all PostgreSQL's own.
type names struct {
	missing string // the error's text, with the name that is not there
	// elsewhere are names that a PostgreSQL may have and projsql has not; nil if there are none.
	elsewhere *regexp.Regexp
	byName    func() map[string]uint32
}

// lookup finds an object; there tells whether it is looked for in pg_catalog. 42704 of the name as
// written if there is none; 0A000 if PostgreSQL may have it.
func (n *names) lookup(name, written string, there bool) (uint32, error) {
	if oid, ok := n.byName()[name]; ok && there {
		return oid, nil
	}
	e := sqlstate.New(sqlstate.UndefinedObject, n.missing, written)
	if n.elsewhere != nil && n.elsewhere.MatchString(name) {
		e = sqlstate.New(sqlstate.FeatureNotSupported, "%s", strings.Replace(e.Message, "does not exist", "is not supported yet", 1))
	}
	return 0, e
}

// localeName matches collations of the operating system's locales and of ICU's, which a PostgreSQL
// has too.
var localeName = regexp.MustCompile(`^([a-z]{2,3}_[A-Z]{2}|C\.)|-x-icu$`)

func namesIn(relation, missing string, elsewhere *regexp.Regexp) *names {
	return &names{missing: missing, elsewhere: elsewhere, byName: sync.OnceValue(func() map[string]uint32 {
		all := map[string]uint32{}
		eachRow(relation, func(f []field) { all[f[1].text] = f[0].oid() })
		return all
	})}
}

var (
	collationNames  = namesIn("pg_collation", `collation "%s" for encoding "UTF8" does not exist`, localeName)
	configNames     = namesIn("pg_ts_config", `text search configuration "%s" does not exist`, nil)
	dictionaryNames = namesIn("pg_ts_dict", `text search dictionary "%s" does not exist`, nil)
)

// named are the objects of a reg* type; nil if a session has some of its own.
func named(t types.OID) *names {
	switch t {
	case types.RegcollationOID:
		return collationNames
	case types.RegconfigOID:
		return configNames
	case types.RegdictionaryOID:
		return dictionaryNames
	}
	return nil
}

// signatureOID finds a function or an operator by its name and the types of its arguments.
func (r Registry) signatureOID(t types.OID, text string) (uint32, error) {
	name, list, err := splitSignature(text)
	if err != nil {
		return 0, err
	}
	args, err := r.argumentTypes(list, t == types.RegoperatorOID)
	if err != nil {
		return 0, err
	}
	if t == types.RegoperatorOID {
		return r.operatorOID(name, args, text)
	}
	for _, own := range r.ownRoutines(name) {
		if slices.Equal(own.Args, args) {
			return own.OID, nil
		}
	}
	name, there, err := r.catalogName(name)
	if err != nil {
		return 0, err
	}
	for _, p := range pgdata.Procs(name) {
		if there && slices.Equal(p.Args, args) {
			return p.OID, nil
		}
	}
	return 0, missingFunction(text)
}

func (r Registry) operatorOID(name string, args []types.OID, text string) (uint32, error) {
	switch {
	case len(args) == 1:
		return 0, sqlstate.New(sqlstate.UndefinedParameter, "missing argument").
			WithHint("Use NONE to denote the missing argument of a unary operator.")
	case len(args) != 2:
		return 0, sqlstate.New(sqlstate.TooManyArguments, "too many arguments").WithHint("Provide two argument types for operator.")
	}
	name, there, err := r.catalogName(name)
	switch {
	case err != nil && sqlstate.Of(err).Code == sqlstate.InvalidSchemaName:
		return 0, missingOperator(text)
	case err != nil:
		return 0, err
	}
	for _, o := range pgdata.Operators(name) {
		if there && o.Left == args[0] && o.Right == args[1] {
			return o.OID, nil
		}
	}
	return 0, missingOperator(text)
}

// splitSignature takes name(types) apart.
func splitSignature(text string) (name, list string, err error) {
	invalid := func(expected string) (string, string, error) {
		return "", "", sqlstate.New(sqlstate.InvalidTextRepresentation, "expected a %s", expected)
	}
	open := indexOutsideQuotes(text, '(')
	if open < 0 {
		return invalid("left parenthesis")
	}
	rest := strings.TrimRight(text[open+1:], " \t\n")
	if !strings.HasSuffix(rest, ")") {
		return invalid("right parenthesis")
	}
	return strings.TrimSpace(text[:open]), rest[:len(rest)-1], nil
}

func indexOutsideQuotes(s string, c byte) int {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == c && !quoted:
			return i
		}
	}
	return -1
}

// argumentTypes reads a list of types; NONE is no type where that may be.
func (r Registry) argumentTypes(list string, none bool) ([]types.OID, error) {
	var args []types.OID
	if strings.TrimSpace(list) == "" {
		return nil, nil
	}
	all := splitTypes(list)
	for i, one := range all {
		switch one = strings.TrimSpace(one); {
		case one == "" && i == len(all)-1:
			return nil, sqlstate.New(sqlstate.InvalidTextRepresentation, "expected a type name")
		case none && strings.EqualFold(one, "none"):
			args = append(args, 0)
			continue
		}
		t, err := expr.TypeNamed(&types.Env{Registry: r}, one)
		if err != nil {
			return nil, err
		}
		args = append(args, t.OID)
	}
	return args, nil
}

// splitTypes splits at commas outside quotes and parentheses.
func splitTypes(list string) (all []string) {
	quoted, depth, start := false, 0, 0
	for i := range len(list) {
		switch list[i] {
		case '"':
			quoted = !quoted
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if !quoted && depth == 0 {
				all = append(all, list[start:i])
				start = i + 1
			}
		}
	}
	return append(all, list[start:])
}
