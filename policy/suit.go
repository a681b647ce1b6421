package policy

import (
	"slices"

	"pipwarden/pypi"
)

// maxRelease is how many files of a release are looked at for each of its
// sdists; the largest genuine releases list about 130. A page of thousands of
// sdists and wheels of one release would otherwise take their product of steps.
const maxRelease = 500

// crowded reports whether the release lists more files than are looked at.
func (s *Subject) crowded() bool { return len(s.Release) > maxRelease }

// python2 stands for the last interpreters that universal wheels of today do
// not suit.
var python2 = mustVersion("2.7.18")

func mustVersion(s string) pypi.Version {
	v, err := pypi.ParseVersion(s)
	if err != nil {
		panic("policy: " + err.Error())
	}
	return v
}

// suitableWheel returns the name of a wheel of the subject's release that the
// client would take, or "". The release is not crowded. What a client does not say is not held for it: only
// a wheel that suits everybody suits a client of which nothing is known.
func (s *Subject) suitableWheel() string {
	if w := s.wheelForAll(); w != "" {
		return w
	}
	for _, f := range s.Release {
		if f == nil || f.Parsed.Kind != pypi.KindWheel {
			continue
		}
		switch s.Client.Fits(f.Parsed, f.RequiresPython) {
		case pypi.FitYes:
			return f.Filename
		case pypi.FitUnknown:
			if universal(f.Parsed) {
				return f.Filename
			}
		}
	}
	return ""
}

// wheelForAll returns the name of a wheel that suits every client that the
// subject, an sdist, suits; or "". It does not look at the client, so that a
// page may be the same for all of them.
func (s *Subject) wheelForAll() string {
	for _, f := range s.Release {
		if f == nil || f.Parsed.Kind != pypi.KindWheel || f.RequiresPython != s.File.RequiresPython || !universal(f.Parsed) {
			continue
		}
		if takes(f.Parsed, "py2") || refusesPython2(f.RequiresPython) {
			return f.Filename
		}
	}
	return ""
}

// universal reports whether a wheel is for any Python 3 on any platform.
func universal(f pypi.Filename) bool { return takes(f, "py3") }

func takes(f pypi.Filename, python string) bool {
	return slices.Contains(f.Tags, pypi.Tag{Python: python, ABI: "none", Platform: "any"})
}

// refusesPython2 reports whether Requires-Python leaves Python 2 out. A text
// that is not understood does not.
func refusesPython2(requires string) bool {
	spec, err := pypi.ParseSpecifiers(requires)
	return err == nil && !spec.IsZero() && !spec.Contains(python2, true)
}

// ClientMatters reports whether the decision about s could be another one for
// another client, by Screen or by Judge. It may say true where it could not,
// never the reverse; a nil Release says that the other files are not known.
func (p *Policy) ClientMatters(s *Subject) bool {
	if p == nil || !p.ready || s == nil || s.File == nil {
		return false
	}
	if p.c.PreferWheel && p.c.SourceInstalls != Block && s.Filename.Kind == pypi.KindSdist && s.suitsSome() {
		return true
	}
	e := eval{p: p, s: s}
	for i := range p.rules {
		if u := &p.rules[i]; !u.client.empty() && u.couldMatch(&e) {
			return true
		}
	}
	return false
}

// suitsSome reports whether the release may have a wheel that suits some clients
// and not others.
func (s *Subject) suitsSome() bool {
	if s.Release == nil {
		return true
	}
	return !s.crowded() && s.wheelForAll() == "" && slices.ContainsFunc(s.Release, func(f *pypi.File) bool {
		return f != nil && f.Parsed.Kind == pypi.KindWheel
	})
}

// couldMatch asks what neither clock nor report can change.
func (u *rule) couldMatch(e *eval) bool {
	for _, ask := range []func(*rule, *eval) answer{
		(*rule).askProject, (*rule).askVersion, (*rule).askKind, (*rule).askIndex, (*rule).askSHA256,
	} {
		if ask(u, e) == no {
			return false
		}
	}
	return true
}
