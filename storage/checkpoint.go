package storage

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strings"

	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Checkpoint writes a complete, flushed copy to dir, which must not exist, with
// hard links where it can, and returns the applied index and term in it. Apply
// waits for the links, not for the bulk of the flush.
func (s *Store) Checkpoint(dir string) (index, term uint64, err error) {
	if _, err := s.Flush(); err != nil {
		return 0, 0, err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.Err(); err != nil {
		return 0, 0, err
	}
	v := s.now.Load()
	if err := s.flush(v.content); err != nil {
		return 0, 0, err
	}
	// What fails from here on has touched the copy only.
	if err := v.content.db.Checkpoint(dir); err != nil {
		return 0, 0, s.fail.classify(err)
	}
	if err := s.seal(dir, &v.meta); err != nil {
		return 0, 0, s.fail.classify(err)
	}
	return v.meta.index, v.meta.term, nil
}

// Restore replaces the content by that of a directory that Checkpoint wrote, which
// it consumes: every block in it is checked first, and a damaged one is refused
// with XX001 and changes nothing. Readers begun before fail with 57P03 at their
// next call; calls in flight end with the old content. A crash at any moment
// leaves the old content or the new one.
func (s *Store) Restore(dir string) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.Err(); err != nil {
		return err
	}
	if err := s.verify(dir); err != nil {
		return s.fail.classify(err)
	}
	if err := s.layout.take(dir); err != nil {
		return s.fail.fatal(err)
	}
	if err := s.swap(); err != nil {
		return s.fail.fatal(err)
	}
	return nil
}

func (s *Store) swap() error {
	number, err := s.layout.install()
	if err != nil {
		return err
	}
	c, m, err := s.openContent(s.layout.content(number), number)
	if err != nil {
		return err
	}
	if m == nil {
		return errors.Join(damage("%s is empty", c.dir), c.close())
	}
	if err := s.raiseFloor(floor{number: number, index: m.index}); err != nil {
		return errors.Join(err, c.close())
	}
	old := s.now.Swap(&view{content: c, meta: *m}).content
	old.leave()
	s.retired.Go(func() { s.retire(old) })
	return nil
}

// retire closes a content when its last reader is done, and removes it.
func (s *Store) retire(c *content) {
	if err := errors.Join(c.close(), s.options.FS.RemoveAll(c.dir)); err != nil {
		s.options.Logger.Warn("could not remove a replaced store", "dir", c.dir, "error", err)
	}
}

// verify checks a directory that Checkpoint wrote: its seal, every block of every
// table, and that it holds what the seal says.
func (s *Store) verify(dir string) error {
	if err := s.checkSeal(dir); err != nil {
		return err
	}
	names, err := s.options.FS.List(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasSuffix(name, tableSuffix) {
			if err := s.verifyTable(s.options.FS.PathJoin(dir, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

const tableSuffix = ".sst"

func (s *Store) verifyTable(path string) error {
	f, err := s.options.FS.Open(path, vfs.SequentialReadsOption)
	if err != nil {
		return err
	}
	readable, err := sstable.NewSimpleReadable(f)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	o := s.options.pebble(s.blocks, s.fail)
	o.EnsureDefaults()
	r, err := sstable.NewReader(context.Background(), readable, o.MakeReaderOptions())
	if err != nil {
		return errors.Join(damagedFile(path, err), readable.Close())
	}
	err = r.ValidateBlockChecksums()
	return damagedFile(path, errors.Join(err, r.Close()))
}

func damagedFile(path string, err error) error {
	if err == nil || fromSystem(err) {
		return err
	}
	return damage("file %s: %v", path, err)
}

// The seal of a checkpoint is a file that is written last. It tells the position,
// and the size and checksum of every file: a table by its size alone, since its
// blocks have checksums of their own.
const (
	sealName  = "SEAL"
	sealMagic = "projsql seal 1\n"
)

func (s *Store) seal(dir string, m *meta) error {
	b, err := s.sealed(dir, m)
	if err != nil {
		return err
	}
	if err := syncTree(s.options.FS, dir); err != nil {
		return err
	}
	if err := writeFile(s.options.FS, dir, sealName, b); err != nil {
		return err
	}
	return syncDir(s.options.FS, s.options.FS.PathDir(dir))
}

func (s *Store) sealed(dir string, m *meta) ([]byte, error) {
	names, err := s.options.FS.List(dir)
	if err != nil {
		return nil, err
	}
	b := appendBytes([]byte(sealMagic), appendMeta(nil, m))
	for _, name := range names {
		size, sum, err := s.fileSum(dir, name)
		if err != nil {
			return nil, err
		}
		b = appendBytes(b, name)
		b = binary.AppendUvarint(b, size)
		b = binary.BigEndian.AppendUint32(b, sum)
	}
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli())), nil
}

func (s *Store) fileSum(dir, name string) (size uint64, sum uint32, err error) {
	path := s.options.FS.PathJoin(dir, name)
	if strings.HasSuffix(name, tableSuffix) {
		info, err := s.options.FS.Stat(path)
		if err != nil {
			return 0, 0, err
		}
		return uint64(info.Size()), 0, nil
	}
	b, err := readFile(s.options.FS, path)
	return uint64(len(b)), crc32.Checksum(b, castagnoli()), err
}

func (s *Store) checkSeal(dir string) error {
	path := s.options.FS.PathJoin(dir, sealName)
	b, err := readFile(s.options.FS, path)
	if err != nil {
		return err
	}
	body, ok := strings.CutPrefix(string(b), sealMagic)
	end := len(b) - 4
	if !ok || end < len(sealMagic) || crc32.Checksum(b[:end], castagnoli()) != binary.BigEndian.Uint32(b[end:]) {
		return damage("bad checksum in file %s", path)
	}
	f := fields{rest: []byte(body[:len(body)-4])}
	if _, ok := readMeta(f.bytes()); !ok {
		return damage("unknown format of file %s", path)
	}
	for len(f.rest) > 0 {
		name := string(f.bytes())
		size, want := f.uvarint(), f.uint32()
		gotSize, got, err := s.fileSum(dir, name)
		if err != nil {
			return err
		}
		if f.bad || gotSize != size || got != want {
			return damage("file %s is not the one that was sealed", s.options.FS.PathJoin(dir, name))
		}
	}
	return nil
}
