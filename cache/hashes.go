package cache

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"maps"
	"slices"
	"strings"

	"pipwarden/pypi"
)

// algorithms are those of Python's hashlib that the standard library has:
// [pypi.VerifiableHashes] and weak ones. Weak ones are verified too: an index that says only md5 is believed as far as that
// goes, and the SHA-256 is known from then on.
var algorithms = map[string]func() hash.Hash{
	"md5":      md5.New,
	"sha1":     sha1.New,
	"sha224":   sha256.New224,
	"sha256":   sha256.New,
	"sha384":   sha512.New384,
	"sha512":   sha512.New,
	"sha3_224": func() hash.Hash { return sha3.New224() },
	"sha3_256": func() hash.Hash { return sha3.New256() },
	"sha3_384": func() hash.Hash { return sha3.New384() },
	"sha3_512": func() hash.Hash { return sha3.New512() },
}

// sums computes SHA-256 and all wanted hashes side by side.
type sums map[string]hash.Hash

// newSums is an *UnknownHashError when hashes are wanted and none can be computed.
func newSums(want pypi.Hashes) (sums, error) {
	h := sums{}
	for name := range want {
		if f := algorithms[name]; f != nil {
			h[name] = f()
		}
	}
	if len(want) > 0 && len(h) == 0 {
		return nil, &UnknownHashError{Algorithms: slices.Sorted(maps.Keys(want))}
	}
	if h["sha256"] == nil {
		h["sha256"] = sha256.New()
	}
	return h, nil
}

func (h sums) write(p []byte) {
	for _, w := range h {
		w.Write(p)
	}
}

func (h sums) reset() {
	for _, w := range h {
		w.Reset()
	}
}

// verify compares with what is wanted, in a fixed order.
func (h sums) verify(want pypi.Hashes, resumed bool) error {
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(h))) {
		w, ok := want[name]
		if !ok {
			continue
		}
		got := hex.EncodeToString(h[name].Sum(nil))
		if !strings.EqualFold(got, w) {
			return &MismatchError{Algorithm: name, Want: w, Got: got, Resumed: resumed}
		}
	}
	return nil
}

func (h sums) digest() (d digest) {
	h["sha256"].Sum(d[:0])
	return d
}
