package proxy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pipwarden/cache"
	"pipwarden/gate"
	"pipwarden/policy"
	"pipwarden/pypi"
	"pipwarden/upstream"
)

// fault is what a client is told of something broken: what and whose, without the words of others. Upstream's faults
// are 504 whatever their kind: pip 24 and newer repeat 500, 502 and 503 six times and then hide the reason.
func fault(err error) problem {
	var (
		busy      *gate.BusyError
		full      *cache.FullError
		store     *gate.StoreError
		scan      *gate.ScanError
		lost      *pageLost
		short     *cache.TruncatedError
		status    *upstream.StatusError
		timeout   *upstream.TimeoutError
		refused   *upstream.RefusedError
		truncated *upstream.TruncatedError
		large     *upstream.TooLargeError
		page      *pypi.PageError
	)
	switch {
	case errors.As(err, &busy):
		return problem{Status: http.StatusServiceUnavailable, Title: "Busy", Detail: "the guard has too many files to scan, try again", RetryAfter: busy.RetryAfter}
	case errors.As(err, &full):
		return problem{Status: http.StatusInsufficientStorage, Title: "Disk full", Detail: "the guard's disk is full: free space or lower cache.max_size"}
	case errors.As(err, &lost):
		return problem{Status: http.StatusInsufficientStorage, Title: "Store broken", Detail: "the guard's store cannot be read or written, see its log"}
	case errors.As(err, &scan):
		return problem{Status: http.StatusInternalServerError, Title: "Scan failed", Detail: "the guard could not scan this file, see its log"}
	case errors.As(err, &store):
		return problem{Status: http.StatusInsufficientStorage, Title: "Store broken", Detail: "the guard's store cannot be read or written, see its log"}
	case errors.Is(err, fs.ErrNotExist):
		return problem{Status: http.StatusNotFound, Title: "Not there", Detail: "the index lists this file but does not have it"}
	case errors.As(err, &status) && status.Code == http.StatusTooManyRequests:
		return upstreamProblem("upstream asks for fewer requests (429), try again later", status.RetryAfter)
	case errors.As(err, &status):
		return upstreamProblem("upstream answered with status "+itoa(status.Code), 0)
	case errors.As(err, &timeout), errors.Is(err, context.DeadlineExceeded):
		return upstreamProblem("upstream did not answer in time", 0)
	case errors.As(err, &refused):
		return problem{Status: http.StatusForbidden, Title: "Refused address", Detail: refusedDetail(refused)}
	case errors.As(err, &truncated), errors.As(err, &short):
		return upstreamProblem("upstream broke off in the middle", 0)
	case errors.As(err, &large):
		return problem{Status: http.StatusForbidden, Title: "Too large", Detail: fmt.Sprintf("upstream sent more than the %d bytes that the guard takes", large.Limit)}
	case errors.As(err, &page):
		return upstreamProblem("upstream sent something that is not an index page: "+page.Reason, 0)
	case errors.Is(err, gate.ErrClosed):
		return problem{Status: http.StatusServiceUnavailable, Title: "Stopping", Detail: "the guard is stopping"}
	}
	return upstreamProblem("upstream could not be reached", 0)
}

// refusedDetail names rule, host and way out of a request that the guard would not make.
func refusedDetail(e *upstream.RefusedError) string {
	d := fmt.Sprintf("the guard does not follow upstream there (%s, host %q)", e.Rule, e.Host)
	if e.Hint != "" {
		d += ": " + e.Hint
	}
	return d
}

func upstreamProblem(detail string, retry time.Duration) problem {
	return problem{Status: http.StatusGatewayTimeout, Title: "Upstream failed", Detail: detail, RetryAfter: retry}
}

// fileProblem logs what is broken and says it to the client.
func (s *Server) fileProblem(r *http.Request, filename string, err error) problem {
	if r.Context().Err() != nil {
		return problem{Status: http.StatusGatewayTimeout, Title: "Gone", Detail: "the client left"}
	}
	s.Log.Error("file not available", "file", filename, "client", clientID(r), "error", err)
	p := fault(err)
	p.Detail = "pipwarden: " + phrase(filename, 100) + ": " + p.Detail
	return p
}

// refuse answers for a blocked file. pdm shows a person nothing but an address: where pages keep the original ones, it is sent to
// one that says why.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, f found, d policy.Decision) {
	prefix, ok := r.Context().Value(blockedKey{}).(string)
	if !ok || clientOf(r).Tool != "pdm" || strings.HasPrefix(r.URL.Path, prefix) {
		s.refusal(r, f, d).write(w, r)
		return
	}
	name := f.l.page.Files[f.i].Filename
	if f.metadata {
		name += metadataExt
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", prefix+slug(d)+"/"+fileID(f.l, f.i)+"/"+url.PathEscape(name))
	w.WriteHeader(http.StatusFound)
}

// refusal is how a blocked file answers: always 403. 404 reads as missing, 5xx is repeated, and after 410 and 451 uv
// shows no body.
func (s *Server) refusal(r *http.Request, f found, d policy.Decision) problem {
	name := f.l.page.Files[f.i].Parsed
	what := string(f.l.name)
	if !name.Version.IsZero() {
		what += " " + name.Version.String()
	}
	p := problem{Status: http.StatusForbidden, Title: "Blocked by pipwarden",
		Detail: "Blocked by pipwarden: " + what + ": " + phrase(reasonText(d), 200)}
	if b := base(r); b != "" {
		p.Why = b + "/-/why/" + fileID(f.l, f.i)
	}
	return p
}
