package python

// An indentMark is one open indentation level.
type indentMark struct {
	column int  // tabs go to the next multiple of 8, as in both languages
	strict int  // a tab counts as 1: Python 3 wants both to agree
	silent bool // opened without a tIndent, to recover from a bad dedent
}

// tabSize is the width of a tab in both languages.
const tabSize = 8

// indentation skips blank lines and comment lines, and compares the white
// space before the next token with the open levels.
func (l *lexer) indentation() {
	for {
		column, strict := l.margin()
		if l.pos >= len(l.text) {
			return
		}
		switch class[l.text[l.pos]] {
		case classComment:
			l.comment()
		case classNewline:
			l.lineEnd()
		default:
			l.setIndent(column, strict)
			return
		}
	}
}

// margin moves over white space and measures it.
func (l *lexer) margin() (column, strict int) {
	first, firstStrict := -1, 0
	for l.pos < len(l.text) {
		switch l.text[l.pos] {
		case ' ':
			column++
			strict++
		case '\t':
			column = (column/tabSize + 1) * tabSize
			strict++
		case '\f':
			column, strict = 0, 0
		case '\\':
			if l.pos+1 >= len(l.text) || class[l.text[l.pos+1]] != classNewline {
				return pick(first, firstStrict, column, strict)
			}
			if first < 0 {
				first, firstStrict = column, strict
			}
			l.pos++
			l.lineEnd()
			column, strict = 0, 0
			continue
		default:
			return pick(first, firstStrict, column, strict)
		}
		l.pos++
	}
	return pick(first, firstStrict, column, strict)
}

// pick returns the margin of the first of several joined lines.
func pick(first, firstStrict, column, strict int) (int, int) {
	if first >= 0 {
		return first, firstStrict
	}
	return column, strict
}

func (l *lexer) setIndent(column, strict int) {
	top := l.indents[len(l.indents)-1]
	switch {
	case column == top.column:
		if strict != top.strict {
			l.tabError()
		}
	case column > top.column:
		if strict <= top.strict {
			l.tabError()
		}
		l.pushIndent(indentMark{column: column, strict: strict})
	default:
		l.dedent(column, strict)
	}
}

func (l *lexer) tabError() {
	if l.file.Dialect == Py3 {
		l.fail(l.pos, "inconsistent use of tabs and spaces in indentation")
	}
}

func (l *lexer) pushIndent(m indentMark) {
	if len(l.indents) >= MaxIndent {
		l.limit(l.pos, "too many levels of indentation", LimitIndent)
		m.silent = l.indents[len(l.indents)-1].silent
		l.indents[len(l.indents)-1] = m
		return
	}
	l.indents = append(l.indents, m)
	if !m.silent {
		flags := l.flags
		l.emit(tIndent, l.pos)
		l.flags = flags
	}
}

func (l *lexer) popIndent(pos int) {
	top := l.indents[len(l.indents)-1]
	l.indents = l.indents[:len(l.indents)-1]
	if !top.silent {
		flags := l.flags
		l.emit(tDedent, pos)
		l.flags = flags
	}
}

func (l *lexer) dedent(column, strict int) {
	for len(l.indents) > 1 && column < l.indents[len(l.indents)-1].column {
		l.popIndent(l.pos)
	}
	top := l.indents[len(l.indents)-1]
	switch {
	case column != top.column:
		l.fail(l.pos, "unindent does not match any outer level")
		l.pushIndent(indentMark{column: column, strict: strict, silent: true})
	case strict != top.strict:
		l.tabError()
	}
}
