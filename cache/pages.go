package cache

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/dgraph-io/badger/v4"

	"pipwarden/pypi"
)

// PageEntry is one index page as upstream sent it.
type PageEntry struct {
	Index        string    `json:"index"`   // name of the upstream index
	Project      pypi.Name `json:"project"` // whose page it is
	URL          string    `json:"url"`     // that links are relative to
	ContentType  string    `json:"content_type"`
	ETag         string    `json:"etag,omitempty"`
	LastModified string    `json:"last_modified,omitempty"`
	Body         []byte    `json:"-"`       // unpacked
	Fetched      time.Time `json:"fetched"` // when upstream sent the body
	Checked      time.Time `json:"checked"` // when upstream last said that it holds
}

// pageHead is the stored form without the body.
type pageHead struct {
	PageEntry
	Sum []byte `json:"sum"` // SHA-256 of the body, so that head and body are of one page
}

func pageKeys(index string, n pypi.Name) (head, body []byte) {
	return textKey(keyPageHead, index, string(n)), textKey(keyPageBody, index, string(n))
}

// Page returns the stored page; fs.ErrNotExist when there is none.
func (s *Store) Page(index string, n pypi.Name) (*PageEntry, error) {
	headKey, bodyKey := pageKeys(index, n)
	var hv, bv []byte
	err := s.db.view(func(txn *badger.Txn) (err error) {
		if hv, err = load(txn, headKey); err == nil {
			bv, err = load(txn, bodyKey)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("page of %q: %w", n, s.absent(err))
	}
	h, err := s.unpackHead(hv, index, n)
	if err == nil {
		h.Body, err = s.pack.unpack(bv)
	}
	if err == nil && string(h.Sum) != string(bodySum(h.Body)) {
		err = errGarbled
	}
	if err != nil {
		return nil, fmt.Errorf("page of %q: %w", n, s.absent(err))
	}
	return &h.PageEntry, nil
}

// PageHead is Page without the body, which is nil: cheap for large pages.
func (s *Store) PageHead(index string, n pypi.Name) (*PageEntry, error) {
	key, _ := pageKeys(index, n)
	v, err := s.db.get(key)
	if err != nil {
		return nil, fmt.Errorf("page of %q: %w", n, s.absent(err))
	}
	h, err := s.unpackHead(v, index, n)
	if err != nil {
		return nil, fmt.Errorf("page of %q: %w", n, s.absent(err))
	}
	return &h.PageEntry, nil
}

func (s *Store) unpackHead(v []byte, index string, n pypi.Name) (*pageHead, error) {
	b, err := s.pack.unpack(v)
	if err != nil {
		return nil, err
	}
	h := new(pageHead)
	if err := json.Unmarshal(b, h); err != nil {
		return nil, errors.Join(errGarbled, err)
	}
	if h.Index != index || h.Project != n {
		return nil, errGarbled
	}
	return h, nil
}

func bodySum(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:]
}

// PutPage stores p in the place of what was stored for its index and project.
func (s *Store) PutPage(p *PageEntry) error {
	headKey, bodyKey := pageKeys(p.Index, p.Project)
	b, err := json.Marshal(pageHead{PageEntry: *p, Sum: bodySum(p.Body)})
	if err != nil {
		return fmt.Errorf("page of %q: %w", p.Project, err)
	}
	err = s.db.put(write{bodyKey, s.pack.pack(p.Body), pageLife}, write{headKey, s.pack.pack(b), pageLife})
	if err != nil {
		return fmt.Errorf("page of %q: %w", p.Project, err)
	}
	return nil
}

// TouchPage notes that upstream said at checked that the stored page holds. The
// body is not written again, and its life (90 days) not made longer;
// fs.ErrNotExist when there is no page.
func (s *Store) TouchPage(index string, n pypi.Name, checked time.Time) error {
	headKey, bodyKey := pageKeys(index, n)
	mu := s.db.stripe(bodyKey) // of PutPage, so that no newer head is overwritten
	mu.Lock()
	v, err := s.db.get(headKey)
	var h *pageHead
	if err == nil {
		h, err = s.unpackHead(v, index, n)
	}
	if err == nil {
		err = s.touch(h, headKey, checked)
	}
	mu.Unlock()
	if err != nil {
		return fmt.Errorf("page of %q: %w", n, err)
	}
	return nil
}

func (s *Store) touch(h *pageHead, key []byte, checked time.Time) error {
	h.Checked = checked
	b, err := json.Marshal(h)
	if err != nil {
		return err
	}
	life := min(max(time.Until(h.Fetched.Add(pageLife)), minPageLife), pageLife) // that of the body
	return s.db.update(func(txn *badger.Txn) error {
		return txn.SetEntry(write{key, s.pack.pack(b), life}.entry())
	})
}
