package python

// statementWord marks the keywords of both languages that begin a statement
// and cannot stand within an expression. Where one begins a line inside
// brackets, the bracket was never closed.
var statementWord = [256]bool{
	kwAssert: true, kwBreak: true, kwClass: true, kwContinue: true, kwDef: true, kwDel: true,
	kwExcept: true, kwFinally: true, kwGlobal: true, kwImport: true, kwPass: true, kwRaise: true,
	kwReturn: true, kwTry: true, kwWhile: true, kwWith: true, kwElif: true,
}

// file reads
//
//	file: [statements] ENDMARKER
func (p *parser) file() []Stmt {
	mark := p.stmts.mark()
	for !p.at(tEOF) {
		p.statements()
		if p.at(tDedent) {
			p.next()
		}
	}
	return p.stmts.cut(mark)
}

// statements reads statements onto the stack up to the end of the block.
//
//	statements: statement+
func (p *parser) statements() {
	for {
		switch p.tok.kind {
		case tEOF, tDedent:
			return
		case tNewline:
			p.next()
		case tIndent:
			p.object(p.tok.start, "unexpected indent")
			p.next()
			p.statements()
			p.accept(tDedent)
		default:
			p.statement()
		}
	}
}

// statement reads
//
//	statement: compound_stmt | simple_stmts
func (p *parser) statement() {
	p.forget()
	p.begin = p.tok.start
	if !p.compoundStatement() {
		p.simpleStatements()
	}
}

// simpleStatements reads
//
//	simple_stmts: simple_stmt (';' simple_stmt)* [';'] NEWLINE
func (p *parser) simpleStatements() {
	for {
		p.stmts.push(p.simpleStatement())
		if !p.at(tSemi) && !p.at(tNewline) && !p.at(tEOF) {
			p.fail("expected the end of the statement")
		}
		if p.failed {
			p.recover()
		}
		if !p.accept(tSemi) || p.at(tNewline) {
			break
		}
		p.begin = p.tok.start
		if compoundWord[p.tok.kind] {
			p.object(p.tok.start, "a compound statement cannot stand here")
			p.statement()
			return
		}
	}
	p.accept(tNewline)
}

// recover skips what is left of a statement that failed, into a BadStmt. It
// stops before a semicolon, at the end of the logical line, and where a
// physical line within brackets looks like the beginning of a statement.
func (p *parser) recover() {
	start := p.tok.start
	for !p.at(tSemi) && !p.at(tNewline) && !p.at(tEOF) && !p.at(tDedent) && !p.at(tIndent) {
		if p.tok.flags&flagLineStart != 0 && p.tok.start > p.begin && p.beginsStatement() {
			p.lex.resync(p.i)
			p.lex.toks = append(p.lex.toks, token{start: p.prev, end: p.prev, kind: tNewline})
			p.load()
			break
		}
		p.next()
	}
	p.failed = false
	if p.prev > start {
		p.stmts.push(&BadStmt{Span: Span{start, p.prev}, Message: "unreadable"})
	}
}

// beginsStatement reports whether the current token, the first of a physical
// line within brackets, looks like the beginning of a statement: a word that
// always is one, or anything but a closing bracket that is not indented more
// than the statement that failed.
func (p *parser) beginsStatement() bool {
	switch k := p.tok.kind; {
	case statementWord[k]:
		return true
	case k == tRparen || k == tRbracket || k == tRbrace:
		return false
	}
	column := 0
	for i := int(p.tok.start) - 1; i >= 0 && class[p.text[i]] == classSpace; i-- {
		if p.text[i] == '\t' {
			column += tabSize - 1
		}
		column++
	}
	return column <= p.lex.indents[len(p.lex.indents)-1].column
}

// simpleStatement reads
//
//	simple_stmt: assignment | star_expressions | return_stmt | import_stmt | raise_stmt
//	    | 'pass' | del_stmt | yield_stmt | assert_stmt | 'break' | 'continue'
//	    | global_stmt | nonlocal_stmt | type_alias
//
// and Python 2's print_stmt and exec_stmt.
func (p *parser) simpleStatement() Stmt {
	start := p.tok.start
	switch p.tok.kind {
	case kwReturn:
		return p.returnStatement(start)
	case kwImport:
		return p.importName(start)
	case kwFrom:
		return p.importFrom(start)
	case kwRaise:
		return p.raiseStatement(start)
	case kwPass:
		p.next()
		return &Pass{p.span(start)}
	case kwDel:
		return p.delStatement(start)
	case kwAssert:
		return p.assertStatement(start)
	case kwBreak:
		p.next()
		return &Break{p.span(start)}
	case kwContinue:
		p.next()
		return &Continue{p.span(start)}
	case kwGlobal:
		p.next()
		return &Global{Names: p.names(), Span: p.span(start)}
	}
	if p.tok.kind > tName {
		if s := p.softStatement(start); s != nil {
			return s
		}
	}
	return p.assignment(start)
}

