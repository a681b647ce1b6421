package decode

import (
	"slices"
	"strings"
)

// handlers are the operations that change the stack and go on.
var handlers map[string]func(m *machine, in instr)

func init() {
	handlers = map[string]func(m *machine, in instr){
		"POP_TOP": (*machine).popTop, "PUSH_NULL": (*machine).pushNull, "LOAD_BUILD_CLASS": (*machine).loadBuildClass,
		"LOAD_CONST": (*machine).loadConst, "LOAD_SMALL_INT": (*machine).loadSmallInt, "LOAD_COMMON_CONSTANT": (*machine).loadCommon,
		"LOAD_NAME": (*machine).loadName, "LOAD_GLOBAL": (*machine).loadGlobal,
		"LOAD_FROM_DICT_OR_GLOBALS": (*machine).loadFromDict, "LOAD_FROM_DICT_OR_DEREF": (*machine).loadFromDictDeref,
		"LOAD_ATTR": (*machine).loadAttr, "LOAD_METHOD": (*machine).loadMethod, "LOAD_SUPER_ATTR": (*machine).loadSuperAttr, "LOAD_SPECIAL": (*machine).loadSpecial,
		"LOAD_FAST_LOAD_FAST": (*machine).loadFastTwo, "LOAD_FAST_BORROW_LOAD_FAST_BORROW": (*machine).loadFastTwo,
		"STORE_FAST_LOAD_FAST": (*machine).storeLoad, "STORE_FAST_STORE_FAST": (*machine).storeTwo,
		"STORE_ATTR": (*machine).storeAttr, "STORE_SUBSCR": (*machine).storeSubscript, "STORE_SLICE": (*machine).storeSlice, "STORE_MAP": (*machine).storeMap,
		"STORE_ANNOTATION": (*machine).popTop,
		"DELETE_NAME":      (*machine).deleteName, "DELETE_GLOBAL": (*machine).deleteName, "DELETE_FAST": (*machine).deleteLocal, "DELETE_DEREF": (*machine).deleteDeref,
		"DELETE_ATTR": (*machine).deleteAttr, "DELETE_SUBSCR": (*machine).deleteSubscript,
		"DUP_TOP": (*machine).dupTop, "DUP_TOP_TWO": (*machine).dupTopTwo, "DUP_TOPX": (*machine).dupTopX,
		"ROT_TWO": rotate(2), "ROT_THREE": rotate(3), "ROT_FOUR": rotate(4), "ROT_N": (*machine).rotateN, "SWAP": (*machine).swap,
		"BINARY_SUBSCR": (*machine).subscript, "BINARY_SLICE": (*machine).binarySlice, "BINARY_OP": (*machine).binaryOp,
		"COMPARE_OP": (*machine).compare, "IS_OP": (*machine).is, "CONTAINS_OP": (*machine).contains,
		"CHECK_EXC_MATCH": (*machine).match, "CHECK_EG_MATCH": (*machine).match,
		"GET_ITER": nothing, "GET_YIELD_FROM_ITER": (*machine).yieldFromIter, "GET_AWAITABLE": (*machine).await, "YIELD_FROM": (*machine).yieldFrom,
		"YIELD_VALUE": (*machine).yield, "GET_AITER": nothing, "GET_ANEXT": (*machine).anext, "RETURN_GENERATOR": (*machine).pushPlain,
		"UNPACK_SEQUENCE": (*machine).unpack, "UNPACK_EX": (*machine).unpackRest,
		"FORMAT_VALUE": (*machine).formatValue, "FORMAT_SIMPLE": (*machine).formatSimple, "FORMAT_WITH_SPEC": (*machine).formatSpec, "CONVERT_VALUE": (*machine).convert,
		"BEFORE_WITH": (*machine).enter, "BEFORE_ASYNC_WITH": (*machine).enterAsync,
		"WITH_EXCEPT_START": (*machine).pushPlain, "WITH_CLEANUP_START": (*machine).pushPlain, "WITH_CLEANUP_FINISH": (*machine).drop, "WITH_CLEANUP": (*machine).drop,
		"PUSH_EXC_INFO": (*machine).pushPlain, "POP_EXCEPT": (*machine).popExcept, "END_ASYNC_FOR": (*machine).drop,
		"END_FOR": (*machine).drop, "POP_ITER": (*machine).drop, "END_SEND": nothing, "INTERPRETER_EXIT": nothing,
		"LOAD_ASSERTION_ERROR": (*machine).loadAssertion, "LOAD_LOCALS": (*machine).loadLocals,
		"CALL_INTRINSIC_1": (*machine).intrinsic1, "CALL_INTRINSIC_2": (*machine).intrinsic2,
		"MATCH_MAPPING": (*machine).pushPlain, "MATCH_SEQUENCE": (*machine).pushPlain, "MATCH_KEYS": (*machine).matchKeys, "MATCH_CLASS": (*machine).matchClass,
		"GET_LEN": (*machine).pushPlain, "COPY_DICT_WITHOUT_KEYS": nothing, "ASYNC_GEN_WRAP": nothing, "PREP_RERAISE_STAR": (*machine).drop,
		"PRINT_ITEM": (*machine).printItem, "PRINT_ITEM_TO": (*machine).printItemTo, "PRINT_NEWLINE": nothing, "PRINT_NEWLINE_TO": (*machine).drop, "PRINT_EXPR": (*machine).popTop,
		"EXEC_STMT": (*machine).exec, "BUILD_CLASS": (*machine).buildClass2, "UNARY_CONVERT": (*machine).repr, "IMPORT_STAR": (*machine).importStar,
		"IMPORT_NAME": (*machine).importName, "IMPORT_FROM": (*machine).importFrom,
	}
	for _, op := range strings.Fields("NOP RESUME NOT_TAKEN PRECALL MAKE_CELL COPY_FREE_VARS GEN_START SETUP_LOOP POP_BLOCK POP_FINALLY BEGIN_FINALLY " +
		"CALL_FINALLY END_FINALLY RERAISE SETUP_ANNOTATIONS TO_BOOL EXIT_INIT_CHECK RESERVED LIST_TO_TUPLE CLEANUP_THROW STOP_CODE") {
		handlers[op] = nothing
	}
	for _, op := range strings.Fields("LOAD_FAST LOAD_FAST_CHECK LOAD_FAST_BORROW LOAD_FAST_AND_CLEAR") {
		handlers[op] = (*machine).loadFast
	}
	for _, op := range strings.Fields("LOAD_DEREF LOAD_CLASSDEREF LOAD_CLOSURE") {
		handlers[op] = (*machine).loadDeref
	}
	for name, sign := range binarySigns {
		handlers["BINARY_"+name] = binary2(sign)
		handlers["INPLACE_"+name] = binary2(sign)
	}
	for name, sign := range map[string]string{"NEGATIVE": "-", "POSITIVE": "+", "INVERT": "~", "NOT": "not "} {
		handlers["UNARY_"+name] = unary(sign)
	}
	for i, suffix := range []string{"+0", "+1", "+2", "+3"} {
		handlers["SLICE"+suffix] = slice2(i)
		handlers["STORE_SLICE"+suffix] = storeSlice2(i)
		handlers["DELETE_SLICE"+suffix] = slice2Drop(i)
	}
	addBuilders()
	addCalls()
}

