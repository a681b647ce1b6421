package pypi

// The sort key of a version is a byte string whose order is that of PEP 440
// ("Summary of permitted suffixes and relative ordering"), so that comparing
// two versions compares two strings:
//
//	epoch    number
//	release  numbers without trailing zeros, then keyEnd
//	pre      keyDevOnly | keyAlpha, keyBeta, keyRC number | keyFinal
//	post     keyNoPost | keyPost number
//	dev      keyDev number | keyNoDev
//	local    nothing, or per segment: keyText bytes keyEndText | keyNumber number
//
// Every mark that ends a part sorts before every byte that goes on with it.
const (
	keyEnd = 0x00 // below every number: 1 before 1.1

	keyDevOnly = 0x01 // 1.0.dev1, before 1.0a1
	keyAlpha   = 0x02
	keyBeta    = 0x03
	keyRC      = 0x04
	keyFinal   = 0x05

	keyNoPost = 0x01
	keyPost   = 0x02

	keyDev   = 0x01
	keyNoDev = 0x02

	keyEndText = 0x01 // below every letter and digit: +a.b before +ab
	keyText    = 0x02 // below keyNumber: texts sort before numbers
	keyNumber  = 0x03

	keyZero      = 0x10 // small numbers are one byte: keyZero + value
	keySmallEnd  = 0xA0 // the first value that is not small
	keyBigNumber = 0xB0 // then the count of digits, then the digits
)

// appendNumberKey appends a number of any size; "" is 0.
func appendNumberKey(b []byte, s string) []byte {
	s = trimZeros(s)
	if len(s) <= 3 {
		n := 0
		for i := range len(s) {
			n = n*10 + int(s[i]-'0')
		}
		if n < keySmallEnd {
			return append(b, byte(keyZero+n))
		}
	}
	// MaxVersion keeps the count within a byte.
	b = append(b, keyBigNumber, byte(len(s)))
	return append(b, s...)
}

func appendReleaseKey(b []byte, release string) []byte {
	b = appendPrefixKey(b, release)
	return append(trimZeroKeys(b, release), keyEnd)
}

// appendPrefixKey appends the numbers of a release, trailing zeros included.
func appendPrefixKey(b []byte, release string) []byte {
	for more := true; more; {
		var segment string
		segment, release, more = cutSegment(release)
		b = appendNumberKey(b, segment)
	}
	return b
}

// trimZeroKeys takes back the trailing zeros of a release that was just
// appended. It counts them in the text: the last digits of a big number may
// look like zeros in the key.
func trimZeroKeys(b []byte, release string) []byte {
	for n := len(release); n > 0; {
		i := n
		for i > 0 && isDigit(release[i-1]) {
			i--
		}
		if trimZeros(release[i:n]) != "" {
			break
		}
		b = b[:len(b)-1]
		n = i - 1
	}
	return b
}

// appendPhaseKey appends the keys of the pre-, post- and developmental release.
func (p *versionParts) appendPhaseKey(b []byte) []byte {
	switch {
	case p.pre == "a":
		b = appendNumberKey(append(b, keyAlpha), p.preNumber)
	case p.pre == "b":
		b = appendNumberKey(append(b, keyBeta), p.preNumber)
	case p.pre == "rc":
		b = appendNumberKey(append(b, keyRC), p.preNumber)
	case p.dev && !p.post:
		b = append(b, keyDevOnly)
	default:
		b = append(b, keyFinal)
	}
	if p.post {
		b = appendNumberKey(append(b, keyPost), p.postNum)
	} else {
		b = append(b, keyNoPost)
	}
	if p.dev {
		return appendNumberKey(append(b, keyDev), p.devNum)
	}
	return append(b, keyNoDev)
}

// stemKey returns the key of epoch, release and pre-release: what a version has
// in common with its post-releases.
func (v Version) stemKey() string {
	key := v.Key()
	if v.IsZero() {
		return key
	}
	n := int(v.base) + 1
	if v.flags&versionPre != 0 {
		if key[n] == keyBigNumber {
			n += 1 + int(key[n+1])
		}
		n++
	}
	return key[:n]
}

func appendLocalKey(b []byte, local string) []byte {
	for more := local != ""; more; {
		var segment string
		segment, local, more = cutSegment(local)
		if digits(segment) == len(segment) {
			b = appendNumberKey(append(b, keyNumber), segment)
			continue
		}
		b = append(b, keyText)
		for i := range len(segment) {
			b = append(b, toLower(segment[i]))
		}
		b = append(b, keyEndText)
	}
	return b
}

// matchesPrefix says whether the release of v starts with the numbers whose
// keys are prefix; missing numbers of v are zeros (PEP 440, "Version matching").
func (v Version) matchesPrefix(prefix string) bool {
	if v.IsZero() {
		return false
	}
	release := v.baseKey()
	release = release[:len(release)-1] // keyEnd
	if len(release) >= len(prefix) {
		return release[:len(prefix)] == prefix
	}
	if prefix[:len(release)] != release {
		return false
	}
	for i := len(release); i < len(prefix); i++ {
		if prefix[i] != keyZero {
			return false
		}
	}
	return true
}
