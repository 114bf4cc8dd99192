package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/projsql/projsql/jepsen"
)

// etcd is a private cluster of three on loopback, with its defaults, fsync included.
type etcd struct {
	addrs []string // host:port of each member's clients
	cmds  []*exec.Cmd
}

func startEtcd(binary, dir string) (*etcd, error) {
	const members = 3
	e := &etcd{}
	var peers, cluster []string
	for i := range members {
		client, err := jepsen.FreeAddr()
		if err != nil {
			return nil, err
		}
		peer, err := jepsen.FreeAddr()
		if err != nil {
			return nil, err
		}
		e.addrs, peers = append(e.addrs, client), append(peers, "http://"+peer)
		cluster = append(cluster, fmt.Sprintf("e%d=%s", i, peers[i]))
	}
	for i := range members {
		url := "http://" + e.addrs[i]
		cmd := exec.Command(binary, "--name", fmt.Sprint("e", i), "--data-dir", filepath.Join(dir, fmt.Sprint("etcd", i)),
			"--listen-client-urls", url, "--advertise-client-urls", url,
			"--listen-peer-urls", peers[i], "--initial-advertise-peer-urls", peers[i],
			"--initial-cluster", strings.Join(cluster, ","), "--logger", "zap", "--log-level", "error", "--quota-backend-bytes", fmt.Sprint(8<<30))
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			e.stop()
			return nil, err
		}
		e.cmds = append(e.cmds, cmd)
	}
	for range 300 {
		if _, err := e.leader(); err == nil {
			return e, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	e.stop()
	return nil, fmt.Errorf("etcd did not start")
}

// leader returns the index of the member that leads.
func (e *etcd) leader() (int, error) {
	for i, addr := range e.addrs {
		r, err := http.Get("http://" + addr + "/metrics")
		if err != nil {
			return 0, err
		}
		text, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil {
			return 0, err
		}
		if strings.Contains(string(text), "\netcd_server_is_leader 1\n") {
			return i, nil
		}
	}
	return 0, fmt.Errorf("etcd has no leader")
}

func (e *etcd) pids() (all []int) {
	for _, c := range e.cmds {
		all = append(all, c.Process.Pid)
	}
	return all
}

func (e *etcd) stop() {
	for _, c := range e.cmds {
		_ = c.Process.Kill()
		_ = c.Wait()
	}
}
