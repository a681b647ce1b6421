package python

import "slices"

// compoundWord marks the kinds that begin a compound statement whatever
// follows.
var compoundWord = [256]bool{
	kwIf: true, kwWhile: true, kwFor: true, kwTry: true, kwWith: true, kwDef: true, kwClass: true, tAt: true,
}

// compoundStatement reads
//
//	compound_stmt: function_def | if_stmt | class_def | with_stmt | for_stmt
//	    | try_stmt | while_stmt | match_stmt
//
// and pushes it onto the stack, or reports that there is none.
func (p *parser) compoundStatement() bool {
	start := p.tok.start
	switch p.tok.kind {
	case kwIf:
		p.ifStatement()
	case kwWhile:
		p.whileStatement(start)
	case kwFor:
		p.forStatement(start, false)
	case kwTry:
		p.tryStatement(start)
	case kwWith:
		p.withStatement(start, false)
	case kwDef:
		p.functionDef(start, nil, false)
	case kwClass:
		p.classDef(start, nil)
	case tAt:
		p.decorated()
	case softAsync:
		return p.asyncStatement(start)
	case softMatch:
		return p.matchStatement(start)
	default:
		return false
	}
	return true
}

// asyncStatement reads async def, async for and async with.
func (p *parser) asyncStatement(start Pos) bool {
	switch p.peek() {
	case kwDef:
		p.next()
		p.functionDef(start, nil, true)
	case kwFor:
		p.next()
		p.forStatement(start, true)
	case kwWith:
		p.next()
		p.withStatement(start, true)
	default:
		return false
	}
	p.only3(start, "async is Python 3")
	return true
}

// block reads
//
//	block: NEWLINE INDENT statements DEDENT | simple_stmts
//
// after the colon of a header. A header that failed is skipped first, so that
// its block is still read as one.
func (p *parser) block() []Stmt {
	if !p.failed {
		p.expect(tColon, "expected ':'")
	}
	mark := p.stmts.mark()
	if p.failed {
		p.recover()
		p.accept(tSemi)
	}
	if p.level >= MaxIndent {
		p.limit(p.tok.start, "too many nested blocks", LimitDepth)
		p.skipBlock()
		return p.stmts.cut(mark)
	}
	p.level++
	switch {
	case p.at(tNewline):
		p.next()
		if !p.accept(tIndent) {
			p.object(p.tok.start, "expected an indented block")
			break
		}
		p.statements()
		p.accept(tDedent)
	case compoundWord[p.tok.kind]:
		p.object(p.tok.start, "a compound statement cannot stand here")
		p.statement()
	default:
		p.begin = p.tok.start
		p.simpleStatements()
	}
	p.level--
	return p.stmts.cut(mark)
}

// skipBlock moves behind a block without reading it.
func (p *parser) skipBlock() {
	start, open := p.tok.start, 0
	for !p.at(tEOF) {
		switch p.tok.kind {
		case tIndent:
			open++
		case tDedent:
			open--
		}
		if open < 0 {
			break
		}
		newline := p.at(tNewline) || p.at(tDedent)
		p.next()
		if newline && open == 0 && !p.at(tIndent) {
			break
		}
		p.forget()
	}
	p.stmts.push(&BadStmt{Span: p.span(start), Message: "too many nested blocks"})
}

// ifStatement reads
//
//	if_stmt:   'if' named_expression ':' block (elif_stmt | [else_block])
//	elif_stmt: 'elif' named_expression ':' block (elif_stmt | [else_block])
//
// A chain of elif is read in a loop: it may be as long as a file. Each elif is
// one level deeper in the tree; where there are too many the chain is cut, and
// goes on as a statement of its own.
func (p *parser) ifStatement() {
	outer := p.elifs
	for more := true; more; more = p.at(kwElif) {
		if p.at(kwElif) {
			p.limit(p.tok.start, "too many elif branches", LimitHeight)
		}
		chain := p.elifChain()
		chain[len(chain)-1].Orelse = p.elseBlock()
		for i, s := range slices.Backward(chain) {
			s.Stop = p.prev
			if i > 0 {
				chain[i-1].Orelse = p.oneStmt(s)
			}
		}
		p.elifs = outer
		p.stmts.push(chain[0])
	}
}

