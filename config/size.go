package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A Size is a number of bytes as people write it: "10GB" (powers of ten),
// "512MiB" (powers of two), "100B", "0".
type Size int64

// The binary units.
const (
	KiB Size = 1 << (10 * (iota + 1))
	MiB
	GiB
	TiB
)

var sizeUnits = []struct {
	name string
	unit Size
}{
	{"TiB", TiB}, {"TB", 1e12}, {"GiB", GiB}, {"GB", 1e9}, {"MiB", MiB}, {"MB", 1e6}, {"KiB", KiB}, {"kB", 1e3}, {"B", 1},
}

// ParseSize reads a size that is zero or more. The case of the unit does not
// matter; a number other than 0 needs one.
func ParseSize(s string) (Size, error) {
	if s == "0" {
		return 0, nil
	}
	digits := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	unit := strings.TrimSpace(s[len(digits):])
	digits = strings.TrimSpace(digits)
	n, err := strconv.ParseUint(digits, 10, 63)
	for _, u := range sizeUnits {
		if !strings.EqualFold(u.name, unit) {
			continue
		}
		switch {
		case err != nil && strings.Trim(digits, "0123456789") == "" && digits != "", err == nil && n > uint64(math.MaxInt64/u.unit):
			return 0, fmt.Errorf("%q is more than 8 EiB", s)
		case err == nil:
			return Size(n) * u.unit, nil
		}
	}
	return 0, fmt.Errorf(`%q is not a size: want a whole number with a unit, such as "512MiB" or "10GB"`, s)
}

// String returns the size in the largest unit that it is a whole number of.
func (s Size) String() string {
	if s <= 0 {
		return "0"
	}
	for _, u := range sizeUnits {
		if s%u.unit == 0 {
			return strconv.FormatInt(int64(s/u.unit), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10) + "B"
}

// MarshalText implements [encoding.TextMarshaler].
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (s *Size) UnmarshalText(b []byte) (err error) {
	*s, err = ParseSize(string(b))
	return err
}
