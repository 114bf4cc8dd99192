package query

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"runtime"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/catalog"
	"github.com/projsql/projsql/query/explain"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/fragment"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/scatter"
	"github.com/projsql/projsql/query/settings"
	"github.com/projsql/projsql/query/spill"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Limits; those named Default hold where Options says nothing.
const (
	plansMaxDefault            = 4096
	queryBytesMaxDefault       = 512 << 20
	workBytesDefault           = 384 << 20
	transactionBytesMaxDefault = 56 << 20
	tempBytesMaxDefault        = 256 << 20
	preparedStatementsMax      = 10_000
	portalsMax                 = 1_000
	savepointsMax              = 10_000
)

// postgresVersion is the PostgreSQL whose behaviour we give.
const postgresVersion = "15.20"

// Options says what a Server works with. Zero values mean the documented default.
type Options struct {
	Backend     Backend     // required
	Definitions Definitions // required
	NodeName    string      // shown in _node and EXPLAIN; default "local"
	Version     string      // of projsql, shown by version(); default "dev"
	Database    string      // default "projsql"
	Logger      *slog.Logger
	// Now is the wall clock; default time.Now.
	Now   func() time.Time
	since func(time.Time) time.Duration // by Now
	// Settings are the server's own defaults of settings, e.g. TimeZone.
	Settings map[string]Setting
	// PlansMax bounds the plans that all sessions share; default 4096.
	PlansMax int
	// QueryBytesMax bounds the memory of one query's operators (53200); default 512 MiB.
	QueryBytesMax int64
	// WorkBytes is the default of work_mem, the memory that one operator keeps before it
	// writes to temporary files; default 384 MiB.
	WorkBytes int64
	// WorkBytesMax bounds that memory whatever a session sets; 0: it does not.
	WorkBytesMax int64
	// Temp is where temporary files are; nil: there are none, and operators end with 53200.
	Temp *spill.Dir
	// TransactionBytesMax bounds the appends of one transaction, and so one COPY
	// (54000); default 56 MiB, what one log entry carries.
	TransactionBytesMax int64
	// TempBytesMax bounds the rows of a session's temporary tables (53200); default 256 MiB.
	TempBytesMax int64
	// Hooks are told what sessions do; all are optional.
	Hooks Hooks
	// Relations adds relations to those that queries see, e.g. the node's own state.
	Relations []*plan.Relation
	// Purge forgets cached states of the entities with a prefix and returns their
	// number; nil: projsql_cache_purge is refused.
	Purge func(ctx context.Context, prefix string) (int64, error)
	// Guards reports whether clients can be told from other nodes, so that passwords guard anything: else no
	// role can be created. nil: they can.
	Guards func() bool
	// Cluster has the functions for operators and other nodes; nil: there are none.
	Cluster Cluster
	// Entities returns the number of entities in the log; nil: many.
	Entities func() uint64
	// Events returns the number of events in the log; nil: that is not known.
	Events func() uint64
	// States returns the number of entities that have a state, if that is known without reading them; nil: it
	// never is.
	States func(d *projection.Definition) (n int, known bool)
	// DiskBytes is what the database's events take on this node's disk; nil: that is not known.
	DiskBytes func() int64
	// Follow opens a session's subscription to changes; nil: LISTEN is refused.
	Follow func() Subscription
}

// Hooks observe sessions, for metrics. They are called by the sessions' goroutines.
type Hooks struct {
	// Statement is called after every statement with its command tag's first words,
	// its duration and its error.
	Statement func(command string, took time.Duration, err error)
	// Session is called with +1 and -1.
	Session func(delta int)
}

// Server holds what all sessions of a node share. It is safe for concurrent use.
type Server struct {
	options   Options
	registry  *settings.Registry
	plans     *planCache
	router    Router // nil: this node answers all reads
	scans     *scatter.Node
	fragments *fragment.Texts
	shapes    shapes
	events    *plan.Relation
	functions *expr.Extensions
	routines  atomic.Pointer[lastingFunctions]
	// uncommitted counts the versions of what transactions define.
	uncommitted atomic.Uint64
	again       chan struct{} // held by the session that tries again what it has lost to others
	started     time.Time

	activities activities
}

// NewServer checks the options and returns a server.
func NewServer(o Options) (*Server, error) {
	if o.Backend == nil || o.Definitions == nil {
		return nil, errors.New("query: Backend and Definitions are required")
	}
	o.ensureDefaults()
	r, err := settings.NewRegistry(settings.Options{
		ServerVersion: postgresVersion + " (projsql " + o.Version + ")",
		Own:           ownSettings(),
		Defaults:      o.defaults(),
	})
	if err != nil {
		return nil, err
	}
	v := &Server{
		again:   make(chan struct{}, 1),
		options: o, registry: r, plans: newPlanCache(o.PlansMax), fragments: fragment.NewTexts(),
		events: written(plan.NewEvents(catalog.EventsOID, nil)), started: o.Now(),
	}
	v.router, _ = o.Backend.(Router)
	v.scans = &scatter.Node{Reader: o.Backend, Name: o.NodeName, Entities: v.entities, Now: o.Now, Logger: o.Logger, Guard: v.guard}
	v.scans.Others, _ = o.Backend.(Scatterer)
	v.functions = v.makeFunctions()
	return v, nil
}

