package policy

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A Duration is a time span as people write it: "90s", "48h", "7d", "2w",
// "1h30m". A day has 24 hours. The text form never loses precision.
type Duration time.Duration

const (
	day  = 24 * time.Hour
	week = 7 * day
)

var durationUnits = []struct {
	name string
	unit time.Duration
}{
	{"w", week}, {"d", day}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second},
	{"ms", time.Millisecond}, {"us", time.Microsecond}, {"ns", time.Nanosecond},
}

var errDuration = errors.New(`want a number with a unit, such as "48h", "7d" or "1h30m"`)

// ParseDuration reads a span that is zero or more. "0" needs no unit.
func ParseDuration(s string) (Duration, error) {
	if s == "0" {
		return 0, nil
	}
	total, rest := time.Duration(0), s
	for rest != "" {
		n := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
		if n <= 0 {
			return 0, errDuration
		}
		count, err := strconv.ParseInt(rest[:n], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%q is longer than 292 years", s)
		}
		rest = rest[n:]
		end := strings.IndexFunc(rest, func(r rune) bool { return r >= '0' && r <= '9' })
		if end < 0 {
			end = len(rest)
		}
		unit := durationUnit(rest[:end])
		if unit == 0 {
			return 0, errDuration
		}
		if count > int64((math.MaxInt64-total)/unit) {
			return 0, fmt.Errorf("%q is longer than 292 years", s)
		}
		total += time.Duration(count) * unit
		rest = rest[end:]
	}
	if s == "" {
		return 0, errDuration
	}
	return Duration(total), nil
}

func durationUnit(name string) time.Duration {
	for _, u := range durationUnits {
		if u.name == name {
			return u.unit
		}
	}
	return 0
}

// String returns the span in the largest units that it is made of: "48h", "7d".
// Spans of less than a week stay in hours, as policies speak of them.
func (d Duration) String() string {
	if d <= 0 {
		return "0"
	}
	var b strings.Builder
	rest := time.Duration(d)
	for _, u := range durationUnits {
		if u.unit > time.Hour && rest%u.unit != 0 || u.unit > time.Hour && rest < week {
			continue
		}
		if n := rest / u.unit; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, u.name)
			rest -= n * u.unit
		}
	}
	return b.String()
}

// MarshalText implements [encoding.TextMarshaler].
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (d *Duration) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDuration(string(b))
	return err
}
