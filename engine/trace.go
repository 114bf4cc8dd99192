package engine

import (
	"context"
	"log/slog"
	"time"

	"github.com/projsql/projsql/engine/projection"
)

// tracing reports whether the flow is logged; it is asked before any attribute is made.
func (e *Engine) tracing(ctx context.Context) bool {
	return e.opts.Logger.Enabled(ctx, slog.LevelDebug)
}

func (e *Engine) logOutcome(ctx context.Context, req *projection.Request, out *projection.Outcome) {
	if !e.tracing(ctx) {
		return
	}
	e.opts.Logger.LogAttrs(ctx, slog.LevelDebug, "project",
		slog.String("projection", req.Definition.Name),
		slog.String("entity", string(req.Entity)),
		slog.String("strategy", out.Strategy.String()),
		slog.String("cache_status", out.Cache.String()),
		slog.String("cache_reason", out.CacheReason),
		slog.String("freshness", out.Observed.String()),
		slog.Uint64("generation", uint64(out.Generation)),
		slog.Int("folded", out.Folded),
		slog.Bool("unchanged", out.Unchanged),
		slog.Duration("age", out.Age),
	)
}

func (r *read) logStore(ctx context.Context, flow string) {
	if !r.engine.tracing(ctx) {
		return
	}
	r.engine.opts.Logger.LogAttrs(ctx, slog.LevelDebug, "projection cache store outcome",
		slog.String("flow", flow),
		slog.String("projection", r.own.name),
		slog.String("entity", string(r.req.Entity)),
		slog.String("external", r.stores.External.String()),
		slog.String("slot", r.stores.Slot.String()),
	)
}

func (r *read) logProbe(ctx context.Context, outcome string) {
	if !r.engine.tracing(ctx) {
		return
	}
	r.engine.opts.Logger.LogAttrs(ctx, slog.LevelDebug, "external cache probe",
		slog.String("projection", r.own.name),
		slog.String("entity", string(r.req.Entity)),
		slog.String("outcome", outcome),
	)
}

// warnEvery bounds what a broken cache writes to the log; the counters have the rest.
const warnEvery = time.Second

func (r *read) warn(ctx context.Context, msg string, err error) {
	now, last := int64(r.engine.now()), r.engine.warned.Load()
	if now < last || !r.engine.warned.CompareAndSwap(last, now+int64(warnEvery)) {
		return
	}
	r.engine.opts.Logger.LogAttrs(ctx, slog.LevelWarn, msg,
		slog.String("projection", r.own.name),
		slog.String("entity", string(r.req.Entity)),
		slog.Any("error", err),
	)
}
