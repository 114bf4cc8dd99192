package catalog

import (
	"slices"
	"strings"

	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/settings"
	"github.com/projsql/projsql/query/types"
)

// Routine is a function or procedure of users.
type Routine struct {
	pgdata.Proc // Source is the body, Defaults are as PostgreSQL shows them
	Schema      string
	Owner       string
	Hidden      bool // it is found with its schema only
	Leakproof   bool
	Definer     bool
	Parallel    byte
	Rows        float64
	Config      settings.Config
	Standard    string // the body, if it is no string
	Comment     string
	Lasting     bool         // all sessions see it: it is in the schema public
	AllTypes    []types.OID  // of its parameters
	Reads       []uint32     // the relations that a body names that is no string, by OID
	Calls       []uint32     // and the routines
	Held        *role.Object // of a lasting one: who owns it and may call it; nil: what holds by default
}

// AddRoutines adds the session's functions, before the objects are shown.
func (o *Objects) AddRoutines(all []*Routine) {
	o.routines = all
	for _, r := range all {
		o.comment(described{r.OID, classOfProcs, 0}, r.Comment)
	}
}

// routine finds a function of the session; nil if there is none.
func (o *Objects) routine(oid uint32) *Routine {
	i := slices.IndexFunc(o.routines, func(r *Routine) bool { return r.OID == oid })
	if i < 0 {
		return nil
	}
	return o.routines[i]
}

// procByOID finds a function, PostgreSQL's or the session's; nil if there is none.
func procByOID(s Session, oid uint32) *pgdata.Proc {
	if p := pgdata.ProcByOID(oid); p != nil {
		return p
	}
	if r := s.Objects().routine(oid); r != nil {
		return &r.Proc
	}
	return nil
}

// procs are the rows of pg_proc for the session's functions.
func procs(s Session, add func(values)) {
	for _, r := range s.Objects().routines {
		v := values{
			"oid": oid(r.OID), "proname": types.String(r.Name), "pronamespace": oid(namespaceOID(r.Schema)), "proowner": oid(roleOID(r.Owner)), "prolang": oid(sqlLanguageOID),
			"procost": types.Float(r.Cost), "prorows": types.Float(0), "provariadic": oid(uint32(r.Variadic)), "prosupport": oid(0), "prokind": char(r.Kind),
			"prosecdef": types.Bool(r.Definer), "proleakproof": types.Bool(r.Leakproof), "proisstrict": types.Bool(r.Strict), "proretset": types.Bool(r.Set),
			"provolatile": char(r.Volatile), "proparallel": char(r.Parallel), "pronargs": number(len(r.Args)), "pronargdefaults": number(len(r.Defaults)),
			"prorettype": oid(uint32(r.Result)), "proargtypes": oidVector(r.Args), "prosrc": types.String(r.Source),
		}
		if acl := r.Held.Explicit(); acl != nil {
			v["proacl"] = aclItems(acl, owner)
		}
		if r.Set {
			v["prorows"] = types.Float(r.Rows)
		}
		if r.AllArgs != nil {
			v["proallargtypes"], v["proargmodes"] = oidArray(r.AllArgs), charArray(r.Modes)
		}
		if slices.ContainsFunc(r.Names, func(n string) bool { return n != "" }) {
			v["proargnames"] = textArray(r.Names)
		}
		if len(r.Defaults) > 0 {
			v["proargdefaults"] = types.String(strings.Join(r.Defaults, ", "))
		}
		if r.Config != nil {
			v["proconfig"] = textArray(r.Config)
		}
		if r.Standard != "" {
			v["prosqlbody"], v["prosrc"] = types.String(r.Standard), types.String("")
		}
		add(v)
	}
}

const sqlLanguageOID = 14

func oidVector(all []types.OID) types.Datum {
	if len(all) == 0 {
		return zero(types.OIDVectorOID)
	}
	a := &types.Array{Elem: types.OIDOID, Dims: []types.Dim{{Length: int32(len(all))}}}
	for _, t := range all {
		a.Items = append(a.Items, oid(uint32(t)))
	}
	return types.Pointer(a)
}

