package raftlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"

	"go.etcd.io/bbolt"
)

// A bolt file's free list says which pages the next write may take. bbolt believes
// it: one flipped bit there, and a write goes over a page that is in use. checkPages
// holds the list against the pages that can be reached, before anything is written.
// It reads page headers and branches only (format: bbolt's internal/common).
const (
	boltMagic      = 0xED0CDAED
	boltHeader     = 16 // id(8) flags(2) count(2) overflow(4)
	boltElement    = 16
	boltMetaBytes  = 64
	boltBranch     = 0x01
	boltLeaf       = 0x02
	boltFreelist   = 0x10
	boltBucketFlag = 0x01
	boltPagesMin   = 2 // the meta pages
	boltDepthMax   = 64
)

// checkPages returns a *DamageError if the file at path is damaged.
func checkPages(path string) error {
	// Opening it shared keeps other processes' writes away, and picks the page size.
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: logLockWait})
	if err != nil {
		return err
	}
	defer db.Close()
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	p := &boltPages{file: file, pageBytes: db.Info().PageSize, used: map[uint64]bool{}}
	if err := p.check(); err != nil {
		return &DamageError{File: path, Cause: err.Error()}
	}
	return nil
}

type boltPages struct {
	file      io.ReaderAt
	pageBytes int
	pages     uint64 // how many there are
	used      map[uint64]bool
}

type boltPage struct {
	id       uint64
	flags    uint16
	count    int
	overflow uint64
	body     []byte // of the first page only, header included
}

func (p *boltPages) check() error {
	root, free, err := p.meta()
	if err != nil {
		return err
	}
	if err := p.walk(root, 0, true); err != nil {
		return err
	}
	return p.freelist(free)
}

// meta reads the newer of the two meta pages that is valid, as bbolt does.
func (p *boltPages) meta() (root, free uint64, err error) {
	var newest uint64
	for page := range boltPagesMin {
		b := make([]byte, boltHeader+boltMetaBytes)
		if _, err := p.file.ReadAt(b, int64(page*p.pageBytes)); err != nil {
			return 0, 0, err
		}
		m := b[boltHeader:]
		sum := fnv.New64a()
		_, _ = sum.Write(m[:boltMetaBytes-8])
		txid := binary.NativeEndian.Uint64(m[48:])
		if binary.NativeEndian.Uint32(m) != boltMagic || sum.Sum64() != binary.NativeEndian.Uint64(m[56:]) || txid < newest {
			continue
		}
		newest = txid
		root, free, p.pages = binary.NativeEndian.Uint64(m[16:]), binary.NativeEndian.Uint64(m[32:]), binary.NativeEndian.Uint64(m[40:])
	}
	if p.pages == 0 {
		return 0, 0, errors.New("no valid meta page")
	}
	return root, free, nil
}

func (p *boltPages) read(id uint64) (*boltPage, error) {
	if id < boltPagesMin || id >= p.pages {
		return nil, fmt.Errorf("page %d of %d", id, p.pages)
	}
	b := make([]byte, p.pageBytes)
	if _, err := p.file.ReadAt(b, int64(id)*int64(p.pageBytes)); err != nil {
		return nil, fmt.Errorf("page %d: %w", id, err)
	}
	page := &boltPage{
		id: binary.NativeEndian.Uint64(b), flags: binary.NativeEndian.Uint16(b[8:]),
		count: int(binary.NativeEndian.Uint16(b[10:])), overflow: uint64(binary.NativeEndian.Uint32(b[12:])), body: b,
	}
	if page.id != id || page.overflow >= p.pages-id {
		return nil, fmt.Errorf("page %d calls itself %d with %d more", id, page.id, page.overflow)
	}
	return page, p.take(id, page.overflow)
}

// take notes that pages are in use, by one owner only.
func (p *boltPages) take(id, overflow uint64) error {
	for n := id; n <= id+overflow; n++ {
		if p.used[n] {
			return fmt.Errorf("page %d is used twice", n)
		}
		p.used[n] = true
	}
	return nil
}

// walk notes the pages of a tree. In the root bucket's leaves lie the other buckets.
func (p *boltPages) walk(id uint64, depth int, root bool) error {
	page, err := p.read(id)
	if err != nil {
		return err
	}
	switch {
	case depth > boltDepthMax:
		return fmt.Errorf("page %d is too deep", id)
	case page.flags == boltBranch:
		return p.branch(page, depth, root)
	case page.flags == boltLeaf && root:
		return p.buckets(page)
	case page.flags == boltLeaf:
		return nil
	}
	return fmt.Errorf("page %d has flags %#x", id, page.flags)
}

func (p *boltPages) branch(page *boltPage, depth int, root bool) error {
	b, err := p.elements(page)
	if err != nil {
		return err
	}
	for i := range page.count {
		e := b[boltHeader+i*boltElement:]
		if err := p.walk(binary.NativeEndian.Uint64(e[8:]), depth+1, root); err != nil {
			return err
		}
	}
	return nil
}

func (p *boltPages) buckets(page *boltPage) error {
	b, err := p.elements(page)
	if err != nil {
		return err
	}
	for i := range page.count {
		at := boltHeader + i*boltElement
		e := b[at:]
		if binary.NativeEndian.Uint32(e)&boltBucketFlag == 0 {
			continue
		}
		value := uint64(at) + uint64(binary.NativeEndian.Uint32(e[4:])) + uint64(binary.NativeEndian.Uint32(e[8:]))
		if value+8 > uint64(len(b)) {
			return fmt.Errorf("page %d: element %d lies outside", page.id, i)
		}
		bucket := binary.NativeEndian.Uint64(b[value:])
		if bucket == 0 {
			continue // a small bucket, within this page
		}
		if err := p.walk(bucket, 1, false); err != nil {
			return err
		}
	}
	return nil
}

// elements reads a page with its overflow, and checks that its elements lie in it.
func (p *boltPages) elements(page *boltPage) ([]byte, error) {
	b, err := p.whole(page)
	if err == nil && boltHeader+page.count*boltElement > len(b) {
		return nil, fmt.Errorf("page %d has %d elements", page.id, page.count)
	}
	return b, err
}

// whole reads a page with its overflow.
func (p *boltPages) whole(page *boltPage) ([]byte, error) {
	if page.overflow == 0 {
		return page.body, nil
	}
	var b bytes.Buffer
	bytesAll := int64(page.overflow+1) * int64(p.pageBytes)
	_, err := io.Copy(&b, io.NewSectionReader(p.file, int64(page.id)*int64(p.pageBytes), bytesAll))
	return b.Bytes(), err
}

func (p *boltPages) freelist(id uint64) error {
	page, err := p.read(id)
	if err != nil {
		return err
	}
	if page.flags != boltFreelist {
		return fmt.Errorf("the free list, page %d, has flags %#x", id, page.flags)
	}
	b, err := p.whole(page)
	if err != nil {
		return err
	}
	ids, count := b[boltHeader:], uint64(page.count)
	if count == 0xFFFF {
		count, ids = binary.NativeEndian.Uint64(ids), ids[8:]
	}
	if count > uint64(len(ids)/8) {
		return fmt.Errorf("the free list has %d pages", count)
	}
	for i := range count {
		free := binary.NativeEndian.Uint64(ids[i*8:])
		if free < boltPagesMin || free >= p.pages {
			return fmt.Errorf("free page %d of %d", free, p.pages)
		}
		if err := p.take(free, 0); err != nil {
			return err
		}
	}
	return nil
}