func nothing(*machine, instr) {}

func (m *machine) pushNull(instr)       { m.push(slot{kind: null}) }
func (m *machine) pushPlain(instr)      { m.push(unknown()) }
func (m *machine) loadBuildClass(instr) { m.push(slot{kind: buildClass}) }
func (m *machine) drop(instr)           { m.pop() }
func (m *machine) loadAssertion(instr)  { m.push(plainSlot("AssertionError")) }
func (m *machine) loadLocals(instr)     { m.push(m.combine("locals()", false)) }
func (m *machine) match(instr)          { m.pop(); m.push(unknown()) }
func (m *machine) dupTop(instr)         { m.duplicate(1) }
func (m *machine) anext(instr) {
	if s := m.peek(1); s != nil {
		m.push(m.combine("(await anext("+m.text(*s)+"))", false))
	}
}

func (m *machine) popTop(instr) {
	s := m.pop()
	if s.kind == importSlot && !s.imp.from {
		return // told where a member was stored
	}
	m.effect(s)
}

func (m *machine) popExcept(instr) {
	if m.c.Version.least(3, 11) {
		m.pop()
		return
	}
	m.popN(min(3, len(m.stack)))
}

// constant loads a constant; a long one gets a name.
func (m *machine) constant(i int) slot {
	if i < 0 || i >= len(m.c.Consts) {
		m.r.doubt("constant")
		return unknown()
	}
	v := m.c.Consts[i]
	if v.Code != nil {
		return slot{kind: functionSlot, fn: &function{code: v.Code}, value: v}
	}
	text := literal(v, max(m.r.room, 0))
	s := slot{text: text, value: v}
	if len(text) > longConstant {
		name := m.r.temp()
		m.emit(name + " = " + text)
		s.text = name
	}
	return s
}

