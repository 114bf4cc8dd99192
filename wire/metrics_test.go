//go:build linux && !race

package wire_test

import (
	"runtime"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/projsql/projsql/wire"
	"github.com/projsql/projsql/wire/socket"
)

// TestMetricsTellLooks: one client alone asks until a look has paid.
func TestMetricsTellLooks(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(max(2, runtime.GOMAXPROCS(0)))) // with one nobody looks
	alert, metrics, l := socket.NewAlert(), prometheus.NewRegistry(), listen(t)
	start(t, wire.Options{Sessions: &fakeSessions{}, Metrics: metrics, Alert: alert}, l)
	c := dial(t, l)
	c.connect(t)
	for paid := uint64(0); paid == 0; paid, _ = alert.Looks() {
		c.sendLines(t, `Query "rows 1"`)
		c.until("Z")
	}
	paid, vain := alert.Looks()
	told := looksTold(t, metrics)
	paidSince, vainSince := alert.Looks()
	if p := told["paid"]; p < paid || p > paidSince {
		t.Errorf("%d looks paid of %d to %d", p, paid, paidSince)
	}
	if v, ok := told["vain"]; !ok || v < vain || v > vainSince {
		t.Errorf("%d looks in vain of %d to %d", v, vain, vainSince)
	}
}

// looksTold are looks by their result.
func looksTold(t *testing.T, r *prometheus.Registry) map[string]uint64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]uint64{}
	for _, f := range families {
		if f.GetName() == "projsql_wire_looks_total" {
			for _, m := range f.GetMetric() {
				told[m.GetLabel()[0].GetValue()] = uint64(m.GetCounter().GetValue())
			}
		}
	}
	return told
}