func oidArray(all []types.OID) types.Datum {
	a := &types.Array{Elem: types.OIDOID, Dims: []types.Dim{{Length: int32(len(all)), Lower: 1}}}
	for _, t := range all {
		a.Items = append(a.Items, oid(uint32(t)))
	}
	return types.Pointer(a)
}

func charArray(all string) types.Datum {
	a := &types.Array{Elem: types.CharOID, Dims: []types.Dim{{Length: int32(len(all)), Lower: 1}}}
	for i := range len(all) {
		a.Items = append(a.Items, char(all[i]))
	}
	return types.Pointer(a)
}

// shownName is how regproc shows a function of the session: with its schema unless the name is
// its alone.
func (r *Routine) shownName(s Session) string {
	same := len(pgdata.Procs(r.Name))
	for _, o := range s.Objects().routines {
		if o.Name == r.Name && !o.Hidden {
			same++
		}
	}
	if r.Hidden || same > 1 {
		return qualifiedName(r.Schema, r.Name)
	}
	return expr.QuoteIdent(r.Name)
}

// shownSignature is how regprocedure shows it.
func (r *Routine) shownSignature(names Registry) string {
	name := expr.QuoteIdent(r.Name)
	if r.Hidden {
		name = qualifiedName(r.Schema, r.Name)
	}
	return name + "(" + names.typeList(r.Args) + ")"
}

// called are the session's functions that a name means, with a schema or without.
func (o *Objects) called(schema, name, temp string) (all []*Routine) {
	for _, r := range o.routines {
		if r.Name == name && (schema == "" && !r.Hidden || schema != "" && (schema == r.Schema || schema == "pg_temp" && r.Schema == temp)) {
			all = append(all, r)
		}
	}
	return all
}

// definition is pg_get_functiondef of a function of the session.
func (r *Routine) definition(names Registry) string {
	kind := "FUNCTION"
	if r.Kind == 'p' {
		kind = "PROCEDURE"
	}
	schema := "pg_temp"
	if r.Lasting {
		schema = r.Schema
	}
	text := "CREATE OR REPLACE " + kind + " " + qualifiedName(schema, r.Name) + "(" + names.arguments(&r.Proc, true) + ")\n"
	if returns, ok := names.result(&r.Proc); ok {
		text += " RETURNS " + returns + "\n"
	}
	text += " LANGUAGE sql\n"
	if options := r.options(); options != "" {
		text += options + "\n"
	}
	for name, value := range r.Config.All() {
		text += " SET " + expr.QuoteIdent(name) + " TO " + shownSetting(name, value) + "\n"
	}
	if r.Standard != "" {
		return text + r.Standard + "\n"
	}
	tag := "$" + strings.ToLower(kind) + "$"
	for strings.Contains(r.Source, tag) {
		tag = tag[:len(tag)-1] + "x$"
	}
	return text + "AS " + tag + r.Source + tag + "\n"
}

// options are those that are not the default, on one line.
func (r *Routine) options() (text string) {
	add := func(when bool, word string) {
		if when {
			text += " " + word
		}
	}
	add(r.Volatile == 'i', "IMMUTABLE")
	add(r.Volatile == 's', "STABLE")
	add(r.Parallel == 's', "PARALLEL SAFE")
	add(r.Parallel == 'r', "PARALLEL RESTRICTED")
	add(r.Strict, "STRICT")
	add(r.Definer, "SECURITY DEFINER")
	add(r.Leakproof, "LEAKPROOF")
	add(r.Cost != 100, "COST "+shownNumber(r.Cost))
	add(r.Set && r.Rows != 1000, "ROWS "+shownNumber(r.Rows))
	return text
}

// shownSetting is the value of a parameter as SET takes it.
func shownSetting(name, value string) string {
	words := []string{value}
	if settings.Quoted(name) {
		words = settings.Identifiers(value)
	}
	for i, word := range words {
		words[i] = "'" + strings.ReplaceAll(word, "'", "''") + "'"
	}
	return strings.Join(words, ", ")
}

func shownNumber(v float64) string { return types.Text(nil, types.Float4OID, types.Float(v)) }