func (m *machine) loadConst(in instr) { m.push(m.constant(in.arg)) }
func (m *machine) loadSmallInt(in instr) {
	m.push(plainSlot(literal(&Value{Kind: Int, Text: itoa(in.arg)}, 20)))
}

func (m *machine) loadCommon(in instr) {
	names := []string{"AssertionError", "NotImplementedError", "tuple", "all", "any"}
	name := at(names, in.arg)
	m.push(plainSlot(m.known(name)))
}

func (m *machine) loadName(in instr) { m.push(plainSlot(identifier(m.name(in.arg)))) }

// loadGlobal has a flag for the calling convention's empty slot in its lowest bit
// from 3.11 on. The slot comes first up to 3.12, then last.
func (m *machine) loadGlobal(in instr) {
	arg, call := in.arg, false
	if m.c.Version.least(3, 11) {
		arg, call = arg>>1, arg&1 != 0
	}
	m.pushCallable(plainSlot(identifier(m.name(arg))), call)
}

func (m *machine) pushCallable(s slot, call bool) {
	if call && !m.c.Version.least(3, 13) {
		m.push(slot{kind: null})
	}
	m.push(s)
	if call && m.c.Version.least(3, 13) {
		m.push(slot{kind: null})
	}
}

func (m *machine) loadFast(in instr)  { m.push(plainSlot(identifier(m.local(in.arg)))) }
func (m *machine) loadDeref(in instr) { m.push(plainSlot(identifier(m.deref(in.arg)))) }

func (m *machine) loadFromDict(in instr) {
	m.pop()
	m.loadName(in)
}

func (m *machine) loadFromDictDeref(in instr) {
	m.pop()
	m.loadDeref(in)
}

func (m *machine) loadFastTwo(in instr) {
	m.loadFast(instr{arg: in.arg >> 4 & 15})
	m.loadFast(instr{arg: in.arg & 15})
}

func (m *machine) storeLoad(in instr) {
	m.assign(m.local(in.arg >> 4 & 15))
	m.loadFast(instr{arg: in.arg & 15})
}

func (m *machine) storeTwo(in instr) {
	m.assign(m.local(in.arg >> 4 & 15))
	m.assign(m.local(in.arg & 15))
}

func (m *machine) loadAttr(in instr) {
	arg, method := in.arg, false
	if m.c.Version.least(3, 12) {
		arg, method = arg>>1, arg&1 != 0
	}
	m.member(m.name(arg), method)
}

func (m *machine) member(name string, method bool) {
	s := m.pop()
	if s.kind == importSlot && !s.imp.from { // import a.b as c, up to 3.6
		m.push(s)
		return
	}
	m.pushCallable(m.combine(attribute(m.operand(s), name), false, s), method)
}

