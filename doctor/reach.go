package doctor

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// maxSkew is how far this machine's clock may be from the index's: certificates and the cooldown are off by as much.
const maxSkew = 5 * time.Minute

// reach looks at the guard, its upstream, the way between clients and guard, and the clock.
func (x *Examiner) reach(ctx context.Context) {
	guard := x.Guard.Redacted()
	if x.AskGuard != nil {
		if err := x.AskGuard(ctx); err != nil {
			x.add(Finding{Broken, "guard", guard, "the guard does not answer: " + err.Error(), `start "pipwarden serve", or name its address with --url`})
		} else {
			x.add(Finding{Level: Fine, Check: "guard", Where: guard, Problem: "the guard serves"})
		}
	}
	x.proxied()
	now := x.Now()
	if !x.Built.IsZero() && now.Before(x.Built) {
		x.add(Finding{Broken, "clock", "", fmt.Sprintf("the clock says %s, and this program was built later", now.Format(time.DateTime)), "set the clock"})
	}
	if x.AskUpstream == nil {
		return
	}
	date, err := x.AskUpstream(ctx)
	now = x.Now()
	if err != nil {
		x.add(Finding{Broken, "upstream", "", "the guard's upstream cannot be reached from here: " + err.Error(), upstreamFix(err)})
		return
	}
	x.add(Finding{Level: Fine, Check: "upstream", Problem: "the guard's upstream answers"})
	if date.IsZero() {
		return
	}
	switch skew := now.Sub(date).Round(time.Second); {
	case skew > maxSkew:
		x.add(Finding{Broken, "clock", "", fmt.Sprintf("the clock is %v ahead of upstream's: files end their cooldown too early, certificates expire early", skew), "set the clock"})
	case skew < -maxSkew:
		x.add(Finding{Broken, "clock", "", fmt.Sprintf("the clock is %v behind upstream's: files look younger than they are, certificates look not valid yet", -skew), "set the clock"})
	default:
		x.add(Finding{Level: Fine, Check: "clock", Problem: "the clock agrees with upstream's"})
	}
}

// upstreamFix reads what went wrong by its type.
func upstreamFix(err error) string {
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "set the clock, if it is that; else the index has to renew its certificate"
	case errors.As(err, &unknown):
		return "set ca_bundle under [upstream] to the authority that the index, or a proxy on the way, is signed by"
	}
	return "check the network, [upstream] of the guard's configuration, and HTTPS_PROXY"
}

// proxied looks for a proxy between the clients and the guard, which would not find the guard.
func (x *Examiner) proxied() {
	env := x.Computer.Env
	get := func(upper, lower string) string {
		if v := env[upper]; v != "" {
			return v
		}
		return env[lower]
	}
	c := httpproxy.Config{HTTPProxy: get("HTTP_PROXY", "http_proxy"), HTTPSProxy: get("HTTPS_PROXY", "https_proxy"), NoProxy: get("NO_PROXY", "no_proxy")}
	// Go never uses a proxy for loopback; the clients do. A name that is not loopback's stands in for it.
	u := *x.Guard
	if local(&u) {
		if exempt(c.NoProxy, u.Hostname()) {
			return
		}
		u.Host = "guard.invalid"
	}
	proxy, err := c.ProxyFunc()(&u)
	if err != nil || proxy == nil || proxy.Host == x.Guard.Host || proxy.Host == x.Proxy {
		return
	}
	x.add(Finding{Broken, "proxy", "", fmt.Sprintf("clients send what they ask the guard to the proxy %s", proxy.Redacted()), "add " + x.Guard.Hostname() + " to NO_PROXY"})
}

// exempt tells whether a list of exceptions names a host of loopback, as the clients read it.
func exempt(list, host string) bool {
	addr, _ := netip.ParseAddr(host)
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimSpace(entry)
		if entry == "*" || strings.EqualFold(entry, host) {
			return true
		}
		if p, err := netip.ParsePrefix(entry); err == nil && p.Contains(addr) {
			return true
		}
	}
	return false
}
