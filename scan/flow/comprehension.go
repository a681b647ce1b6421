package flow

import (
	"pipwarden/scan/python"
	"pipwarden/scan/vocabulary"
)

// A gathering is a comprehension that is being evaluated.
type gathering struct {
	clauses []python.Comprehension
	elt     python.Expr
	value   python.Expr // of a DictComp
	items   []*Value
	pairs   []Pair
	partial bool
	// labels and made are those of what the clauses go through: what is chosen
	// by decoded data is decoded, though it stands in a table.
	labels labelSet
	made   []string
}

func (m *machine) comprehension(f *frame, kind Kind, clauses []python.Comprehension, elt, value python.Expr) *Value {
	g := &gathering{clauses: clauses, elt: elt, value: value}
	m.clause(f.within(), g, 0)
	if kind == Dict {
		v := dict(g.pairs)
		if v.Kind == Dict {
			v.Partial = v.Partial || g.partial
		}
		return chosenBy(v, g.labels, g.made)
	}
	v := sequence(kind, g.items)
	if v.Kind == kind {
		v.Partial = g.partial
	}
	return chosenBy(v, g.labels, g.made)
}

// choosing are the labels of data that what it selects carries too.
var choosing = vocabulary.Set(vocabulary.Decoded, vocabulary.Decrypted, vocabulary.Network, vocabulary.Received)

// chosenBy returns v as what was chosen by data with labels.
func chosenBy(v *Value, labels labelSet, made []string) *Value {
	if labels&^v.Labels == 0 {
		return v
	}
	c := *v
	c.Labels |= labels
	c.Made = longer(c.Made, made)
	return &c
}

// clause goes through one for and all behind it.
func (m *machine) clause(f *frame, g *gathering, i int) {
	if i == len(g.clauses) {
		if g.value != nil {
			k := m.expr(f, g.elt)
			g.pairs = append(g.pairs, Pair{k, m.expr(f, g.value)})
			return
		}
		g.items = append(g.items, m.expr(f, g.elt))
		return
	}
	c := &g.clauses[i]
	over := m.expr(f, c.Iter)
	g.labels |= over.Labels & choosing
	g.made = longer(g.made, over.Made)
	items, ok := m.items(f, over)
	if !ok || len(items) == 0 {
		g.partial = true
		m.round(f, g, i, element(over, items))
		return
	}
	calm := m.calm()
	m.loop()
	round := 0
	for ; round < len(items) && m.goOn(); round++ {
		if round >= maxDoubtful && !calm() {
			break
		}
		m.round(f, g, i, items[round])
	}
	m.loops--
	if round < len(items) {
		g.partial = true
		m.round(f, g, i, m.sample(items[round:]))
	}
}

// round takes one item through the conditions of a clause.
func (m *machine) round(f *frame, g *gathering, i int, item *Value) {
	m.bindTarget(f, g.clauses[i].Target, item)
	for _, cond := range g.clauses[i].Ifs {
		t, ok := m.test(f, cond)
		if ok && !t {
			m.passed(f, g, i)
			return
		}
		g.partial = g.partial || !ok
	}
	m.clause(f, g, i+1)
}

// passed evaluates, once, what a condition leaves out.
func (m *machine) passed(f *frame, g *gathering, i int) {
	if m.loops > 0 && f.unit.perNode[g.elt] > 0 {
		return
	}
	f.unit.perNode[g.elt]++
	other := &gathering{clauses: g.clauses, elt: g.elt, value: g.value}
	m.aside(func() { m.clause(f, other, i+1) })
}

// bindTarget assigns the target of a comprehension in its own frame.
func (m *machine) bindTarget(f *frame, t python.Expr, v *Value) {
	if n, ok := t.(*python.Name); ok {
		m.bind(f, n.ID, v)
		return
	}
	f.inner = false
	m.assign(f, t, v)
	f.inner = true
}