// operand puts what binds weaker than an attribute access into parentheses.
func (m *machine) operand(s slot) string {
	text := m.text(s)
	if s.kind == expression && s.value != nil && (s.value.Kind == Int || s.value.Kind == Float) || strings.HasPrefix(text, "-") {
		return "(" + text + ")"
	}
	return text
}

func (m *machine) loadMethod(in instr) {
	s := m.pop()
	method := m.combine(attribute(m.operand(s), m.name(in.arg)), false, s)
	if m.c.Version.least(3, 11) {
		m.push(slot{kind: null})
		m.push(method)
		return
	}
	m.push(method)
	m.push(slot{kind: null})
}

func (m *machine) loadSuperAttr(in instr) {
	m.popN(min(3, len(m.stack)))
	m.pushCallable(plainSlot(attribute("super()", m.name(in.arg>>2))), in.arg&1 != 0)
}

// loadSpecial loads __enter__ or __exit__ for a with statement, from 3.14 on.
func (m *machine) loadSpecial(in instr) {
	s := m.pop()
	kind := exitSlot
	if in.arg%2 == 0 {
		kind = enterSlot
	}
	m.push(slot{kind: kind, text: m.text(s), effect: s.effect && kind == enterSlot})
	m.push(slot{kind: null})
}

// enter is the begin of a with statement; the object stands for what its
// __enter__ returns, as it does for files, sockets and responses.
func (m *machine) enter(instr) {
	s := m.pop()
	if s.effect {
		s = m.named(s)
	}
	m.push(slot{kind: exitSlot, text: "_"})
	m.push(s)
}

func (m *machine) enterAsync(in instr) { m.enter(in) }

func (m *machine) yield(instr) {
	v := m.pop()
	m.push(m.combine("(yield "+m.text(v)+")", true, v))
}

func (m *machine) yieldFromIter(instr) {
	v := m.pop()
	m.push(m.combine("(yield from "+m.text(v)+")", true, v))
}

func (m *machine) await(instr) {
	v := m.pop()
	if v.kind == exitSlot || m.c.Flags&(flagCoroutine|flagAsyncGen) == 0 {
		m.push(v)
		return
	}
	m.push(m.combine("(await "+m.text(v)+")", true, v))
}

func (m *machine) yieldFrom(instr) { m.pop() }

func (m *machine) duplicate(depth int) {
	s := m.peek(depth)
	if s == nil {
		if !m.cold {
			m.r.doubt("duplicate")
		}
		m.push(unknown())
		return
	}
	if s.kind == expression && (s.effect || len(s.text) > 64 || isContainer(s.text)) {
		*s = m.named(*s)
	} else if s.kind == functionSlot || s.kind == bodySlot {
		*s = plainSlot(m.text(*s))
	}
	m.push(*s)
}

func (m *machine) dupTopTwo(instr) {
	m.duplicate(2)
	m.duplicate(2)
}

func (m *machine) dupTopX(in instr) {
	for range min(in.arg, 5) {
		m.duplicate(in.arg)
	}
}

// rotate moves the top below n-1 others.
func rotate(n int) func(m *machine, in instr) {
	return func(m *machine, _ instr) {
		if n < 1 || len(m.stack) < n {
			if !m.cold {
				m.r.doubt("rotate")
			}
			return
		}
		top := m.stack[len(m.stack)-1]
		m.stack = slices.Insert(m.stack[:len(m.stack)-1], len(m.stack)-n, top)
	}
}

func (m *machine) rotateN(in instr) { rotate(min(in.arg, 64))(m, in) }

func (m *machine) swap(in instr) {
	other := m.peek(in.arg)
	if other == nil {
		if !m.cold {
			m.r.doubt("swap")
		}
		return
	}
	top := &m.stack[len(m.stack)-1]
	*top, *other = *other, *top
}