// elifChain reads an if and the elif that follow, up to maxElif.
func (p *parser) elifChain() []*If {
	var chain []*If
	for {
		s := p.slabs.ifStmt.new()
		s.Elif = len(chain) > 0
		s.Start = p.tok.start
		p.next()
		s.Test = p.namedExpression()
		s.Body = p.block()
		chain = append(chain, s)
		if !p.at(kwElif) || p.elifs >= maxElif {
			return chain
		}
		p.elifs++
	}
}

// maxElif is the number of elif branches between the root of the tree and any
// statement. CPython's own limit lies near 3000.
const maxElif = 4000

func (p *parser) oneStmt(s Stmt) []Stmt {
	out := p.stmts.make(1)
	out[0] = s
	return out
}

// elseBlock reads
//
//	else_block: 'else' ':' block
func (p *parser) elseBlock() []Stmt {
	if !p.at(kwElse) {
		return nil
	}
	p.next()
	return p.block()
}

// whileStatement reads
//
//	while_stmt: 'while' named_expression ':' block [else_block]
func (p *parser) whileStatement(start Pos) {
	p.next()
	s := &While{}
	s.Test = p.namedExpression()
	s.Body = p.block()
	s.Orelse = p.elseBlock()
	s.Span = p.span(start)
	p.stmts.push(s)
}

// forStatement reads
//
//	for_stmt: ['async'] 'for' star_targets 'in' star_expressions ':' block [else_block]
func (p *parser) forStatement(start Pos, async bool) {
	p.next()
	s := p.slabs.forLoop.new()
	s.Async = async
	s.Target = p.targetList()
	if p.expect(kwIn, "expected in after the target of for") {
		s.Iter = p.starExpressions()
	} else {
		s.Iter = &BadExpr{Span: Span{p.tok.start, p.tok.start}, Message: "no iterable"}
	}
	s.Body = p.block()
	s.Orelse = p.elseBlock()
	s.Span = p.span(start)
	p.stmts.push(s)
}

// withStatement reads
//
//	with_stmt: ['async'] 'with' '(' ','.with_item+ [','] ')' ':' block
//	    | ['async'] 'with' ','.with_item+ ':' block
//
// The parenthesis may as well begin an expression. The items are tried first
// and read again as an expression if no colon follows; nothing inside can try
// again, so no text is read more than twice.
func (p *parser) withStatement(start Pos, async bool) {
	p.next()
	s := &With{Async: async}
	if p.at(tLparen) {
		before := p.save()
		s.Items = p.withItems(true)
		s.Parens = true
		if p.failed || !p.at(tColon) {
			p.restore(before)
			s.Items, s.Parens = nil, false
		} else {
			p.keep()
		}
	}
	if s.Items == nil {
		s.Items = p.withItems(false)
	}
	s.Body = p.block()
	s.Span = p.span(start)
	p.stmts.push(s)
}

// withItems reads
//
//	with_item: expression ['as' star_target]
func (p *parser) withItems(parens bool) []WithItem {
	if parens {
		p.next()
	}
	var items []WithItem
	for !parens || !p.at(tRparen) {
		var item WithItem
		if parens {
			item.Context = p.namedExpression()
		} else {
			item.Context = p.expression()
		}
		if p.accept(kwAs) {
			item.Target = p.starTarget()
			p.checkTarget(item.Target, assigned)
		}
		items = append(items, item)
		if p.failed || !p.accept(tComma) {
			break
		}
	}
	if parens && p.expect(tRparen, "expected ')' or ','") && len(items) == 0 {
		p.fail("expected an expression")
	}
	return items
}
