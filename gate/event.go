package gate

import (
	"context"
	"log/slog"
	"time"

	"pipwarden/cache"
	"pipwarden/policy"
)

// kindDecided is the kind of the gate's events.
const kindDecided = "decided"

// tell tells a decision to the audit trail, the log and the caller's hook, if the request's purpose wants it told.
func (g *Gate) tell(r *Request, a *Admission, start time.Time) {
	if !g.worthTelling(r, a) {
		return
	}
	now := g.Now()
	why := a.Decision.Reason()
	e := cache.Event{
		Time:     now,
		Kind:     kindDecided,
		Session:  r.Session,
		Client:   r.ClientID,
		Index:    r.Index.Name,
		Project:  r.Page.Name,
		Filename: r.Filename.Text,
		SHA256:   a.SHA256,
		Action:   a.Decision.Action.String(),
		Code:     why.Code,
		Reason:   why.Text,
		Setting:  why.Setting,
		Cached:   a.Cached,
		Elapsed:  now.Sub(start),
	}
	if a.Blob != nil {
		e.Bytes = a.Blob.Size()
	}
	g.Store.Append(e)
	if g.OnDecided != nil {
		g.OnDecided(e)
	}
	g.Log.LogAttrs(context.Background(), slog.LevelInfo, "file decided",
		slog.String("file", e.Filename), slog.String("sha256", e.SHA256), slog.String("project", string(e.Project)),
		slog.String("action", e.Action), slog.String("code", e.Code), slog.String("rule", e.Setting),
		slog.String("client", e.Client), slog.String("purpose", r.Purpose.String()), slog.Bool("cached", e.Cached))
}

// worthTelling says which decisions are told. An installer asks several times for a file that it takes once: HEAD,
// the parts that hold a wheel's directory, its metadata. It asks no further when one of these is refused.
func (g *Gate) worthTelling(r *Request, a *Admission) bool {
	switch r.Purpose {
	case Serve:
		return true
	case Head, Metadata:
		return a.Decision.Action == policy.Block
	case Range:
		return g.recent.first(r.Session+"\x00"+r.ClientID+"\x00"+a.SHA256+"\x00"+r.Filename.Text, g.Now())
	}
	return false
}
