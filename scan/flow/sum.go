package flow

import (
	"strings"

	"pipwarden/scan/python"
)

// A summing adds many values from the left; texts that are known are put together
// at the end, so that the work is linear.
type summing struct {
	first *Value
	rest  []*Value
	size  int
	meter *meter
}

// add returns a value that stands for v + w; result makes it whole.
func (s *summing) add(v, w *Value) *Value {
	if s.first == nil || v != s.first {
		s.first, s.rest, s.size = nil, nil, 0
	}
	if !summable(v) || !summable(w) || v.Kind != w.Kind || s.size+len(v.Str)+len(w.Str) > resultLimit {
		return concatAll(s, v, w)
	}
	if s.first == nil {
		s.first, s.size = v, len(v.Str)
	}
	s.rest = append(s.rest, w)
	s.size += len(w.Str)
	return v
}

// summable says that a value is a text and nothing more.
func summable(v *Value) bool {
	return isString(v) && !v.Partial && v.Labels == 0 && v.Int == 0 && v.Made == nil
}

func concatAll(s *summing, v, w *Value) *Value {
	v = s.result(v)
	s.first = nil
	return s.meter.binary(python.Add, v, w)
}

// result is the value that v stands for.
func (s *summing) result(v *Value) *Value {
	if s.first == nil || v != s.first || len(s.rest) == 0 {
		return v
	}
	if !s.meter.admits(v) || !s.meter.admits(s.rest...) {
		s.rest = nil
		return refused(v)
	}
	var out strings.Builder
	out.Grow(s.size)
	out.WriteString(v.Str)
	for _, w := range s.rest {
		out.WriteString(w.Str)
	}
	s.rest = nil
	return sameKind(v, out.String())
}
