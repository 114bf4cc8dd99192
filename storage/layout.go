package storage

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// A store's directory holds one Pebble database in store-N. A Restore renames
// what it was given to incoming, verifies it, and renames that to store-N+1: the
// highest N is the store, so that one rename is the swap. Pebble opens files by
// their path, so a database in use must not change its name.
const (
	contentPrefix = "store-"
	incomingName  = "incoming"
	partialName   = "incoming.partial" // an incoming that is being copied
)

// layout is the directory of a store.
type layout struct {
	fs  vfs.FS
	dir string
}

func (l layout) path(name string) string { return l.fs.PathJoin(l.dir, name) }

func (l layout) content(number uint64) string {
	return l.path(fmt.Sprintf("%s%06d", contentPrefix, number))
}

// contents lists the numbers of the databases there are.
func (l layout) contents() ([]uint64, error) {
	names, err := l.fs.List(l.dir)
	if err != nil {
		return nil, err
	}
	var numbers []uint64
	for _, name := range names {
		if digits, ok := strings.CutPrefix(name, contentPrefix); ok {
			n, err := strconv.ParseUint(digits, 10, 64)
			if err != nil {
				return nil, damage("unexpected name %s", l.path(name))
			}
			numbers = append(numbers, n)
		}
	}
	return numbers, nil
}

// newest returns the number of the database in use, 0 if there is none.
func (l layout) newest() (uint64, error) {
	numbers, err := l.contents()
	var newest uint64
	for _, n := range numbers {
		newest = max(newest, n)
	}
	return newest, err
}

// settle finishes or clears away what a crash has left, before Pebble opens.
func (l layout) settle(verify func(dir string) error) error {
	if err := l.fs.RemoveAll(l.path(partialName)); err != nil {
		return err
	}
	switch _, err := l.fs.Stat(l.path(incomingName)); {
	case err == nil:
		if err := verify(l.path(incomingName)); err != nil {
			return err
		}
		if _, err := l.install(); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return l.removeOlder()
}

func (l layout) removeOlder() error {
	newest, err := l.newest()
	if err != nil {
		return err
	}
	numbers, err := l.contents()
	if err != nil {
		return err
	}
	for _, n := range numbers {
		if n == newest {
			continue
		}
		if err := l.fs.RemoveAll(l.content(n)); err != nil {
			return err
		}
	}
	return nil
}

// take moves a directory to incoming, by a copy if it is on another file system.
func (l layout) take(dir string) error {
	if err := l.fs.RemoveAll(l.path(incomingName)); err != nil {
		return err
	}
	if l.fs.Rename(dir, l.path(incomingName)) == nil {
		return errors.Join(syncDir(l.fs, l.dir), syncDir(l.fs, l.fs.PathDir(dir)))
	}
	if err := l.copyTree(dir, l.path(partialName)); err != nil {
		return err
	}
	if err := l.fs.Rename(l.path(partialName), l.path(incomingName)); err != nil {
		return err
	}
	if err := syncDir(l.fs, l.dir); err != nil {
		return err
	}
	return l.fs.RemoveAll(dir)
}

func (l layout) copyTree(from, to string) error {
	if err := l.fs.RemoveAll(to); err != nil {
		return err
	}
	if ok, err := vfs.Clone(l.fs, l.fs, from, to, vfs.CloneSync); err != nil || !ok {
		return errors.Join(err, missing(ok, from))
	}
	return nil
}

func missing(ok bool, dir string) error {
	if ok {
		return nil
	}
	return fmt.Errorf("%s: %w", dir, fs.ErrNotExist)
}

// install makes incoming the newest database and returns its number.
func (l layout) install() (uint64, error) {
	newest, err := l.newest()
	if err != nil {
		return 0, err
	}
	if err := l.fs.Rename(l.path(incomingName), l.content(newest+1)); err != nil {
		return 0, err
	}
	return newest + 1, syncDir(l.fs, l.dir)
}
