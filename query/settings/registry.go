package settings

import (
	_ "embed"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Kind is the type of a parameter.
type Kind uint8

// Kinds of parameters.
const (
	Boolean Kind = iota + 1
	Integer
	Real
	Text
	Enum
)

var kindNames = [...]string{"", "bool", "integer", "real", "string", "enum"}

// String returns the name that pg_settings shows.
func (k Kind) String() string { return kindNames[k] }

// Parameter is one parameter's definition. It is immutable.
type Parameter struct {
	Name        string
	Kind        Kind
	Context     string // pg_settings.context: when it may change
	Default     string // in the base unit
	Boot        string // what Default is where nobody says otherwise
	Unit        string // pg_settings.unit: B, kB, 8kB, MB, us, ms, s, min or ""
	Min, Max    float64
	Values      []string // of an Enum
	Category    string
	Description string
	Flags       []string // as pg_settings_get_flags shows them
	Reported    bool     // ParameterStatus
	// Source is where Default comes from, as pg_settings tells; "" = it is Boot. File and Line are
	// the place in a configuration file.
	Source, File string
	Line         int
	// Check validates and normalises a value of kind Text; nil takes all.
	Check func(value string) (string, error)
}

func (p *Parameter) has(flag string) bool { return slices.Contains(p.Flags, flag) }

//go:embed parameters.tsv
var parametersTSV string

// reported are the statuses of PostgreSQL 15, in the order it sends them.
var reported = [...]string{
	"application_name", "client_encoding", "DateStyle", "default_transaction_read_only",
	"in_hot_standby", "integer_datetimes", "IntervalStyle", "is_superuser", "server_encoding",
	"server_version", "session_authorization", "standard_conforming_strings", "TimeZone",
}

// Options says what a Registry adds to PostgreSQL's parameters.
type Options struct {
	// ServerVersion is server_version, "15.x" and more; server_version_num follows it.
	ServerVersion string
	// Own are parameters beside PostgreSQL's. A prefix "own." of their names is reserved.
	Own []Parameter
	// Defaults replace the built-in defaults.
	Defaults map[string]Given
}

// overridden is the source of what nobody gave and is not as it is built in.
const overridden = "override"

// Given is a default of the server's own, and where it comes from: see Parameter.
type Given struct {
	Value, Source, File string
	Line                int
}

// Registry is the set of parameters. It is immutable.
type Registry struct {
	byName   map[string]*Parameter // by lower-case name
	sorted   []*Parameter
	reserved map[string]bool // prefixes of our own names
}

// NewRegistry builds a registry; it fails on a default that does not validate.
func NewRegistry(o Options) (*Registry, error) {
	r := &Registry{byName: map[string]*Parameter{}, reserved: map[string]bool{}}
	for _, line := range strings.Split(strings.TrimSuffix(parametersTSV, "\n"), "\n") {
		p, err := parseParameter(line)
		if err != nil {
			return nil, err
		}
		r.add(p)
	}
	for i := range o.Own {
		own := o.Own[i]
		if prefix, _, ok := strings.Cut(own.Name, "."); ok {
			r.reserved[prefix] = true
		}
		r.add(&own)
	}
	r.specialise(o.ServerVersion)
	for _, p := range r.sorted {
		p.Boot = p.Default
	}
	if err := r.override(o.Defaults); err != nil {
		return nil, err
	}
	sort.Slice(r.sorted, func(i, j int) bool {
		return strings.ToLower(r.sorted[i].Name) < strings.ToLower(r.sorted[j].Name)
	})
	return r, nil
}

func (r *Registry) add(p *Parameter) {
	r.byName[strings.ToLower(p.Name)] = p
	r.sorted = append(r.sorted, p)
}

// Lookup finds a parameter by its name in any case.
func (r *Registry) Lookup(name string) (*Parameter, bool) {
	if old, ok := renamed[strings.ToLower(name)]; ok {
		name = old
	}
	p, ok := r.byName[strings.ToLower(name)]
	return p, ok
}

// renamed are the old names that PostgreSQL 15 still takes.
var renamed = map[string]string{
	"sort_mem":   "work_mem",
	"vacuum_mem": "maintenance_work_mem",
}

func (r *Registry) specialise(version string) {
	for _, name := range reported {
		r.byName[strings.ToLower(name)].Reported = true
	}
	r.byName["server_version"].Default = version
	r.byName["server_version_num"].Default = versionNumber(version)
	r.byName["is_superuser"].Default = "on"
	r.byName["lc_messages"].Default = "C"
	r.byName["timezone_abbreviations"].Default = "Default"
	for _, name := range []string{"transaction_isolation", "transaction_read_only", "transaction_deferrable"} {
		r.byName[name].Source = overridden // by each transaction
	}
	for name, check := range checks {
		r.byName[name].Check = check
	}
}

// versionNumber turns "15.20 (more)" into "150020".
func versionNumber(version string) string {
	number, _, _ := strings.Cut(version, " ")
	major, minor, _ := strings.Cut(number, ".")
	a, _ := strconv.Atoi(major)
	b, _ := strconv.Atoi(minor)
	return strconv.Itoa(a*10000 + b)
}

func (r *Registry) override(defaults map[string]Given) error {
	for name, given := range defaults {
		p, ok := r.Lookup(name)
		if !ok {
			return fmt.Errorf("settings: %w", unknown(name))
		}
		v, err := p.Parse(given.Value)
		if err != nil {
			return fmt.Errorf("settings: %w", err)
		}
		if v == p.Boot && given.Source == overridden {
			continue
		}
		p.Default, p.Source, p.File, p.Line = v, given.Source, given.File, given.Line
	}
	return nil
}

func parseParameter(line string) (*Parameter, error) {
	f := strings.Split(line, "\t")
	if len(f) != 11 {
		return nil, fmt.Errorf("settings: %d columns in %q", len(f), line)
	}
	p := &Parameter{Name: f[0], Context: f[2], Default: f[3], Unit: f[4], Category: f[9], Description: strings.ReplaceAll(f[10], `\\`, `\`)}
	for k, name := range kindNames {
		if name == f[1] {
			p.Kind = Kind(k)
		}
	}
	if f[7] != "" {
		p.Values = strings.Split(f[7], ",")
	}
	p.Min, _ = strconv.ParseFloat(f[5], 64)
	p.Max, _ = strconv.ParseFloat(f[6], 64)
	if f[8] != "" {
		p.Flags = strings.Split(f[8], ",")
	}
	return p, nil
}
