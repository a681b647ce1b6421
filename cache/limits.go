package cache

import "time"

// DefaultMaxBytes is the limit of the files' sizes together when Options says
// none: room for some thousand scientific wheels.
const DefaultMaxBytes = 20 << 30 // 20 GiB

// DefaultVerifyRate is how fast Verify reads when its options do not say, so
// that a store in use stays quick.
const DefaultVerifyRate = 256 << 20 // 256 MiB a second

const (
	// schema is the version of the keys and values in the database.
	schema = "1"

	// evictDown is the part of the limit that eviction goes down to, in percent:
	// one eviction makes room for many files.
	evictDown = 90

	// partialAge is how long the bytes of a broken transfer are kept.
	partialAge = 24 * time.Hour

	// smallFile is the largest file whose body is kept in memory.
	smallFile = 256 << 10 // bytes
	// smallFiles is the memory for all bodies of small files together.
	smallFiles = 8 << 20 // bytes
	// idleFiles is how many descriptors of files nobody reads stay open.
	idleFiles = 64
	// reportMemory is the memory for decoded reports, counted as the length of
	// their JSON form (the decoded form is about twice that).
	reportMemory = 4 << 20 // bytes
	// seenMemory is the memory for first-seen times of whole pages.
	seenMemory = 2 << 20 // bytes

	// chunkBytes is the part of a large value that goes into one key: far below
	// what one transaction may hold (15 % of the memory table).
	chunkBytes = 256 << 10
	// maxValueBytes bounds one value as stored, maxValueRaw the same unpacked: a
	// page of 300,000 files stays below both.
	maxValueBytes = 64 << 20
	maxValueRaw   = 256 << 20

	reportLife  = 180 * 24 * time.Hour // a report of a scanner that is no longer in use goes away by itself
	pageLife    = 90 * 24 * time.Hour  // so does a page that nobody asked for
	minPageLife = time.Hour            // of what is known of a page, when its body was fetched at no known time
	metaLife    = 180 * 24 * time.Hour

	// eventQueue is how many events may wait for the database.
	eventQueue = 8192
	// eventBatch is how many events one transaction takes.
	eventBatch = 512
	// subscriberQueue is how many events may wait for one subscriber.
	subscriberQueue = 256
	// maxEvents is how many events are kept, and eventLife for how long.
	maxEvents = 100_000
	eventLife = 90 * 24 * time.Hour
	// maxEventText bounds each text of an event: some come from packages.
	maxEventText = 2 << 10 // bytes
	// defaultEvents is what Events returns when no limit is given.
	defaultEvents = 1000

	// flushEvery is how often last-use times and the clean mark are written.
	flushEvery = 30 * time.Second
	// cleanEvery is how often old partials and events are removed.
	cleanEvery = time.Hour
	// markSlack is how far before the last clean mark files are hashed again
	// after a crash: clocks and file systems round.
	markSlack = time.Minute

	// diskReserve is the space that is never given to files: the database maps
	// its files into memory, and a write into such a page on a full disk kills
	// the process.
	diskReserve = 64 << 20 // bytes
	// reservePart is the share of a small file system that is kept free instead.
	reservePart = 8 // one eighth
	// roomStep is how often a growing file asks for room again.
	roomStep = 8 << 20 // bytes

	// openAttempts is how often opening the database may kill the process
	// before the database counts as damaged.
	openAttempts = 2
	// damagedKept is how many damaged databases are kept for study.
	damagedKept = 2
)
