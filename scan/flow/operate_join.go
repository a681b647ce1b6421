package flow

// join is a value that is a or b: one of them if they are the same, a Union
// otherwise.
func join(a, b *Value) *Value {
	switch {
	case a == nil:
		return b
	case b == nil || a == b:
		return a
	}
	return joinAll([]*Value{a, b})
}

// joinAll is a value that is one of list, which is not empty. What goes beyond
// the width of a Union leaves its labels.
func joinAll(list []*Value) *Value {
	u := &Value{Kind: Union}
	for _, v := range list {
		u.Labels |= v.Labels
		if v.Kind != Union {
			u.choose(v)
			continue
		}
		u.Partial = u.Partial || v.Partial
		for _, item := range v.Items {
			u.choose(item)
		}
	}
	switch {
	case len(u.Items) == 0:
		return labelled(u.Labels)
	case len(u.Items) == 1 && !u.Partial:
		return carryShallow(u.Items[0], u.Labels)
	}
	return u
}

// choose adds one more value to a Union, unless it holds an equal one.
func (u *Value) choose(v *Value) {
	for i, item := range u.Items {
		if same(item, v) {
			u.Items[i] = carryShallow(item, v.Labels)
			return
		}
	}
	if len(u.Items) == unionWidth {
		u.Partial = true
		u.Labels |= labelsOf(v)
		return
	}
	u.Items = append(u.Items, v)
}

// same says that two values need not be told apart.
func same(a, b *Value) bool {
	if a == b {
		return true
	}
	if a.Kind != b.Kind || a.ID != b.ID || a.Partial != b.Partial {
		return false
	}
	switch a.Kind {
	case Unknown, None:
		return true
	case Bool, Int:
		return a.Int == b.Int && a.Big == b.Big
	case Float:
		return a.Float == b.Float
	case Text, Bytes:
		return a.Str == b.Str
	case Ref:
		return a.Str == b.Str && a.Self == b.Self
	case Function, Class, Module:
		return a.Func == b.Func && a.Class == b.Class && a.Module == b.Module
	}
	return false
}
