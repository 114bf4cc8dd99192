package cluster

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/projsql/projsql/cluster/raftlog"
)

// A snapshot stream is a directory in one piece:
//
//	header   "PJSNAP" 0 version(1)  index(8) term(8) files(4)  crc32c(4)
//	a file   name length(2) size(8) name  crc32c(4)  content  sha256 of the content(32)
//	trailer  "PJSNAPEND"  sha256 of the headers and file hashes before(32)
//
// Numbers are big endian; names are relative, with slashes.
const (
	streamMagic       = "PJSNAP\x00\x01" // the last byte is the version
	streamEnd         = "PJSNAPEND"
	streamHeaderBytes = 8 + 8 + 8 + 4 + 4
	streamNameMax     = 1024
	streamFilesMax    = 1 << 20
	streamBufferBytes = 256 << 10
)

// stream reads a directory as a snapshot stream, and removes it when closed.
type stream struct {
	io.Reader
	size  int64
	dir   string
	pipe  *io.PipeReader
	ended chan struct{}
}

type streamFile struct {
	name string
	size int64
}

// openStream streams dir. The directory must not change meanwhile.
func openStream(dir string, index, term uint64) (*stream, error) {
	files, err := listFiles(dir)
	if err != nil {
		return nil, err
	}
	from, to := io.Pipe()
	s := &stream{Reader: from, size: streamBytes(files), dir: dir, pipe: from, ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		w := bufio.NewWriterSize(to, streamBufferBytes)
		_ = to.CloseWithError(errors.Join(packStream(w, dir, files, index, term), w.Flush()))
	}()
	return s, nil
}

// Close ends the stream and removes its directory.
func (s *stream) Close() error {
	_ = s.pipe.Close()
	<-s.ended
	return os.RemoveAll(s.dir)
}

func listFiles(dir string) ([]streamFile, error) {
	var files []streamFile
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		files = append(files, streamFile{filepath.ToSlash(name), info.Size()})
		return err
	})
	return files, err
}

func streamBytes(files []streamFile) int64 {
	total := int64(streamHeaderBytes + len(streamEnd) + sha256.Size)
	for _, f := range files {
		total += 2 + 8 + int64(len(f.name)) + 4 + f.size + sha256.Size
	}
	return total
}

func packStream(w io.Writer, dir string, files []streamFile, index, term uint64) error {
	all := sha256.New()
	w2 := io.MultiWriter(w, all)
	header := []byte(streamMagic)
	header = binary.BigEndian.AppendUint64(header, index)
	header = binary.BigEndian.AppendUint64(header, term)
	header = binary.BigEndian.AppendUint32(header, uint32(len(files)))
	if _, err := w2.Write(appendChecksum(header)); err != nil {
		return err
	}
	for _, f := range files {
		if err := packFile(w, all, filepath.Join(dir, filepath.FromSlash(f.name)), f); err != nil {
			return err
		}
	}
	_, err := w.Write(append([]byte(streamEnd), all.Sum(nil)...))
	return err
}

func packFile(w io.Writer, all hash.Hash, path string, f streamFile) error {
	both := io.MultiWriter(w, all)
	header := binary.BigEndian.AppendUint16(nil, uint16(len(f.name)))
	header = binary.BigEndian.AppendUint64(header, uint64(f.size))
	header = append(header, f.name...)
	if _, err := both.Write(appendChecksum(header)); err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, sum), io.LimitReader(file, f.size))
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if n != f.size {
		return fmt.Errorf("%s has %d bytes, had %d", path, n, f.size)
	}
	_, err = both.Write(sum.Sum(nil))
	return err
}

// castagnoli is the checksum of all that the package writes.
func castagnoli(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

func appendChecksum(b []byte) []byte { return binary.BigEndian.AppendUint32(b, castagnoli(b)) }

var errStream = errors.New("bad snapshot stream")

// unpackStream writes a stream's files into dir, durably. An error means that the
// stream is not, byte by byte, one of this index and term; dir then holds a part.
func unpackStream(r io.Reader, dir string, index, term uint64) error {
	u := unpacker{from: bufio.NewReaderSize(r, streamBufferBytes), all: sha256.New(), dir: dir}
	files, err := u.header(index, term)
	if err != nil {
		return err
	}
	for range files {
		if err := u.file(); err != nil {
			return err
		}
	}
	if err := u.trailer(); err != nil {
		return err
	}
	return syncDirs(dir)
}

type unpacker struct {
	from *bufio.Reader
	all  hash.Hash // of headers and file hashes
	dir  string
}

func (u *unpacker) take(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(u.from, b); err != nil {
		return nil, fmt.Errorf("%w: %w", errStream, err)
	}
	return b, nil
}

// checked takes n bytes whose last four are the checksum of prefix and the rest.
func (u *unpacker) checked(prefix []byte, n int) ([]byte, error) {
	b, err := u.take(n)
	if err != nil {
		return nil, err
	}
	all := append(bytes.Clone(prefix), b...)
	body := all[:len(all)-4]
	if castagnoli(body) != binary.BigEndian.Uint32(all[len(body):]) {
		return nil, fmt.Errorf("%w: header checksum mismatch", errStream)
	}
	_, _ = u.all.Write(all)
	return body, nil
}

func (u *unpacker) header(index, term uint64) (files uint32, err error) {
	b, err := u.checked(nil, streamHeaderBytes)
	if err != nil {
		return 0, err
	}
	if string(b[:8]) != streamMagic {
		return 0, fmt.Errorf("%w: unknown format or version", errStream)
	}
	if i, t := binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b[16:]); i != index || t != term {
		return 0, fmt.Errorf("%w: of index %d and term %d, expected %d and %d", errStream, i, t, index, term)
	}
	files = binary.BigEndian.Uint32(b[24:])
	if files > streamFilesMax {
		return 0, fmt.Errorf("%w: %d files", errStream, files)
	}
	return files, nil
}

func (u *unpacker) file() error {
	fixed, err := u.take(10)
	if err != nil {
		return err
	}
	nameBytes, size := int(binary.BigEndian.Uint16(fixed)), binary.BigEndian.Uint64(fixed[2:])
	if nameBytes == 0 || nameBytes > streamNameMax || size > 1<<62 {
		return fmt.Errorf("%w: name of %d bytes, file of %d", errStream, nameBytes, size)
	}
	header, err := u.checked(fixed, nameBytes+4)
	if err != nil {
		return err
	}
	name := filepath.FromSlash(string(header[10:]))
	if !filepath.IsLocal(name) {
		return fmt.Errorf("%w: file name %q", errStream, name)
	}
	return u.content(name, int64(size))
}

func (u *unpacker) content(name string, size int64) error {
	path := filepath.Join(u.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	sum := sha256.New()
	_, err = io.CopyN(io.MultiWriter(f, sum), u.from, size)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("%w: file %q: %w", errStream, name, err)
	}
	want, err := u.take(sha256.Size)
	if err != nil {
		return err
	}
	if !bytes.Equal(want, sum.Sum(nil)) {
		return fmt.Errorf("%w: file %q: hash mismatch", errStream, name)
	}
	_, _ = u.all.Write(want)
	return nil
}

func (u *unpacker) trailer() error {
	want := append([]byte(streamEnd), u.all.Sum(nil)...)
	got, err := u.take(len(want))
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%w: trailer mismatch", errStream)
	}
	if _, err := u.from.ReadByte(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: bytes after its end", errStream)
	}
	return nil
}

func syncDirs(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return raftlog.SyncDir(path)
	})
}
