package token

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"
)

// reread is how old what a Keyring knows may be when nothing seems to have changed: times of folders are coarse.
const reread = 5 * time.Second

// A Keyring says whose a secret is. It notices tokens that are made or revoked within seconds. It may be used by several goroutines.
type Keyring struct {
	Folder *Folder
	Log    *slog.Logger // told of tokens that cannot be read, which let nobody in; nil discards it

	mu     sync.Mutex
	known  []key
	stamp  time.Time // when the folder changed last, as of what is known
	loaded time.Time // zero = not yet
}

type key struct {
	sum   [sha256.Size]byte
	token Token
}

// Verify gives the token of a secret; false when there is none, or it has expired. The time that it takes says nothing of the
// secrets that there are.
func (k *Keyring) Verify(secret string) (Token, bool) {
	now := k.Folder.now()
	sum := sha256.Sum256([]byte(secret))
	found := -1
	known := k.keys(now)
	for i := range known {
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(sum[:], known[i].sum[:]), i, found)
	}
	if found < 0 || !known[found].token.Valid(now) {
		return Token{}, false
	}
	return known[found].token, true
}

// Any tells whether there is a valid token.
func (k *Keyring) Any() bool {
	now := k.Folder.now()
	return slices.ContainsFunc(k.keys(now), func(one key) bool { return one.token.Valid(now) })
}

// keys are the tokens as they stand. The slice is not written to again.
func (k *Keyring) keys(now time.Time) []key {
	k.mu.Lock()
	defer k.mu.Unlock()
	var stamp time.Time
	if st, err := os.Stat(k.Folder.Dir); err == nil {
		stamp = st.ModTime()
	}
	if !k.loaded.IsZero() && stamp.Equal(k.stamp) && now.Sub(k.loaded).Abs() < reread {
		return k.known
	}
	all, err := k.Folder.List()
	if err != nil && k.Log != nil {
		k.Log.Error("tokens not readable, their holders are not let in", "error", err)
	}
	known := make([]key, len(all))
	for i, t := range all {
		known[i].token = t
		_, _ = hex.Decode(known[i].sum[:], []byte(t.SHA256)) // checked when it was read
	}
	k.known, k.stamp, k.loaded = known, stamp, now
	return known
}
