package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"pipwarden/policy"
)

// A Duration is a time span such as "48h", "7d" or "1h30m".
type Duration = policy.Duration

// A URL is an absolute http or https URL, or "". It prints without its
// password, in every format; [URL.Secret] gives it whole.
type URL string

var errURL = errors.New("want an absolute http or https URL, such as https://index.invalid/simple/")

// UnmarshalText takes an absolute http or https URL, or the empty text.
func (u *URL) UnmarshalText(b []byte) error {
	text := string(b)
	if text == "" {
		*u = ""
		return nil
	}
	// The parse error would hold the password.
	parsed, err := url.Parse(text)
	if err != nil || (parsed.Scheme != "http" && parsed.Scheme != "https") || parsed.Hostname() == "" {
		return errURL
	}
	if parsed.Fragment != "" || parsed.RawQuery != "" {
		return errors.New("want a URL without query and fragment")
	}
	*u = URL(text)
	return nil
}

// MarshalText returns what String returns.
func (u URL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// String returns the URL without its password.
func (u URL) String() string {
	if u == "" {
		return ""
	}
	parsed, err := url.Parse(string(u))
	if err != nil {
		return "redacted"
	}
	if parsed.User != nil {
		// A token may stand in either part.
		parsed.User = url.User("redacted")
	}
	return parsed.String()
}

// GoString is String: %#v prints no password either.
func (u URL) GoString() string { return fmt.Sprintf("%q", u.String()) }

// LogValue keeps the password out of logs.
func (u URL) LogValue() slog.Value { return slog.StringValue(u.String()) }

// Secret returns the URL with its password.
func (u URL) Secret() string { return string(u) }

// A LogLevel is the least level that is logged.
type LogLevel slog.Level

// String returns "debug", "info", "warn" or "error".
func (l LogLevel) String() string { return strings.ToLower(slog.Level(l).String()) }

// MarshalText implements [encoding.TextMarshaler].
func (l LogLevel) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText takes the names that String returns.
func (l *LogLevel) UnmarshalText(b []byte) error {
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
		if string(b) == LogLevel(level).String() {
			*l = LogLevel(level)
			return nil
		}
	}
	return fmt.Errorf("unknown level %q: want debug, info, warn or error", b)
}

// A LogFormat is how a log line is written.
type LogFormat string

// The formats.
const (
	FormatText LogFormat = "text" // for people
	FormatJSON LogFormat = "json" // for programs
)

// UnmarshalText takes "text" and "json".
func (f *LogFormat) UnmarshalText(b []byte) error {
	switch LogFormat(b) {
	case FormatText, FormatJSON:
		*f = LogFormat(b)
		return nil
	}
	return fmt.Errorf("unknown format %q: want text or json", b)
}
