package cache

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/fb"
	"github.com/dgraph-io/badger/v4/pb"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"
	"google.golang.org/protobuf/proto"
)

// checkTables looks at the tables of the database before Badger does: it
// believes the lengths in a table before it verifies their checksum, and a
// garbled one ends the process from a goroutine where no one can recover.
// blocks says whether to verify all of each table, or its index alone.
func checkTables(dir string, blocks bool, o badger.Options) error {
	f, err := os.Open(filepath.Join(dir, badger.ManifestFilename))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // a new database
	}
	if err != nil {
		return err
	}
	defer f.Close()
	// Tables that the manifest does not list are of a flush or compaction that
	// was cut short; Badger removes them unread.
	m, _, err := badger.ReplayManifestFile(f, o.ExternalMagicVersion, o)
	if err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	for id := range m.Tables {
		if err := checkTable(table.NewFilename(id, dir), blocks); err != nil {
			return fmt.Errorf("table %d: %w", id, err)
		}
	}
	return nil
}

// dropEmptyLogs removes logs that a killed process had made and not yet given a
// size. They hold nothing, and Badger takes them for damage.
func dropEmptyLogs(dir string) error {
	names, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, n := range names {
		ext := filepath.Ext(n.Name())
		if ext != ".mem" && ext != ".vlog" {
			continue
		}
		info, err := n.Info()
		if err == nil && info.Size() == 0 {
			err = os.Remove(filepath.Join(dir, n.Name()))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

var errTable = errors.New("garbled table")

// checkTable reads a table: blocks, index, length of the index (4 bytes),
// checksum of the index, length of the checksum (4 bytes).
func checkTable(name string, blocks bool) (err error) {
	defer recoverTo(&err) // the index's own offsets are read without checks
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	rest, sum, err := cutChecksum(b)
	if err != nil {
		return err
	}
	rest, index, err := cutTail(rest)
	if err != nil {
		return err
	}
	if err := y.VerifyChecksum(index, sum); err != nil {
		return err
	}
	if !blocks {
		return nil
	}
	root := fb.GetRootAsTableIndex(index, 0)
	for i := range root.OffsetsLength() {
		var at fb.BlockOffset
		if !root.Offsets(&at, i) || uint64(at.Offset())+uint64(at.Len()) > uint64(len(rest)) {
			return errTable
		}
		data, sum, err := cutChecksum(rest[at.Offset():][:at.Len()])
		if err == nil {
			err = y.VerifyChecksum(data, sum)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// cutTail takes the part off the end whose length is in the last 4 bytes.
func cutTail(b []byte) (rest, tail []byte, err error) {
	if len(b) < 4 {
		return nil, nil, errTable
	}
	end := len(b) - 4
	n := int64(binary.BigEndian.Uint32(b[end:]))
	if n > int64(end) {
		return nil, nil, errTable
	}
	return b[:end-int(n)], b[end-int(n) : end], nil
}

func cutChecksum(b []byte) (rest []byte, sum *pb.Checksum, err error) {
	rest, tail, err := cutTail(b)
	if err != nil {
		return nil, nil, err
	}
	sum = new(pb.Checksum)
	if err := proto.Unmarshal(tail, sum); err != nil {
		return nil, nil, err
	}
	if sum.Algo != pb.Checksum_CRC32C && sum.Algo != pb.Checksum_XXHash64 {
		return nil, nil, errTable // another one makes the library panic
	}
	return rest, sum, nil
}
