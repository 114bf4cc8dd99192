package storage

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io/fs"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// floor is what the file FLOOR promises: the store in directory `number` holds at
// least every entry up to `index`.
type floor struct {
	number, index uint64
}

const (
	floorName  = "FLOOR"
	floorMagic = "projsql floor 1\n"
	floorBytes = len(floorMagic) + 8 + 8 + 4
)

// writeFloor replaces the file in dir, durably, when it returns.
func writeFloor(fsys vfs.FS, dir string, f floor) error {
	b := binary.BigEndian.AppendUint64([]byte(floorMagic), f.number)
	b = binary.BigEndian.AppendUint64(b, f.index)
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli()))
	return writeFile(fsys, dir, floorName, b)
}

// readFloor returns the zero floor if there is no file.
func readFloor(fsys vfs.FS, dir string) (floor, error) {
	path := fsys.PathJoin(dir, floorName)
	b, err := readFile(fsys, path)
	if errors.Is(err, fs.ErrNotExist) {
		return floor{}, nil
	}
	if err != nil {
		return floor{}, err
	}
	if len(b) != floorBytes || string(b[:len(floorMagic)]) != floorMagic ||
		crc32.Checksum(b[:floorBytes-4], castagnoli()) != binary.BigEndian.Uint32(b[floorBytes-4:]) {
		return floor{}, damage("bad checksum in file %s", path)
	}
	return floor{
		number: binary.BigEndian.Uint64(b[len(floorMagic):]),
		index:  binary.BigEndian.Uint64(b[len(floorMagic)+8:]),
	}, nil
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }
