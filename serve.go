package projsql

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/projsql/projsql/wire"
)

// ServePG answers clients of the Postgres protocol on a listener, which it owns, until
// ctx ends or Close is called; then it returns nil. It returns why the node failed if it
// cannot go on. Connections that are open when it returns go on until Close.
func (db *DB) ServePG(ctx context.Context, l net.Listener) error {
	if addr := l.Addr().String(); l.Addr().Network() == "tcp" {
		db.pgAddr.Store(&addr)
	}
	served := make(chan error, 1)
	go func() { served <- db.wire.Serve(context.WithoutCancel(ctx), l) }()
	var failure error
	select {
	case err := <-served:
		return ignoreClosed(err)
	case <-ctx.Done():
	case <-db.cluster.Failed():
		failure = fmt.Errorf("the node stops: %w", db.cluster.Err())
	}
	_ = l.Close() // ends Serve
	return errors.Join(failure, ignoreClosed(<-served))
}

func ignoreClosed(err error) error {
	if errors.Is(err, wire.ErrServerClosed) {
		return nil
	}
	return err
}

// Handler answers over HTTP: GET /healthz says that the node lives, /readyz that it can
// answer SQL, /metrics is Prometheus's.
func (db *DB) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", answerHealth(db.cluster.Err))
	mux.HandleFunc("GET /readyz", answerHealth(db.cluster.Ready))
	mux.Handle("GET /metrics", promhttp.HandlerFor(db.metrics, promhttp.HandlerOpts{}))
	return mux
}

func answerHealth(check func() error) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if err := check(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ok\n")) // the client is gone: nothing to do
	}
}
