package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

// socketPathBytesMax is what the address of a Unix-domain socket has room for.
const socketPathBytesMax = 107

// listenUnix opens the Unix-domain socket that libpq looks for when its host is dir: any user
// of the machine may connect, as over loopback. One that a dead node left is replaced.
func listenUnix(ctx context.Context, dir string, port int) (net.Listener, error) {
	path, err := filepath.Abs(filepath.Join(dir, ".s.PGSQL."+strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("--socket-dir: %w", err)
	}
	if len(path) > socketPathBytesMax {
		return nil, fmt.Errorf("--socket-dir: the path of the socket, %s, is longer than %d bytes", path, socketPathBytesMax)
	}
	if nc, err := (&net.Dialer{}).DialContext(ctx, "unix", path); err == nil {
		_ = nc.Close()
		return nil, fmt.Errorf("--socket-dir: another server listens on %s", path)
	}
	if err := removeSocket(path); err != nil {
		return nil, fmt.Errorf("--socket-dir: %w", err)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("--socket-dir: %w", err)
	}
	if err := os.Chmod(path, 0o777); err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("--socket-dir: %w", err)
	}
	return l, nil
}

// removeSocket removes a socket, and nothing else.
func removeSocket(path string) error {
	switch info, err := os.Lstat(path); {
	case os.IsNotExist(err):
		return nil
	case err != nil:
		return err
	case info.Mode()&os.ModeSocket == 0:
		return fmt.Errorf("%s is not a socket", path)
	}
	return os.Remove(path)
}
