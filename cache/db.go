package cache

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// The first byte of a key says what it is; the package comment lists the rest.
const (
	keyStore    = 'm' // of the store itself
	keyFile     = 'f' // record of a stored file
	keyReport   = 'r'
	keyPageHead = 'p'
	keyPageBody = 'q'
	keyMetadata = 'd'
	keyFileHash = 'h'
	keySeen     = 's'
	keyEvent    = 'e'
	keyChunk    = 'c' // part of a large value
)

// keySchema holds the schema version, keyLastEvent the newest event's id.
var keySchema, keyLastEvent = []byte{keyStore}, []byte{keyStore, 'e'}

// maxKeyText is the longest text that stands in a key as it is.
const maxKeyText = 1 << 10 // bytes; the database takes 64 kB

// textKey builds a key of texts. Texts that are long or hold the separator are
// replaced by their hash, so that two different lists never share a key.
func textKey(kind byte, parts ...string) []byte {
	n := 0
	for _, p := range parts {
		n += len(p) + 1
		if strings.IndexByte(p, 0) >= 0 {
			n = maxKeyText + 1
		}
	}
	if n <= maxKeyText {
		return append([]byte{kind}, strings.Join(parts, "\x00")...)
	}
	h := sha256.New()
	for _, p := range parts {
		h.Write(binary.AppendUvarint(nil, uint64(len(p))))
		h.Write([]byte(p))
	}
	return h.Sum([]byte{kind, 0, 0})
}

// database is Badger, with its panics and its closing tamed.
type database struct {
	log     *slog.Logger
	damaged atomic.Bool  // a read or write failed for a reason that is not the disk's
	written atomic.Bool  // since the last mark
	room    func() error // before every write: a mapped page on a full disk would kill the process

	mu sync.RWMutex // held for reading by every transaction, for writing by close
	b  *badger.DB   // nil when closed

	stripes [64]sync.Mutex // writers of one large value take turns
}

// badgerOptions keep Badger small: values are compressed by us and lie in the
// tree (there is no value log to collect garbage in), so rewritten pages are
// dropped by compaction; tables are mapped, not cached.
func badgerOptions(dir string, log *slog.Logger) badger.Options {
	return badger.DefaultOptions(dir).
		WithLogger(badgerLog{log}).
		WithMetricsEnabled(false).
		WithCompression(options.None).
		WithBlockCacheSize(0).
		WithIndexCacheSize(0).
		WithMemTableSize(4 << 20).
		WithNumMemtables(2).
		WithBaseTableSize(2 << 20).
		WithBaseLevelSize(16 << 20).
		WithNumLevelZeroTables(3).
		WithNumLevelZeroTablesStall(8).
		WithNumCompactors(2).
		WithNumGoroutines(2).
		WithValueThreshold(512 << 10).
		WithValueLogFileSize(1 << 20).
		WithDetectConflicts(false). // writers that read first hold a lock of ours
		WithSyncWrites(false).      // a lost report is scanned again, a lost page fetched again
		WithChecksumVerificationMode(options.OnBlockRead)
}

// openBadger opens the database at dir, after a run that did not end in order
// only when all of its tables are sound. Its panics become errors.
func openBadger(dir string, clean bool, log *slog.Logger) (b *badger.DB, err error) {
	defer recoverTo(&err)
	o := badgerOptions(dir, log)
	if err := dropEmptyLogs(dir); err != nil {
		return nil, err
	}
	if err := checkTables(dir, !clean, o); err != nil {
		return nil, err
	}
	return badger.Open(o)
}

// recoverTo turns a panic of the database into an error: it panics on some
// garbled tables.
func recoverTo(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("database panicked: %v", r)
	}
}

// openDatabase opens the database of the store, moving a damaged one aside. It
// reports whether the database is a new one.
func (s *Store) openDatabase(last state) (fresh bool, err error) {
	dir := filepath.Join(s.dir, dbDir)
	cause := error(nil)
	switch {
	case last.Damaged:
		cause = errors.New("it gave errors in the last run")
	case last.Opening >= openAttempts:
		cause = errors.New("opening it did not come back")
	}
	if cause == nil {
		opening := state{At: last.At, Opening: last.Opening + 1}
		if err := s.writeState(opening); err != nil {
			return false, err
		}
		s.db.b, cause = openBadger(dir, last.Clean, s.log)
		if cause == nil {
			fresh, cause = s.checkSchema()
		}
		if cause == nil {
			return fresh, nil
		}
	}
	s.log.Error("database is damaged and starts empty", "error", cause)
	if s.db.b != nil {
		s.db.close()
	}
	if err := moveAside(dir); err != nil {
		return false, s.ioError("move damaged database aside", err)
	}
	if s.db.b, err = openBadger(dir, true, s.log); err != nil {
		return false, s.ioError("make database", err)
	}
	_, err = s.checkSchema()
	return true, err
}

