package projsql

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/warm"
	"github.com/projsql/projsql/query/catalog"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// fillWarm checks the options of the warmer.
func (o *Options) fillWarm() error {
	orDefault(&o.Warm, warm.Lazy.String())
	orDefault(&o.WarmShare, warm.ShareDefault)
	if _, err := projection.ParseWarmMode(o.Warm); err != nil {
		return fmt.Errorf("projsql: Options.Warm: %w", err)
	}
	if math.IsNaN(o.WarmShare) || o.WarmShare < 0.01 || o.WarmShare > 1 {
		return fmt.Errorf("projsql: Options.WarmShare is %v, it must be between 0.01 and 1", o.WarmShare)
	}
	return nil
}

// openWarm starts the warmer, once the definitions are those of a node that is ready.
func (db *DB) openWarm() error {
	db.engine.Reclaim(db.registry.All())
	mode, err := projection.ParseWarmMode(db.options.Warm)
	if err != nil {
		return err
	}
	db.warm = warm.Start(warm.Options{
		Log: db.cluster, Definitions: db.registry, Rows: db.engine, Share: db.options.WarmShare,
		Mode: func(d *projection.Definition) warm.Mode {
			if db.external.Capabilities().Noop {
				return warm.Off
			}
			return cmp.Or(db.registry.Current().Settings(d.Name).Warm, mode)
		},
		Logger: db.room("warm"),
	})
	db.onClose(db.warm.Close)
	db.metrics.MustRegister(warmCollector{db})
	return nil
}

var warmColumns = []column{
	{"warm", types.TextOID},
	{"warm_state", types.TextOID},
	{"entities_done", types.Int8OID},
	{"entities_total", types.Int8OID},
	{"events_behind", types.Int8OID},
	{"seconds_behind", types.Float8OID},
	{"settings", types.TextArrayOID},
}

// projectionsRelation is the catalog's projections with how warm they are, and what is
// set of them.
func (db *DB) projectionsRelation() *plan.Relation {
	base := catalog.Lookup("projsql", "projections")
	r := *base
	r.Columns = append(r.Columns[:len(r.Columns):len(r.Columns)], planColumns(warmColumns)...)
	r.Rows = func(ctx context.Context, s plan.Source, need []bool) iter.Seq2[[]types.Datum, error] {
		return func(yield func([]types.Datum, error) bool) {
			progress := map[string]warm.Progress{}
			for _, p := range db.warm.Progress() {
				progress[p.Definition.Name] = p
			}
			for row, err := range base.Rows(ctx, s, need) {
				if err == nil {
					name := row[0].Str()
					row = append(row, warmValues(progress[name])...)
					row = append(row, settingsValue(db.registry.Current().Settings(name)))
				}
				if !yield(row, err) {
					return
				}
			}
		}
	}
	return &r
}

// warmValues are NULL for a definition that the warmer has not met yet, and where they
// have no meaning: without a warmer, or without entities to make.
func warmValues(p warm.Progress) []types.Datum {
	values := make([]types.Datum, len(warmColumns)-1)
	if p.Definition == nil {
		return values
	}
	values[0], values[1] = types.String(p.Mode.String()), types.String(p.State.String())
	if p.Mode == warm.On {
		values[2] = types.Int(int64(p.EntitiesDone))
		if p.EntitiesTotal > 0 || p.State == warm.Following {
			values[3] = types.Int(int64(p.EntitiesTotal))
		}
	}
	if p.Mode != warm.Off {
		values[4], values[5] = types.Int(int64(p.EventsBehind)), types.Float(p.Behind.Seconds())
	}
	return values
}

// settingsValue is NULL where nothing is set.
func settingsValue(s projection.Settings) types.Datum {
	var items []types.Datum
	for _, item := range s.List() {
		items = append(items, types.String(item))
	}
	if items == nil {
		return types.Null
	}
	return types.Pointer(types.NewArray(types.TextOID, items))
}

// warmCollector reports the warmer's progress when asked.
type warmCollector struct{ *DB }

func (c warmCollector) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, ch) }

func (c warmCollector) Collect(ch chan<- prometheus.Metric) {
	metric := func(kind prometheus.ValueType, name, help string, value float64, labels ...string) {
		names := []string{"projection", "outcome"}[:len(labels)]
		ch <- prometheus.MustNewConstMetric(
			prometheus.NewDesc("projsql_warm_"+name, help, names, prometheus.Labels{"database": database}), kind, value, labels...)
	}
	for _, p := range c.warm.Progress() {
		name := p.Definition.Name
		metric(prometheus.GaugeValue, "entities_done", "Entities whose row is made, or that need none.", float64(p.EntitiesDone), name)
		metric(prometheus.GaugeValue, "entities_total", "Entities whose rows are to be made.", float64(p.EntitiesTotal), name)
		metric(prometheus.GaugeValue, "events_behind", "Events that the warmer has not looked at yet.", float64(p.EventsBehind), name)
		metric(prometheus.GaugeValue, "seconds_behind", "Age of the first event that the warmer has not looked at yet.", p.Behind.Seconds(), name)
		for _, o := range []struct {
			outcome string
			rows    uint64
		}{{"written", p.Written}, {"current", p.Current}, {"failed", p.Failed}} {
			metric(prometheus.CounterValue, "rows_total", "Rows that the warmer looked at, by what became of them.", float64(o.rows), name, o.outcome)
		}
	}
}
