// Package cache is the store: files by their SHA-256 on disk; reports, index
// pages, metadata, first-seen times and events in a Badger database beside them.
//
// # On disk
//
//	CACHEDIR.TAG        says that the folder is a store and not worth a backup
//	lock, owner.json    one process a folder; who it is (mode 0600)
//	state.json          whether the last run ended in order, and up to when all files are on disk
//	files/ab/abcd...    whole files, named by the SHA-256 of their content
//	partial/X.part,json bytes of broken transfers and what they are the beginning of, for a day
//	tmp/                files being written that nobody will resume; emptied at every start
//	db/                 the database
//	db.damaged-TIME/    databases that could not be read, the last two
//
// # What is promised
//
// A file appears under its name only after all its bytes were hashed and synced,
// so a name that is there stands for right bytes after any crash. Beyond that
// nothing on disk is believed: in each run a file is compared with its record
// (size and modification time) before it is first opened, and hashed whole when
// it has no record, does not agree with it, or is younger than the last clean mark of a
// run that did not end in order. A file that is not what its name says is
// removed and does not exist (fs.ErrNotExist), so that it is fetched again.
//
// The database is written without waiting for the disk. A killed process loses
// nothing; a power cut may lose the last seconds: a lost report is scanned again,
// a lost page fetched again, a lost first-seen time only makes a cooldown
// longer, and a file without its record is hashed again. A database that cannot
// be read is moved aside and starts empty.
//
// # Keys of the database, schema 1
//
//	m                              schema version, in decimal
//	m "e"                          id of the newest event, so that none is given twice; 8 bytes
//	f SHA256                       size, modification time, last use of a file; 8 bytes each
//	r SHA256 NAME NUL SCANNER      report, packed JSON
//	p INDEX NUL PROJECT            what is known of an index page, packed JSON
//	q INDEX NUL PROJECT            its body, packed
//	d KEY                          metadata of a wheel, packed
//	h INDEX NUL URL                SHA-256 of a file whose page gives none, 32 bytes
//	s INDEX NUL NAME NUL HASH      first seen, Unix nanoseconds, 8 bytes
//	e ID                           event, packed JSON; ID is 8 bytes, big-endian
//	c KEY16 GENERATION NUMBER      part of a large value; see value.go for packing
//
// Another schema drops the whole database; the files stay and are hashed again.
package cache

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// Options says where the store is and how large it may grow.
type Options struct {
	Dir      string       // the folder, made with mode 0700 when absent; never empty
	MaxBytes int64        // limit of the files' sizes together; 0 = DefaultMaxBytes
	Log      *slog.Logger // nil = silent
	Owner    OwnerInfo    // what a second process reads; PID 0 = this process
}

// Store is an open store. It is safe for concurrent use.
type Store struct {
	dir string
	max int64
	log *slog.Logger

	lock   *os.File
	closed atomic.Bool
	stop   chan struct{} // closed by Close
	loops  sync.WaitGroup
	evicts chan struct{} // asks for an eviction

	db     database
	pack   packer
	files  index
	events journal

	partMu sync.Mutex
	parts  map[string]bool // keys of partial files that a writer has

	filter  *keyFilter
	reports lru[ReportKey, *Record]
	seen    lru[uint64, []time.Time]
	seenMu  sync.Mutex // recorders of first-seen times take turns
}

// Open opens the store at o.Dir, making it when absent. Errors: *LockedError
// when another process has it, *FolderError when the folder cannot be used,
// *FullError when the disk is full. A damaged database is moved aside.
func Open(ctx context.Context, o Options) (*Store, error) {
	if err := prepareFolder(o.Dir); err != nil {
		return nil, err
	}
	s := &Store{
		dir:    o.Dir,
		max:    o.MaxBytes,
		log:    o.Log,
		stop:   make(chan struct{}),
		evicts: make(chan struct{}, 1),
		parts:  make(map[string]bool),
		filter: newKeyFilter(),
	}
	if s.max <= 0 {
		s.max = DefaultMaxBytes
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.files.init()
	s.reports.budget = reportMemory
	s.seen.budget = seenMemory
	s.db.log = s.log
	s.db.room = func() error { return room(s.dir, 0) }
	s.events.init()
	var err error
	if s.lock, err = takeLock(o.Dir); err != nil {
		return nil, err
	}
	if err := s.start(ctx, o.Owner); err != nil {
		s.db.close()
		s.lock.Close()
		return nil, err
	}
	return s, nil
}

// start brings an opened folder to life. The lock is held.
func (s *Store) start(ctx context.Context, o OwnerInfo) error {
	if err := fillFolder(s.dir); err != nil {
		return err
	}
	if err := s.SetOwner(o); err != nil {
		return err
	}
	last := readState(s.dir)
	fresh, err := s.openDatabase(last)
	if err != nil {
		return err
	}
	if err := s.loadIndex(last); err != nil {
		return err
	}
	if err := s.loadFilter(); err != nil {
		return err
	}
	if err := s.loadEvents(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.writeState(state{At: last.At}); err != nil {
		return err
	}
	s.cleanPartials(time.Now())
	s.loops.Go(s.tidy)
	s.loops.Go(s.journalEvents)
	if fresh || !last.Clean {
		s.loops.Go(s.findUnknown)
	}
	s.wantEviction()
	return nil
}

func (s *Store) isClosed() bool { return s.closed.Load() }

// Close writes what is pending and gives the folder free. Open blobs stay
// readable; everything else answers fs.ErrClosed. A second Close does nothing.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	close(s.stop)
	s.loops.Wait()
	err := s.flushUse()
	if e := s.db.sync(); err == nil {
		err = e
	}
	damaged := s.db.damaged.Load()
	if e := s.db.close(); err == nil {
		err = e
	}
	s.pack.close()
	s.files.idle.clear()
	if e := s.writeState(state{Clean: err == nil, At: time.Now(), Damaged: damaged}); err == nil {
		err = e
	}
	os.Remove(filepath.Join(s.dir, ownerFile))
	if e := s.lock.Close(); err == nil {
		err = e
	}
	return err
}

// tidy does what must be done from time to time, until Close.
func (s *Store) tidy() {
	flush := time.NewTicker(flushEvery)
	defer flush.Stop()
	clean := time.NewTicker(cleanEvery)
	defer clean.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-s.evicts:
			s.evictOver()
		case <-flush.C:
			s.mark()
		case now := <-clean.C:
			s.cleanPartials(now)
		}
	}
}

// mark writes what is pending and says in the state that all older files are on
// disk: they need no hashing after a crash. A store that nobody uses leaves the
// disk alone.
func (s *Store) mark() {
	at := time.Now()
	err := s.flushUse()
	if err == nil && !s.db.written.Swap(false) {
		return
	}
	if err == nil {
		err = s.db.sync()
	}
	if err == nil {
		err = s.writeState(state{At: at, Damaged: s.db.damaged.Load()})
	}
	if err != nil && !errors.Is(err, fs.ErrClosed) {
		s.log.Error("cannot write the store's state", "error", err)
	}
}
