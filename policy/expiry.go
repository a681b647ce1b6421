package policy

import (
	"fmt"
	"time"
)

// An Expiry is the moment from which a rule no longer matches: a date such as
// 2026-12-24, which means the start of that day in UTC, or an RFC 3339 time.
// The zero value means never.
type Expiry struct{ time.Time }

// String returns the date, the time, or "" for never.
func (e Expiry) String() string {
	switch {
	case e.IsZero():
		return ""
	case e.Equal(e.Truncate(day)):
		return e.UTC().Format(time.DateOnly)
	}
	return e.UTC().Format(time.RFC3339Nano)
}

// MarshalText implements [encoding.TextMarshaler].
func (e Expiry) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (e *Expiry) UnmarshalText(b []byte) error {
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano} {
		if t, err := time.Parse(layout, string(b)); err == nil {
			e.Time = t.UTC()
			return nil
		}
	}
	return fmt.Errorf("%q is not a date: want 2026-12-24 or 2026-12-24T18:00:00Z", b)
}
