package policy

import (
	"fmt"
	"time"
)

// An Expiry is the moment from which a rule no longer matches: a date such as
// 2026-12-24, which means the start of that day in UTC, or an RFC 3339 time.
// The zero value means never.
type Expiry time.Time

// Equal reports whether both are the same moment.
func (e Expiry) Equal(f Expiry) bool { return time.Time(e).Equal(time.Time(f)) }

// String returns the date, the time, or "" for never.
func (e Expiry) String() string {
	t := time.Time(e).UTC()
	switch {
	case t.IsZero():
		return ""
	case t.Equal(t.Truncate(day)):
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339Nano)
}

// MarshalText implements [encoding.TextMarshaler].
func (e Expiry) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText takes what String returns.
func (e *Expiry) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*e = Expiry{}
		return nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano} {
		if t, err := time.Parse(layout, string(b)); err == nil {
			*e = Expiry(t.UTC())
			return nil
		}
	}
	return fmt.Errorf("%q is not a date: want 2026-12-24 or 2026-12-24T18:00:00Z", b)
}
