package flow

import "pipwarden/scan/python"

// tryStmt executes the body, then each handler as if it had failed at its end.
func (m *machine) tryStmt(f *frame, s *python.Try) outcome {
	swallows := swallowing(s.Handlers)
	if swallows {
		m.guards++
	}
	o := m.block(f, s.Body)
	if swallows {
		m.guards--
	}
	branches := make([]func() outcome, 0, len(s.Handlers)+1)
	branches = append(branches, func() outcome {
		if o.ends() {
			m.aside(func() { m.block(f, s.Orelse) })
			return o
		}
		return m.block(f, s.Orelse)
	})
	for i := range s.Handlers {
		branches = append(branches, func() outcome { return m.handler(f, &s.Handlers[i]) })
	}
	o = m.fork(branches...)
	if end := m.block(f, s.Finally); end.ends() {
		return end
	}
	return o
}

func (m *machine) handler(f *frame, h *python.ExceptHandler) outcome {
	m.expr(f, h.Type)
	switch {
	case h.Name != "":
		m.set(f, h.Name, nothing)
	case h.Target != nil:
		m.assign(f, h.Target, nothing)
	}
	return m.block(f, h.Body)
}

// swallowing says that a handler goes on as if nothing had happened: none of
// its statements raises.
func swallowing(handlers []python.ExceptHandler) bool {
	for i := range handlers {
		raises := false
		for _, s := range handlers[i].Body {
			if _, ok := s.(*python.Raise); ok {
				raises = true
			}
		}
		if !raises {
			return true
		}
	}
	return false
}

func (m *machine) with(f *frame, s *python.With) outcome {
	guards := m.guards
	var managers []*Value
	for _, item := range s.Items {
		v := m.expr(f, item.Context)
		entered := v
		switch {
		case v.Kind == Instance:
			managers = append(managers, v)
			if got := m.callMethod(f, v, "__enter__"); got != nil {
				entered = got
			}
		case v.Kind == Iterator && len(v.Items) > 0:
			entered = v.Items[0]
		case v.Kind == Ref && v.Str == "contextlib.suppress()":
			m.guards++
		}
		if item.Target != nil {
			m.assign(f, item.Target, entered)
		}
	}
	o := m.block(f, s.Body)
	m.guards = guards
	for _, v := range managers {
		m.callMethod(f, v, "__exit__", nothing, nothing, nothing, nothing)
	}
	if m.guards < guards && o == raised {
		return next
	}
	return o
}
