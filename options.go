package projsql

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"path/filepath"
	"time"
)

// Options configure a DB. Zero fields mean their default.
type Options struct {
	// Dir is the data directory, required; it is made if missing. One DB at a time has it
	// open.
	Dir      string
	NodeName string       // as _node and projsql.nodes show it; "node1"
	Logger   *slog.Logger // nil: discard

	SlotBytesMax    int64 // memory for states; 256 MiB, less than 0: none kept
	ScanBytesMax    int64 // memory for what scans of whole projections leave for the next; 256 MiB, less than 0: none
	StoreCacheBytes int64 // memory for blocks of the event store; 256 MiB
	QueryBytesMax   int64 // memory that one statement may take; 512 MiB
	WorkBytes       int64 // default of work_mem, what an operator takes before it writes to temporary files; 384 MiB
	TempBytesMax    int64 // temporary files of all statements together, on disk; 64 GiB
	// NoExternalCache keeps states in memory only, none on disk.
	NoExternalCache bool
	// Warm says which states on disk are kept in step with the log in the background: "lazy"
	// (default) those that were read, "on" all, "off" none.
	Warm string
	// WarmShare is the share of one processor that this may take; 0.25.
	WarmShare float64

	// For clients that ServePG answers.
	TLS            *tls.Config // offered to clients that ask; nil: none
	ConnectionsMax int         // at once; 10,000
	// Insecure lets in clients from beyond loopback, although they are not authenticated.
	Insecure bool

	// Settings are further settings of PostgreSQL's that clients see: "port", "config_file". An unknown
	// name, or a value that the setting does not take, is an error.
	Settings map[string]Setting

	// Cluster lets other nodes join this one, or makes it join others; nil: it is alone.
	Cluster *ClusterOptions

	// Now is the wall clock that events are stamped by; nil: time.Now.
	Now func() time.Time

	// DrainTimeout is how long Close lets running statements and waiting appends go on; 10 s.
	DrainTimeout time.Duration
}

// Setting is the value of a setting, and where it comes from, as pg_settings tells.
type Setting struct {
	Value  string
	Source string // "command line", "environment variable", "configuration file" or "override"
	File   string // of a configuration file, and Line the line in it
	Line   int
}

func (o *Options) fill() error {
	if o.Dir == "" {
		return errors.New("projsql: Options.Dir is required")
	}
	orDefault(&o.NodeName, "node1")
	orDefault(&o.SlotBytesMax, 256<<20)
	orDefault(&o.ScanBytesMax, 256<<20)
	orDefault(&o.StoreCacheBytes, 256<<20)
	orDefault(&o.QueryBytesMax, 512<<20)
	orDefault(&o.WorkBytes, 384<<20)
	orDefault(&o.TempBytesMax, 64<<30)
	orDefault(&o.ConnectionsMax, 10_000)
	orDefault(&o.DrainTimeout, 10*time.Second)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o.fillWarm()
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// dir is a directory of the node's within the data directory.
func (o *Options) dir(name string) string { return filepath.Join(o.Dir, name) }
