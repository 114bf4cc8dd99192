// Package pgdata holds PostgreSQL 15's own rows of pg_operator, pg_proc, pg_cast
// and pg_aggregate, with their true OIDs. gen.sh made the data from a running
// server; it is read once, when first asked for.
//
// It knows nothing of how functions are evaluated.
package pgdata

import (
	"bufio"
	"compress/gzip"
	"embed"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/projsql/projsql/query/types"
)

//go:embed *.tsv.gz
var files embed.FS

// Operator is a row of pg_operator.
type Operator struct {
	OID    uint32
	Name   string
	Left   types.OID // 0 for a prefix operator
	Right  types.OID
	Result types.OID
	Proc   uint32 // 0 for a shell operator
}

// Proc is a row of pg_proc.
type Proc struct {
	OID      uint32
	Name     string
	Kind     byte // f function, a aggregate, w window, p procedure
	Volatile byte // i immutable, s stable, v volatile
	Strict   bool
	Set      bool
	Result   types.OID
	Variadic types.OID // element type of the VARIADIC parameter, 0 = none
	Defaults []string  // SQL text of the last parameters' defaults
	Args     []types.OID
	AllArgs  []types.OID // with the OUT parameters; nil = all are IN
	Modes    string      // i, o, b, v, t for each of AllArgs
	Names    []string
	Source   string // names the implementation
	Cost     float64
}

// ArgNames are the names of Args; nil: they have none.
func (p *Proc) ArgNames() []string {
	if p.AllArgs == nil || len(p.AllArgs) == len(p.Args) || len(p.Names) != len(p.AllArgs) {
		return p.Names
	}
	var names []string
	for i, m := range p.Modes {
		if m == 'i' || m == 'b' || m == 'v' {
			names = append(names, p.Names[i])
		}
	}
	return names
}

// InSQL reports whether PostgreSQL itself writes the function in SQL.
func (p *Proc) InSQL() bool { return p.OID < 16384 && strings.HasSuffix(p.Source, ")") }

// Cast is a row of pg_cast.
type Cast struct {
	Source  types.OID
	Target  types.OID
	Proc    uint32
	Context byte // e explicit, a assignment, i implicit
	Method  byte // f function, b binary coercible, i through text
}

// Aggregate is a row of pg_aggregate.
type Aggregate struct {
	Proc       uint32
	Kind       byte // n normal, o ordered-set, h hypothetical-set
	DirectArgs int
}

type castKey struct{ source, target types.OID }

type tables struct {
	operators      []Operator
	operatorByName map[string][]*Operator
	procs          []Proc
	procByOID      map[uint32]*Proc
	procByName     map[string][]*Proc
	casts          []Cast
	castByPair     map[castKey]*Cast
	aggregates     map[uint32]*Aggregate
}

var load = sync.OnceValue(func() *tables {
	t := &tables{
		operatorByName: map[string][]*Operator{},
		procByOID:      map[uint32]*Proc{}, procByName: map[string][]*Proc{},
		castByPair: map[castKey]*Cast{}, aggregates: map[uint32]*Aggregate{},
	}
	t.loadOperators()
	t.loadProcs()
	t.loadCasts()
	t.loadAggregates()
	return t
})

// Operators returns the operators of a name. The slice is shared.
func Operators(name string) []*Operator { return load().operatorByName[name] }

// AllOperators returns every operator by OID. The slice is shared.
func AllOperators() []Operator { return load().operators }

// Procs returns the functions of a name. The slice is shared.
func Procs(name string) []*Proc { return load().procByName[name] }

// ProcByOID returns the function with the OID, nil if there is none.
func ProcByOID(oid uint32) *Proc { return load().procByOID[oid] }

// AllProcs returns every function by OID. The slice is shared.
func AllProcs() []Proc { return load().procs }

// CastOf returns the cast from source to target, nil if there is none.
func CastOf(source, target types.OID) *Cast { return load().castByPair[castKey{source, target}] }

// AggregateOf returns the aggregate row of a function, nil if it is none.
func AggregateOf(proc uint32) *Aggregate { return load().aggregates[proc] }

func (t *tables) loadOperators() {
	each("operators.tsv.gz", 6, func(f []string) {
		t.operators = append(t.operators, Operator{
			OID: number(f[0]), Name: f[1], Left: oid(f[2]), Right: oid(f[3]), Result: oid(f[4]), Proc: number(f[5]),
		})
	})
	for i := range t.operators {
		o := &t.operators[i]
		t.operatorByName[o.Name] = append(t.operatorByName[o.Name], o)
	}
}

func (t *tables) loadProcs() {
	each("procs.tsv.gz", 16, func(f []string) {
		t.procs = append(t.procs, Proc{
			OID: number(f[0]), Name: f[1], Kind: f[2][0], Volatile: f[3][0], Strict: f[4] == "t", Set: f[5] == "t",
			Result: oid(f[6]), Variadic: oid(f[7]), Defaults: defaults(f[13], int(number(f[8]))),
			Args: oids(f[9]), AllArgs: oids(f[10]), Modes: f[11], Names: list(f[12], ","), Source: f[14], Cost: float64(number(f[15])),
		})
	})
	for i := range t.procs {
		p := &t.procs[i]
		t.procByOID[p.OID] = p
		t.procByName[p.Name] = append(t.procByName[p.Name], p)
	}
}

func (t *tables) loadCasts() {
	each("casts.tsv.gz", 5, func(f []string) {
		t.casts = append(t.casts, Cast{
			Source: oid(f[0]), Target: oid(f[1]), Proc: number(f[2]), Context: f[3][0], Method: f[4][0],
		})
	})
	for i := range t.casts {
		c := &t.casts[i]
		t.castByPair[castKey{c.Source, c.Target}] = c
	}
}

func (t *tables) loadAggregates() {
	each("aggregates.tsv.gz", 3, func(f []string) {
		a := &Aggregate{Proc: number(f[0]), Kind: f[1][0], DirectArgs: int(number(f[2]))}
		t.aggregates[a.Proc] = a
	})
}

// each calls row for each line. The data is part of the program, so damage is a
// broken build.
func each(name string, fields int, row func([]string)) {
	file, err := files.Open(name)
	if err != nil {
		panic(err)
	}
	zip, err := gzip.NewReader(file)
	if err != nil {
		panic(err)
	}
	lines := bufio.NewScanner(zip)
	for lines.Scan() {
		f := strings.Split(lines.Text(), "\t")
		if len(f) != fields {
			panic(fmt.Sprintf("pgdata: %s: %d fields, want %d", name, len(f), fields))
		}
		row(f)
	}
	if err := lines.Err(); err != nil {
		panic(err)
	}
}

func number(s string) uint32 {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		panic(err)
	}
	return uint32(n)
}

func oid(s string) types.OID { return types.OID(number(s)) }

func oids(s string) []types.OID {
	var all []types.OID
	for _, f := range list(s, " ") {
		all = append(all, oid(f))
	}
	return all
}

func list(s, separator string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, separator)
}

// defaults splits pg_get_expr's text of n defaults; none of them holds a comma of
// its own.
func defaults(s string, n int) []string {
	if n == 0 {
		return nil
	}
	all := strings.Split(s, ", ")
	if len(all) != n {
		panic(fmt.Sprintf("pgdata: %d defaults in %q", n, s))
	}
	return all
}
