package pypi

import "strings"

// Hashes are a file's digests: lower-case algorithm to lower-case hex.
type Hashes map[string]string

// hashLengths are the algorithms that Python's hashlib always has, strongest
// and most common first, with the length of their digests in hex.
var hashLengths = [...]struct {
	name   string
	length int
}{
	{"sha256", 64}, {"sha512", 128}, {"sha384", 96},
	{"blake2b", 128}, {"blake2b_256", 64}, {"blake2s", 64},
	{"sha3_256", 64}, {"sha3_512", 128}, {"sha3_384", 96}, {"sha3_224", 56},
	{"sha224", 56}, {"sha1", 40}, {"md5", 32},
}

// hashLength returns the length in hex of a digest of a known algorithm, 0 for
// an unknown one.
func hashLength(algorithm string) int {
	for _, h := range hashLengths {
		if h.name == algorithm {
			return h.length
		}
	}
	return 0
}

// add takes a digest; it returns false for one that cannot be of its algorithm.
// Digests of unknown algorithms must be hex of at least 128 bits.
func (h *Hashes) add(algorithm, digest string) bool {
	const shortest = 32 // hex digits: MD5's
	want := hashLength(algorithm)
	if want == 0 {
		algorithm = strings.ToLower(algorithm)
		want = hashLength(algorithm)
	}
	if want == 0 && (len(digest) < shortest || len(digest)%2 != 0) || want != 0 && len(digest) != want {
		return false
	}
	if !validAlgorithm(algorithm) {
		return false
	}
	for i := range len(digest) {
		if !isHex(digest[i]) {
			return false
		}
	}
	if *h == nil {
		*h = make(Hashes, 1)
	}
	(*h)[algorithm] = strings.ToLower(digest)
	return true
}

// validAlgorithm keeps names of algorithms safe as a part of a URL's fragment.
func validAlgorithm(s string) bool {
	const longest = 32
	for i := range len(s) {
		if !isAlnum(s[i]) && s[i] != '_' && s[i] != '-' {
			return false
		}
	}
	return s != "" && len(s) <= longest
}

// best returns the strongest digest of a known algorithm.
func (h Hashes) best() (algorithm, digest string) {
	for _, known := range hashLengths {
		if digest := h[known.name]; digest != "" {
			return known.name, digest
		}
	}
	return "", ""
}

// parseHash reads "algorithm=hex" as HTML pages write it, in fragments and
// attributes; it takes known algorithms only, because "egg=name" looks alike.
func (h *Hashes) parseHash(s string) bool {
	algorithm, digest, ok := strings.Cut(s, "=")
	return ok && hashLength(strings.ToLower(algorithm)) != 0 && h.add(algorithm, digest)
}

func (h Hashes) equal(other Hashes) bool {
	if len(h) != len(other) {
		return false
	}
	for algorithm, digest := range h {
		if other[algorithm] != digest {
			return false
		}
	}
	return true
}