// softStatement reads the statements that begin with a word which may be a
// name, or returns nil if it is one here.
func (p *parser) softStatement(start Pos) Stmt {
	switch p.tok.kind {
	case softNonlocal:
		if next := p.peek(); p.py2 && next < tName {
			return nil
		}
		p.only3(start, "nonlocal is Python 3")
		p.next()
		return &Nonlocal{Names: p.names(), Span: p.span(start)}
	case softType:
		if next := p.peek(); next >= tName && p.nameable(next) {
			return p.typeAlias(start)
		}
	case softPrint:
		if p.printsHere() {
			return p.printStatement(start)
		}
	case softExec:
		if p.py2 || startsOperand(p.peek()) {
			return p.execStatement(start)
		}
	}
	return nil
}

// printsHere reports whether print begins Python 2's statement. In Python 3
// it does where what follows could not follow a name.
func (p *parser) printsHere() bool {
	if !p.printFunction {
		return true
	}
	return !p.py2 && startsOperand(p.peek())
}

// startsOperand marks what can follow neither a name nor an operator.
func startsOperand(k kind) bool {
	return k == tString || k == tNumber || k == tFStringStart || k == tBackquote || k >= tName
}

func (p *parser) names() []string {
	mark := p.strings.mark()
	p.strings.push(p.name("expected a name"))
	for p.accept(tComma) {
		p.strings.push(p.name("expected a name"))
	}
	return p.strings.cut(mark)
}

// assignment reads
//
//	assignment: NAME ':' expression ['=' annotated_rhs]
//	    | ('(' single_target ')' | single_subscript_attribute_target) ':' expression ['=' annotated_rhs]
//	    | (star_targets '=')+ (yield_expr | star_expressions)
//	    | single_target augassign (yield_expr | star_expressions)
//
// or an expression by itself.
func (p *parser) assignment(start Pos) Stmt {
	x := p.yieldOrStarExpressions()
	switch k := p.tok.kind; {
	case k == tEqual:
		return p.assign(start, x)
	case k == tColon && !p.failed:
		return p.annotation(start, x)
	case k > tEqual && k <= tDoubleSlashEqual:
		p.checkSingleTarget(x)
		op := operators[k].op
		if op == MatMult {
			p.only3(p.tok.start, "the operator @= is Python 3")
		}
		p.next()
		value := p.yieldOrStarExpressions()
		a := p.augment.new()
		*a = AugAssign{p.span(start), x, op, value}
		return a
	}
	if s, ok := x.(*Starred); ok {
		p.object(s.Start, "a starred expression cannot stand here")
	}
	s := p.exprStmt.new()
	*s = ExprStmt{p.span(start), x}
	return s
}

func (p *parser) assign(start Pos, x Expr) Stmt {
	mark := p.exprs.mark()
	for p.accept(tEqual) {
		p.checkTarget(x, assigned)
		p.exprs.push(x)
		x = p.yieldOrStarExpressions()
	}
	if s, ok := x.(*Starred); ok {
		p.object(s.Start, "a starred expression cannot stand here")
	}
	a := p.slabs.assign.new()
	*a = Assign{p.span(start), p.exprs.cut(mark), x}
	return a
}

func (p *parser) annotation(start Pos, target Expr) Stmt {
	p.only3(p.tok.start, "annotations are Python 3")
	p.checkSingleTarget(target)
	p.next()
	annotation := p.expression()
	var value Expr
	if p.accept(tEqual) {
		value = p.yieldOrStarExpressions()
	}
	_, simple := target.(*Name)
	a := p.annotate.new()
	*a = AnnAssign{p.span(start), target, annotation, value, simple && target.Pos() == start}
	return a
}

func (p *parser) checkSingleTarget(x Expr) {
	switch x.(type) {
	case *Name, *Attribute, *Subscript, *BadExpr:
		p.checkTarget(x, assigned)
	default:
		p.object(x.Pos(), "this expression cannot be the target here")
	}
}
