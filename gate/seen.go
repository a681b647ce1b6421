package gate

import (
	"sync"
	"time"

	"pipwarden/cache"
)

// sightings are the moments at which the files of a page without upload times were first seen. They are read, and
// recorded for files that are new, once a page and for all of its files, so that files that came together have one time.
type sightings struct {
	mu      sync.Mutex
	contact time.Time // when this guard first saw a page of the project on that index
	files   map[string]time.Time
}

// firstSeen gives when the file was first seen, and whether it was there when the project's page was first looked at:
// then that moment says nothing of the file's age.
func (g *Gate) firstSeen(r *Request, now time.Time) (seen time.Time, baseline bool, err error) {
	s := &g.pages.facts(r.Page).seen
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.files == nil {
		if err := s.load(g.Store, r, now); err != nil {
			return time.Time{}, false, err
		}
	}
	seen = s.files[r.Filename.Text]
	return seen, !seen.After(s.contact), nil
}

func (s *sightings) load(store *cache.Store, r *Request, now time.Time) error {
	// No file's name holds a space, so the page's own sighting cannot be taken for a file's.
	all := []cache.Sighting{{Filename: "page of " + string(r.Page.Name)}}
	for i := range r.Page.Files {
		if f := &r.Page.Files[i]; f.UploadTime.IsZero() {
			all = append(all, cache.Sighting{Filename: f.Filename, SHA256: f.Hashes["sha256"]})
		}
	}
	times, err := store.FirstSeenAll(r.Index.Key(), all, now)
	if err != nil {
		return err
	}
	s.contact, s.files = times[0], make(map[string]time.Time, len(times))
	for i, t := range times[1:] {
		s.files[all[i+1].Filename] = t
	}
	return nil
}
