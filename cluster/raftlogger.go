package cluster

import (
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"slices"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
)

// raftLogger hands raft's messages to slog, one level lower: its elections are
// news to those who debug, its warnings ordinary events of a group.
type raftLogger struct {
	to   *slog.Logger
	name string
	with []any
}

var _ hclog.Logger = (*raftLogger)(nil)

func newRaftLogger(to *slog.Logger) *raftLogger { return &raftLogger{to: to, name: "raft"} }

func slogLevel(l hclog.Level) slog.Level {
	switch l {
	case hclog.Error:
		return slog.LevelWarn
	case hclog.Warn:
		return slog.LevelInfo
	default:
		return slog.LevelDebug
	}
}

// Log writes one message.
func (l *raftLogger) Log(level hclog.Level, msg string, args ...any) {
	to := slogLevel(level)
	if slices.ContainsFunc(args, closed) || msg == behind && slices.ContainsFunc(args, notFound) {
		to = slog.LevelDebug
	}
	if l.to.Enabled(context.Background(), to) {
		l.to.Log(context.Background(), to, l.name+": "+msg, args...)
	}
}

// closed reports whether an attribute is the error of a connection that this node has closed,
// as it does with all of them when it ends.
func closed(attribute any) bool {
	err, ok := attribute.(error)
	return ok && errors.Is(err, net.ErrClosed)
}

// behind is what a follower says to every batch that the leader sends before what the follower lacks; if its log has no
// such entry that is how it is caught up, and no news.
const behind = "failed to get previous log"

// notFound reports whether an attribute is the error that the log has no such entry. One that cannot be read is another.
func notFound(attribute any) bool {
	err, ok := attribute.(error)
	return ok && errors.Is(err, raft.ErrLogNotFound)
}

// Trace logs at slog's debug level.
func (l *raftLogger) Trace(msg string, args ...any) { l.Log(hclog.Trace, msg, args...) }

// Debug logs at slog's debug level.
func (l *raftLogger) Debug(msg string, args ...any) { l.Log(hclog.Debug, msg, args...) }

// Info logs at slog's debug level.
func (l *raftLogger) Info(msg string, args ...any) { l.Log(hclog.Info, msg, args...) }

// Warn logs at slog's info level.
func (l *raftLogger) Warn(msg string, args ...any) { l.Log(hclog.Warn, msg, args...) }

// Error logs at slog's warning level.
func (l *raftLogger) Error(msg string, args ...any) { l.Log(hclog.Error, msg, args...) }

func (l *raftLogger) enabled(level hclog.Level) bool {
	return l.to.Enabled(context.Background(), slogLevel(level))
}

// IsTrace reports whether such messages are written.
func (l *raftLogger) IsTrace() bool { return l.enabled(hclog.Trace) }

// IsDebug reports whether such messages are written.
func (l *raftLogger) IsDebug() bool { return l.enabled(hclog.Debug) }

// IsInfo reports whether such messages are written.
func (l *raftLogger) IsInfo() bool { return l.enabled(hclog.Info) }

// IsWarn reports whether such messages are written.
func (l *raftLogger) IsWarn() bool { return l.enabled(hclog.Warn) }

// IsError reports whether such messages are written.
func (l *raftLogger) IsError() bool { return l.enabled(hclog.Error) }

// ImpliedArgs returns the attributes that With added.
func (l *raftLogger) ImpliedArgs() []any { return l.with }

// With returns a logger that adds attributes.
func (l *raftLogger) With(args ...any) hclog.Logger {
	return &raftLogger{to: l.to.With(args...), name: l.name, with: append(l.with[:len(l.with):len(l.with)], args...)}
}

// Name returns the prefix of messages.
func (l *raftLogger) Name() string { return l.name }

// Named returns a logger with a longer prefix.
func (l *raftLogger) Named(name string) hclog.Logger { return l.ResetNamed(l.name + "." + name) }

// ResetNamed returns a logger with another prefix.
func (l *raftLogger) ResetNamed(name string) hclog.Logger {
	return &raftLogger{to: l.to, name: name, with: l.with}
}

// SetLevel does nothing: the slog handler decides.
func (l *raftLogger) SetLevel(hclog.Level) {}

// GetLevel returns the level that the slog handler lets through.
func (l *raftLogger) GetLevel() hclog.Level {
	for _, level := range []hclog.Level{hclog.Debug, hclog.Warn, hclog.Error} {
		if l.enabled(level) {
			return level
		}
	}
	return hclog.Off
}

// StandardLogger returns a log.Logger that writes messages at info level.
func (l *raftLogger) StandardLogger(o *hclog.StandardLoggerOptions) *log.Logger {
	return log.New(l.StandardWriter(o), "", 0)
}

// StandardWriter returns a writer whose writes are messages at info level.
func (l *raftLogger) StandardWriter(*hclog.StandardLoggerOptions) io.Writer { return lineWriter{l} }

type lineWriter struct{ to *raftLogger }

// Write logs p as one message.
func (w lineWriter) Write(p []byte) (int, error) {
	w.to.Info(string(p))
	return len(p), nil
}
