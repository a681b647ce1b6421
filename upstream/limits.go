package upstream

import (
	"cmp"
	"log/slog"
	"time"
)

// Defaults of [Options]. Each stands for a field of the same name.
const (
	// DefaultUserAgent names the guard to the index when the program gives no version.
	DefaultUserAgent = "pipwarden"

	DefaultConnectTimeout = 5 * time.Second  // three SYNs and a slow resolver
	DefaultTLSTimeout     = 5 * time.Second  // two round trips, and a signature on a loaded server
	DefaultHeaderTimeout  = 10 * time.Second // a mirror that fetches the page itself; pip waits 15 s
	DefaultIdleTimeout    = 15 * time.Second // pip's own default between two bytes
	DefaultPageTimeout    = 25 * time.Second // below the 30 s after which uv gives up and asks again

	DefaultMaxPageBytes     = 100 << 20 // 100 MiB; the largest public project pages have about 40 MiB of JSON
	DefaultMaxMetadataBytes = 8 << 20   // 8 MiB; a METADATA with a long README has some 100 kB
	DefaultMaxFileBytes     = 16 << 30  // 16 GiB; wheels with GPU code have up to 4 GiB
	DefaultMaxHeaderBytes   = 64 << 10  // 64 KiB; answers of indexes have 1 to 2 kB

	DefaultRetries      = 2
	DefaultRetryDelay   = 200 * time.Millisecond
	DefaultMaxPerHost   = 64              // pip asks for one page at a time, uv for 50; HTTP/2 servers allow 100 streams
	DefaultBreakerLimit = 3               // consecutive failures before a host rests
	DefaultBreakerPause = 5 * time.Second // long enough for a warm install to go through, short enough not to be noticed
)

// withDefaults fills in what is zero.
func (o Options) withDefaults() Options {
	o.UserAgent = cmp.Or(o.UserAgent, DefaultUserAgent)
	o.ConnectTimeout = cmp.Or(o.ConnectTimeout, DefaultConnectTimeout)
	o.TLSTimeout = cmp.Or(o.TLSTimeout, DefaultTLSTimeout)
	o.HeaderTimeout = cmp.Or(o.HeaderTimeout, DefaultHeaderTimeout)
	o.IdleTimeout = cmp.Or(o.IdleTimeout, DefaultIdleTimeout)
	o.PageTimeout = cmp.Or(o.PageTimeout, DefaultPageTimeout)
	o.MaxPageBytes = cmp.Or(o.MaxPageBytes, DefaultMaxPageBytes)
	o.MaxMetadataBytes = cmp.Or(o.MaxMetadataBytes, DefaultMaxMetadataBytes)
	o.MaxFileBytes = cmp.Or(o.MaxFileBytes, DefaultMaxFileBytes)
	o.MaxHeaderBytes = cmp.Or(o.MaxHeaderBytes, DefaultMaxHeaderBytes)
	o.Retries = cmp.Or(o.Retries, DefaultRetries)
	o.RetryDelay = cmp.Or(o.RetryDelay, DefaultRetryDelay)
	o.MaxPerHost = cmp.Or(o.MaxPerHost, DefaultMaxPerHost)
	o.BreakerLimit = cmp.Or(o.BreakerLimit, DefaultBreakerLimit)
	o.BreakerPause = cmp.Or(o.BreakerPause, DefaultBreakerPause)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}
