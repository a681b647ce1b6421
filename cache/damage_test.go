package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// fillDatabase writes enough that there are tables, a log and a manifest.
func (o opened) fillDatabase(t *testing.T) {
	t.Helper()
	for i := range uint64(60) {
		k, r := testReport(i)
		if err := o.PutReport(k, r); err != nil {
			t.Fatal(err)
		}
		if err := o.PutPage(testPage(fmt.Sprint("example", i), noise(i, 300_000))); err != nil {
			t.Fatal(err)
		}
	}
}

// garble changes a file in one of three ways.
func garble(t *testing.T, path, how string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	switch how {
	case "empty":
		b = nil
	case "half":
		b = b[:len(b)/2]
	case "noise":
		r := rand.New(rand.NewPCG(1, uint64(len(b))))
		for range max(len(b)/1000, 8) {
			b[r.IntN(len(b))] ^= byte(1 + r.IntN(255))
		}
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Whatever is done to the database's files, the store opens, says so or has lost
// nothing, keeps the files, and works. Each case runs in a process of its own:
// some damage makes the database end the process, which the next start finds.
func TestDamagedDatabase(t *testing.T) {
	if dir := os.Getenv("PIPWARDEN_DAMAGED_STORE"); dir != "" {
		useDamaged(t, openStore(t, dir))
		return
	}
	if testing.Short() {
		t.Skip("starts many processes")
	}
	for _, pattern := range []string{"MANIFEST", "*.sst", "*.mem", "*.vlog", "KEYREGISTRY", "DISCARD"} {
		for _, how := range []string{"empty", "half", "noise"} {
			for _, clean := range []bool{true, false} {
				if clean && raceEnabled {
					continue // half of the processes will do
				}
				t.Run(fmt.Sprintf("%s %s clean=%v", pattern, how, clean), func(t *testing.T) {
					testDamaged(t, pattern, how, clean)
				})
			}
		}
	}
}

func testDamaged(t *testing.T, pattern, how string, clean bool) {
	s := newStore(t)
	s.add(t, []byte("a stored file"))
	s.fillDatabase(t)
	if clean {
		s.Close()
	} else {
		s.crash(t)
	}
	names, err := filepath.Glob(filepath.Join(s.dir, dbDir, pattern))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		garble(t, name, how)
	}
	var out []byte
	for range openAttempts + 1 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestDamagedDatabase$", "-test.timeout=60s")
		cmd.Env = append(os.Environ(), "PIPWARDEN_DAMAGED_STORE="+s.dir)
		if out, err = cmd.CombinedOutput(); err == nil {
			return
		}
		t.Logf("a process ended: %.300s", out)
	}
	t.Errorf("the store does not recover: %v\n%s", err, out)
}

// useDamaged works with a store whose database was damaged.
func useDamaged(t *testing.T, s opened) {
	s.wantFile(t, []byte("a stored file"))
	lost := 0
	for i := range uint64(60) {
		k, r := testReport(i)
		got, err := s.Report(k)
		if err == nil && !k.matches(got) {
			t.Errorf("report %d is another's", i)
		}
		body := noise(i, 300_000)
		p, err2 := s.Page("main", testPage(fmt.Sprint("example", i), nil).Project)
		if err2 == nil && sum(p.Body) != sum(body) {
			t.Errorf("page %d has other bytes", i)
		}
		for _, err := range []error{err, err2} {
			if errors.Is(err, fs.ErrNotExist) {
				lost++
			} else if err != nil {
				t.Error(err)
			}
		}
		if err := s.PutReport(k, r); err != nil {
			t.Errorf("put report: %v", err)
		}
	}
	t.Logf("%d of 120 values lost", lost)
	s.Append(Event{Kind: "x"})
	if _, err := s.Events(t.Context(), 0, 10); err != nil {
		t.Error(err)
	}
}

// What a kill in the midst of making a file leaves behind is no damage.
func TestUnfinishedFilesOfTheDatabase(t *testing.T) {
	s := newStore(t)
	s.fillOne(t)
	s.crash(t)
	for _, name := range []string{"00099.mem", "000099.vlog", "000099.sst"} {
		if err := os.WriteFile(filepath.Join(s.dir, dbDir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s = openStore(t, s.dir)
	if k, _ := testReport(1); second(s.Report(k)) != nil || s.log.has("damaged") {
		t.Errorf("log: %s", s.log.buf.String())
	}
}

func TestDatabaseIsMovedAside(t *testing.T) {
	s := newStore(t)
	body := noise(1, 1000)
	s.add(t, body)
	for range damagedKept + 2 {
		s.fillOne(t)
		s.Close()
		garble(t, filepath.Join(s.dir, dbDir, "MANIFEST"), "noise")
		s = openStore(t, s.dir)
		if !s.log.has("database is damaged and starts empty") {
			t.Error("the log does not say that the database is damaged")
		}
		k, _ := testReport(1)
		if _, err := s.Report(k); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("report of an empty database: %v", err)
		}
		s.wantFile(t, body)
	}
	aside, err := filepath.Glob(filepath.Join(s.dir, dbDir+".damaged-*"))
	if err != nil || len(aside) != damagedKept {
		t.Errorf("%d damaged databases are kept; want %d", len(aside), damagedKept)
	}
}

func (o opened) fillOne(t *testing.T) {
	t.Helper()
	k, r := testReport(1)
	if err := o.PutReport(k, r); err != nil {
		t.Fatal(err)
	}
}

// A database that ended the process while it was opened is not tried for ever,
// and one that gave errors is not used again.
func TestStateOfLastRunDecides(t *testing.T) {
	for _, test := range []struct {
		last state
		kept bool
	}{
		{state{Clean: true, At: time.Now()}, true},
		{state{Opening: openAttempts - 1}, true},
		{state{Opening: openAttempts}, false},
		{state{Clean: true, Damaged: true}, false},
	} {
		s := newStore(t)
		s.fillOne(t)
		s.Close()
		if err := s.writeState(test.last); err != nil {
			t.Fatal(err)
		}
		s = openStore(t, s.dir)
		k, _ := testReport(1)
		if _, err := s.Report(k); (err == nil) != test.kept {
			t.Errorf("after %+v: report %v; want kept %v", test.last, err, test.kept)
		}
		s.Close()
		if last := readState(s.dir); !last.Clean || last.Opening != 0 || last.Damaged {
			t.Errorf("state after Close: %+v", last)
		}
	}
}

func TestOtherSchemaStartsEmpty(t *testing.T) {
	s := newStore(t)
	body := noise(1, 1000)
	s.add(t, body)
	s.fillOne(t)
	if err := s.db.set(keySchema, []byte("0")); err != nil {
		t.Fatal(err)
	}
	s = s.reopen(t)
	if !s.log.has("database is of another schema") {
		t.Error("the log does not say that the schema changed")
	}
	if n := s.count(t, keyReport); n != 0 {
		t.Errorf("%d reports of another schema are left", n)
	}
	s.wantFile(t, body)
}

// Errors of the database itself start a new one in the next run.
func TestDatabaseErrorsAreRemembered(t *testing.T) {
	s := newStore(t)
	s.fillOne(t)
	err := s.db.view(func(*badger.Txn) error { panic("garbled table") })
	if err == nil {
		t.Fatal("a panic of the database is no error")
	}
	s.Close()
	if !readState(s.dir).Damaged {
		t.Fatal("the state does not say that the database gave errors")
	}
	s = openStore(t, s.dir)
	if n := s.count(t, keyReport); n != 0 {
		t.Errorf("%d reports of a damaged database are used", n)
	}
}
