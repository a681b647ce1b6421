package cache

import (
	"encoding/hex"
	"fmt"
)

// Metadata returns the METADATA that was stored under key; fs.ErrNotExist when
// there is none.
func (s *Store) Metadata(key string) ([]byte, error) {
	b, err := s.getPacked(textKey(keyMetadata, key))
	if err != nil {
		return nil, fmt.Errorf("metadata of %q: %w", key, err)
	}
	return b, nil
}

// PutMetadata stores a wheel's METADATA. The key is whatever determines the
// bytes: the wheel's SHA-256 does for what was read out of that wheel, and for
// nothing that an index says of it.
func (s *Store) PutMetadata(key string, b []byte) error {
	if err := s.db.put(write{textKey(keyMetadata, key), s.pack.pack(b), metaLife}); err != nil {
		return fmt.Errorf("metadata of %q: %w", key, err)
	}
	return nil
}

// FileHash returns the SHA-256 (lower-case hex) that the file at url had when it
// was first fetched; fs.ErrNotExist when it was not. It is for files whose page
// gives no hash, or only one of another algorithm.
func (s *Store) FileHash(index, url string) (string, error) {
	key := textKey(keyFileHash, index, url)
	if !s.mayHave(key) {
		return "", errUnknown
	}
	v, err := s.db.get(key)
	if err == nil && len(v) != len(digest{}) {
		err = errGarbled
	}
	if err != nil {
		return "", fmt.Errorf("hash of file %q: %w", url, s.absent(err))
	}
	return hex.EncodeToString(v), nil
}

// PutFileHash records the SHA-256 of the file at url.
func (s *Store) PutFileHash(index, url, sha256 string) error {
	id, ok := parseDigest(sha256)
	if !ok {
		return fmt.Errorf("hash of file %q: %q is not a SHA-256", url, sha256)
	}
	key := textKey(keyFileHash, index, url)
	s.filter.add(key)
	if err := s.db.set(key, id[:]); err != nil {
		return fmt.Errorf("hash of file %q: %w", url, err)
	}
	return nil
}
