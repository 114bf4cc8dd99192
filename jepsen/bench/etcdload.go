package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// etcdLoad is what each of some clients asks a member for, again and again.
type etcdLoad struct {
	addr    string
	method  string
	message func(*rand.Rand) []byte
}

const etcdKeys = 1000

func etcdKey(i int) []byte { return fmt.Appendf(nil, "acct:%d", i) }

// puts writes values as large as the events that we append.
func (e *etcd) puts(member, keys int) etcdLoad {
	value := []byte(`{"amount": 10, "note": "` + strings.Repeat("x", 150) + `"}`)
	return etcdLoad{e.addrs[member], "/etcdserverpb.KV/Put", func(r *rand.Rand) []byte {
		return bytesField(bytesField(nil, 1, etcdKey(r.IntN(keys))), 2, value)
	}}
}

// gets reads one key, linearizably or as the member knows it.
func (e *etcd) gets(member int, serializable bool) etcdLoad {
	return etcdLoad{e.addrs[member], "/etcdserverpb.KV/Range", func(r *rand.Rand) []byte {
		b := bytesField(nil, 1, etcdKey(r.IntN(etcdKeys)))
		if serializable {
			b = append(b, 7<<3, 1)
		}
		return b
	}}
}

// resetsMax is how many calls of a run may be reset: more are no accident.
const resetsMax = 100

// run has so many clients ask for so long.
func (e *etcd) run(ctx context.Context, l etcdLoad, clients, seconds int) (figures, error) {
	conns := make([]*grpcConn, clients)
	for i := range conns {
		c, err := dialGRPC(l.addr)
		if err != nil {
			return figures{}, err
		}
		defer c.close()
		conns[i] = c
	}
	before, err := cpuTime(e.pids()...)
	if err != nil {
		return figures{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(seconds)*time.Second)
	defer cancel()
	var asking sync.WaitGroup
	var count, resets atomic.Int64
	failed := make(chan error, clients)
	began := time.Now()
	for i, c := range conns {
		asking.Go(func() {
			headers, random, calls := requestHeaders(l.addr, l.method), rand.New(rand.NewPCG(uint64(began.UnixNano()), uint64(i))), int64(0)
			for ctx.Err() == nil {
				switch err := c.call(headers, l.message(random)); {
				case errors.Is(err, errReset) && resets.Add(1) <= resetsMax: // asked again, its time counts
				case err != nil:
					failed <- err
					return
				default:
					calls++
				}
			}
			count.Add(calls)
		})
	}
	asking.Wait()
	rate := perSecond(int(count.Load()), time.Since(began))
	if len(failed) > 0 {
		return figures{}, fmt.Errorf("etcd: %w", <-failed)
	}
	if n := resets.Load(); n > 0 {
		fmt.Fprintf(os.Stderr, "etcd reset %d calls, which were repeated, beside %d that it answered\n", n, count.Load())
	}
	time.Sleep(settling)
	after, err := cpuTime(e.pids()...)
	return figures{rate, float64((after - before).Microseconds()) / float64(count.Load())}, err
}

// fill puts every key that gets ask for.
func (e *etcd) fill() error {
	c, err := dialGRPC(e.addrs[0])
	if err != nil {
		return err
	}
	defer c.close()
	headers := requestHeaders(e.addrs[0], "/etcdserverpb.KV/Put")
	for i := range etcdKeys {
		if err := c.call(headers, bytesField(bytesField(nil, 1, etcdKey(i)), 2, []byte(`{"owner": "owner 1", "balance": 45.10}`))); err != nil {
			return err
		}
	}
	return nil
}
