package upstream

import (
	"context"
	"log/slog"
	"net/url"
	"time"
)

// DiscoverOptions says how to find the index. The zero value asks this machine's pip.
type DiscoverOptions struct {
	// Exclude are addresses that are never an index: the guard's own. An index below one of them is passed over, as is
	// every address on loopback whose port one of them has.
	Exclude []*url.URL
	// Env is the environment of the children, as os.Environ gives it. nil is the process's own.
	Env []string
	// Timeout is for each child process; 0 is DefaultPipTimeout.
	Timeout time.Duration
	Log     *slog.Logger // nil discards
}

// DefaultPipTimeout is for one pip command: an old laptop's cold disk takes 3 s.
const DefaultPipTimeout = 15 * time.Second

// Discovery is what pip on this machine uses.
type Discovery struct {
	Indexes []Index
	Origin  string // where the first index is written: "PIP_INDEX_URL", a file's name, "pip's built-in default"
	// CABundle, ClientCert and Proxy are pip's settings of these names, for Options; "" and nil when pip has none.
	CABundle   string
	ClientCert string
	Proxy      *url.URL
	Notes      []string // what a person should know: further indexes, settings that are not followed
}

// Discover finds the indexes that pip on this machine would use: its environment and configuration files as pip
// itself reports them, else the default that is built into it. Without an answer it returns *NoUpstreamError.
func Discover(ctx context.Context, opts DiscoverOptions) (Discovery, error) {
	return Discovery{}, &NoUpstreamError{}
}