// moveAside renames a damaged database and removes older ones.
func moveAside(dir string) error {
	prefix := dir + ".damaged-"
	old, err := filepath.Glob(prefix + "*")
	if err != nil {
		return err
	}
	sort.Strings(old)
	for len(old) >= damagedKept {
		if err := os.RemoveAll(old[0]); err != nil {
			return err
		}
		old = old[1:]
	}
	name := prefix + time.Now().UTC().Format("20060102T150405.000000000")
	if err := os.Rename(dir, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.MkdirAll(dir, 0o700)
}

// checkSchema drops all that another version of the program wrote, since it
// cannot be read safely. It reports whether the database holds nothing now.
func (s *Store) checkSchema() (fresh bool, err error) {
	have, err := s.db.get(keySchema)
	if err == nil && string(have) == schema {
		return false, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if err == nil {
		s.log.Warn("database is of another schema and starts empty", "have", string(have), "want", schema)
	}
	if err := s.dropAll(); err != nil {
		return false, err
	}
	return true, s.db.set(keySchema, []byte(schema))
}

func (s *Store) dropAll() (err error) {
	defer recoverTo(&err)
	return s.db.b.DropAll()
}

// view runs fn in a read transaction: a consistent picture.
func (d *database) view(fn func(*badger.Txn) error) error {
	return d.run(func(b *badger.DB) error { return b.View(fn) })
}

// update runs fn in a write transaction. Callers that read first hold a lock.
func (d *database) update(fn func(*badger.Txn) error) error {
	if d.room != nil {
		if err := d.room(); err != nil {
			return err
		}
	}
	d.written.Store(true)
	return d.run(func(b *badger.DB) error { return b.Update(fn) })
}

func (d *database) run(fn func(*badger.DB) error) (err error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.b == nil {
		return errClosed
	}
	defer func() { err = d.judge(err) }()
	defer recoverTo(&err)
	return fn(d.b)
}

// judge gives errors of the database their meaning here.
func (d *database) judge(err error) error {
	switch {
	case err == nil, errors.Is(err, fs.ErrNotExist), errors.Is(err, badger.ErrTxnTooBig), errors.Is(err, errStop),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, badger.ErrKeyNotFound):
		return fs.ErrNotExist
	case errors.Is(err, errGarbled): // one value; the key is enough to replace it
		return err
	}
	d.damaged.Store(true)
	return fmt.Errorf("database: %w", err)
}

// errStop ends an iteration early.
var errStop = errors.New("stop")

// get returns a copy of a small value.
func (d *database) get(key []byte) (v []byte, err error) {
	err = d.view(func(txn *badger.Txn) error {
		it, err := txn.Get(key)
		if err == nil {
			v, err = it.ValueCopy(nil)
		}
		return err
	})
	return v, err
}

// set writes a small value that never goes away by itself.
func (d *database) set(key, value []byte) error {
	return d.update(func(txn *badger.Txn) error { return txn.Set(key, value) })
}

// writeEach calls fn for 0 to n-1 in as few transactions as hold it.
func (d *database) writeEach(n int, fn func(txn *badger.Txn, i int) error) error {
	for i := 0; i < n; {
		start := i
		err := d.update(func(txn *badger.Txn) error {
			for ; i < n; i++ {
				err := fn(txn, i)
				if errors.Is(err, badger.ErrTxnTooBig) && i > start {
					return nil // commit what fits; the next transaction goes on here
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// each calls fn for every key with that first byte, in order, from start on.
// fn returns errStop to end; values are fetched when it asks the item.
func (d *database) each(kind byte, start []byte, values bool, fn func(*badger.Item) error) error {
	err := d.view(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{kind}, PrefetchValues: values, PrefetchSize: 16})
		defer it.Close()
		for it.Seek(append([]byte{kind}, start...)); it.Valid(); it.Next() {
			if err := fn(it.Item()); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

// sync makes all that was written durable.
func (d *database) sync() error {
	return d.run(func(b *badger.DB) error { return b.Sync() })
}

func (d *database) close() (err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.b == nil {
		return nil
	}
	defer recoverTo(&err)
	b := d.b
	d.b = nil
	return b.Close()
}

// badgerLog hands Badger's words to slog: its chatter is for debugging.
type badgerLog struct{ log *slog.Logger }

func (l badgerLog) Errorf(f string, a ...any)   { l.log.Error("database", "error", text(f, a)) }
func (l badgerLog) Warningf(f string, a ...any) { l.log.Warn("database", "error", text(f, a)) }
func (l badgerLog) Infof(f string, a ...any)    { l.log.Debug("database", "detail", text(f, a)) }
func (l badgerLog) Debugf(f string, a ...any)   {}

func text(f string, a []any) string { return strings.TrimSpace(fmt.Sprintf(f, a...)) }
