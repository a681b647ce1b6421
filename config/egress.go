package config

import (
	"fmt"
	"net"
	"time"
)

// Egress is the proxy that clients reach by HTTPS_PROXY and HTTP_PROXY.
type Egress struct {
	Enabled bool `toml:"enabled"`
	// Listen is the address, host:port; "" = the same as the index.
	Listen string `toml:"listen"`
	// Guard are the hosts whose traffic is intercepted, beside those of the indexes. Empty: the hosts on which the indexes'
	// pages list files.
	Guard []string `toml:"guard"`
	// Other is what happens to all other hosts.
	Other Other `toml:"other"`
	// Allow are hosts ("host" or "host:port") that may be reached whatever Other says, and even when their address is
	// private.
	Allow []string `toml:"allow"`
	// Uploads is what happens to uploads to guarded hosts.
	Uploads Uploads `toml:"uploads"`

	CADir      string   `toml:"ca_dir"`      // folder of the authority; "" = pipwarden/ca in the user's data folder
	CACert     string   `toml:"ca_cert"`     // PEM file of an authority of the user's own; "" = ours
	CAKey      string   `toml:"ca_key"`      // its key
	CALifetime Duration `toml:"ca_lifetime"` // of an authority of ours

	MaxTunnels  int      `toml:"max_tunnels"`  // connections through the proxy at once
	IdleTimeout Duration `toml:"idle_timeout"` // for a tunnel without a byte
}

// Other says what the egress proxy does with hosts that it does not guard.
type Other string

// The values of Other.
const (
	OtherTunnel Other = "tunnel" // connect them untouched
	OtherRefuse Other = "refuse" // refuse them, but for those allowed
)

// UnmarshalText takes "tunnel" and "refuse".
func (o *Other) UnmarshalText(b []byte) error {
	switch Other(b) {
	case OtherTunnel, OtherRefuse:
		*o = Other(b)
		return nil
	}
	return fmt.Errorf("unknown way %q: want tunnel or refuse", b)
}

// Uploads says what the egress proxy does with uploads to guarded hosts.
type Uploads string

// The values of Uploads.
const (
	UploadsRefuse Uploads = "refuse"
	UploadsPass   Uploads = "pass"
)

// UnmarshalText takes "refuse" and "pass".
func (u *Uploads) UnmarshalText(b []byte) error {
	switch Uploads(b) {
	case UploadsRefuse, UploadsPass:
		*u = Uploads(b)
		return nil
	}
	return fmt.Errorf("unknown way %q: want refuse or pass", b)
}

// maxCALifetime is ten years: a root that outlives the machine helps nobody but a thief.
const maxCALifetime = Duration(3650 * 24 * time.Hour)

func defaultEgress() Egress {
	return Egress{
		Other:       OtherTunnel,
		Uploads:     UploadsRefuse,
		CALifetime:  maxCALifetime,
		MaxTunnels:  4096,
		IdleTimeout: Duration(10 * time.Minute),
	}
}

func (k *checker) egress() {
	e := &k.c.Egress
	if e.Listen != "" {
		k.address("egress.listen", e.Listen)
	}
	for _, h := range e.Guard {
		if net.ParseIP(h) == nil && !isHost(h) {
			k.fail("egress.guard", "got "+quote(h)+", want names or addresses without port")
		}
	}
	k.hosts("egress.allow", e.Allow)
	if (e.CACert == "") != (e.CAKey == "") {
		k.fail("egress.ca_cert", "want both ca_cert and ca_key, or none")
	}
	if e.CALifetime < Duration(24*time.Hour) || e.CALifetime > maxCALifetime {
		k.fail("egress.ca_lifetime", "want one day (24h) to ten years (3650d)")
	}
}