// Served is what a node has read for fragments of others.
type Served = scatter.Served

// Served returns what this node has read for fragments that others sent.
func (v *Server) Served() Served { return v.scans.Served() }

// Workers returns how many workers read parts of scans at this moment.
func (v *Server) Workers() int64 { return v.scans.Working() }

// entities is the number of entities in the log.
func (v *Server) entities() uint64 {
	if v.options.Entities == nil {
		return math.MaxUint64
	}
	return v.options.Entities()
}

// sizes are what EXPLAIN estimates by.
func (v *Server) sizes() explain.Sizes {
	const unknown = 1000
	s := explain.Sizes{Entities: unknown, Events: unknown}
	if v.options.Entities != nil && v.options.Events != nil {
		s.Entities, s.Events = float64(v.options.Entities()), float64(v.options.Events())
	}
	return s
}

// uptime is the time since the server was made.
func (v *Server) uptime() time.Duration { return v.options.since(v.started) }

// eventsIn is the relation of the log as a catalog's event kinds show it.
func (v *Server) eventsIn(c *projection.Catalog) *plan.Relation {
	return plan.NewEvents(catalog.EventsOID, c.Kinds())
}

// written is a relation without its hidden columns, which cannot be written.
func written(r *plan.Relation) *plan.Relation {
	r.Columns = slices.DeleteFunc(r.Columns, func(c plan.RelationColumn) bool { return c.Hidden })
	return r
}

// version is what version() answers: PostgreSQL's form first, as drivers read it.
func (v *Server) version() string {
	return "PostgreSQL " + postgresVersion + " (projsql " + v.options.Version + ") on " + runtime.GOARCH + "-" + runtime.GOOS +
		", compiled by " + runtime.Version() + ", 64-bit"
}

func (o *Options) ensureDefaults() {
	o.NodeName = orDefault(o.NodeName, "local")
	o.Version = orDefault(o.Version, "dev")
	o.Database = orDefault(o.Database, "projsql")
	o.PlansMax = orDefault(o.PlansMax, plansMaxDefault)
	o.QueryBytesMax = orDefault(o.QueryBytesMax, queryBytesMaxDefault)
	o.WorkBytes = orDefault(o.WorkBytes, workBytesDefault)
	o.TransactionBytesMax = orDefault(o.TransactionBytesMax, transactionBytesMaxDefault)
	o.TempBytesMax = orDefault(o.TempBytesMax, tempBytesMaxDefault)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.since = hlc.Elapsed(o.Now)
	if o.Now == nil {
		o.Now = time.Now
	}
}

// defaults are the settings that differ from PostgreSQL's.
func (o *Options) defaults() map[string]settings.Given {
	all := map[string]settings.Given{"work_mem": {Value: strconv.FormatInt(o.WorkBytes>>10, 10), Source: "override"}}
	for name, s := range o.Settings {
		all[name] = settings.Given(s)
	}
	return all
}

// Setting is a default of a setting and where the server has it from, as pg_settings tells: the source,
// and of a configuration file its name and the line.
type Setting struct {
	Value, Source, File string
	Line                int
}

func orDefault[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Startup is what a client says before its first query; wire.Startup converts to it.
type Startup struct {
	User string
	// Trusted clients may do everything, whatever roles there are: those of the program itself, and nodes that know the secret.
	Trusted   bool
	Database  string
	Settings  map[string]string
	ProcessID uint32
	// Remote and Local are the two ends of the connection, host:port.
	Remote, Local string
	// Encryption is that of the connection.
	Encryption Encryption
	// Cancel ends the statement that runs, if one does, and End the connection. Any
	// goroutine may call them.
	Cancel, End func()
}

// Encryption is what a connection is encrypted with; the zero Encryption is none.
type Encryption = catalog.Encryption

// Open returns a session and the parameter statuses to report, name and value.
// Errors: 3D000 for an unknown database, 42704, 22023 and 42501 for bad settings.
func (v *Server) Open(ctx context.Context, start Startup) (*Session, [][2]string, error) {
	if start.Database != "" && start.Database != v.options.Database {
		return nil, nil, sqlstate.New(sqlstate.InvalidCatalogName, "database %q does not exist", start.Database)
	}
	roles := v.options.Definitions.Current().Roles
	set, err := v.registry.Session(settings.Start{
		User: start.User, Settings: start.Settings, Defaults: roles.Start(start.User), Ordinary: !start.Trusted && !roles.Superuser(start.User),
	})
	if err != nil {
		return nil, nil, err
	}
	if err := v.mayConnect(start); err != nil {
		return nil, nil, err
	}
	if r := roles.Get(start.User); r != nil && !r.Superuser && r.Connections >= 0 && v.activities.of(start.User) >= r.Connections {
		return nil, nil, sqlstate.New(sqlstate.TooManyConnections, "too many connections for role %q", start.User)
	}
	session := newSession(v, start, set)
	return session, set.Reported(), nil
}
