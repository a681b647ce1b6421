package decode

import (
	_ "embed" // the table of operations
	"fmt"
	"strconv"
	"strings"
	"sync"
)

//go:embed opcodes.txt
var opcodeText string

// An operation is what one number means in one version.
type operation struct {
	name   string // "" for none
	caches int    // of two bytes each that follow it
}

// tables are the versions whose bytecode is read, the oldest first.
var tables = []Version{{2, 7}, {3, 6}, {3, 7}, {3, 8}, {3, 9}, {3, 10}, {3, 11}, {3, 12}, {3, 13}, {3, 14}}

// operations maps versions to their tables.
var operations = sync.OnceValue(func() map[Version]*[256]operation {
	out := map[Version]*[256]operation{}
	for _, v := range tables {
		out[v] = &[256]operation{}
	}
	for line := range strings.Lines(opcodeText) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "#" {
			continue
		}
		for _, f := range fields[1:] {
			if err := addOperation(out, fields[0], f); err != nil {
				panic("decode: opcodes.txt: " + err.Error())
			}
		}
	}
	return out
})

// addOperation reads "3.11-3.12=122/1".
func addOperation(out map[Version]*[256]operation, name, field string) error {
	versions, numbers, _ := strings.Cut(field, "=")
	first, last, _ := strings.Cut(versions, "-")
	number, caches, _ := strings.Cut(numbers, "/")
	n, err := strconv.ParseUint(number, 10, 8)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	c := 0
	if caches != "" {
		if c, err = strconv.Atoi(caches); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	from, to := ParseVersion(first), ParseVersion(last)
	for _, v := range tables {
		if v.least(from.Major, from.Minor) && to.least(v.Major, v.Minor) {
			out[v][n] = operation{name, c}
		}
	}
	return nil
}

// An instr is one instruction with its prefixes.
type instr struct {
	op     string
	arg    int
	at     int // offset in bytes of the first prefix
	target int // where it jumps, as an index of instructions; -1 for none
}

// noArgument is the first operation with an argument in the bytecode of 2.7.
const noArgument = 90

// instructions decodes the bytecode; ok is false for a version without a table.
func (c *Code) instructions() (out []instr, ok bool) {
	ops := operations()[c.Version]
	if ops == nil {
		return nil, false
	}
	wide := c.Version.least(3, 6)
	code := c.Bytecode
	targets := map[int]int{} // instruction to offset
	index := map[int]int{}   // offset to instruction
	start, arg := 0, 0
	for at := 0; at < len(code); {
		number := code[at]
		op := ops[number]
		at++
		switch {
		case wide && at < len(code):
			arg = arg<<8 | int(code[at])
			at++
		case !wide && number >= noArgument && at+1 < len(code):
			arg = arg<<16 | int(code[at]) | int(code[at+1])<<8
			at += 2
		}
		if op.name == "EXTENDED_ARG" {
			arg &= 0xffffff
			continue
		}
		index[start] = len(out)
		at += 2 * op.caches
		if t, jumps := target(c.Version, op.name, arg, at); jumps {
			targets[len(out)] = t
		}
		out = append(out, instr{op: op.name, arg: arg, at: start, target: -1})
		start, arg = at, 0
	}
	index[len(code)] = len(out)
	for i, offset := range targets {
		if t, ok := index[offset]; ok {
			out[i].target = t
		}
	}
	return out, true
}

// target computes where an instruction jumps to, in bytes.
func target(v Version, op string, arg, next int) (offset int, jumps bool) {
	unit := 1
	if v.least(3, 10) {
		unit = 2
	}
	switch {
	case absoluteJumps[op] && !v.least(3, 11):
		return arg * unit, true
	case strings.Contains(op, "BACKWARD"):
		return next - arg*unit, true
	case relativeJumps[op] || absoluteJumps[op]:
		return next + arg*unit, true
	}
	return 0, false
}

var (
	relativeJumps = words("FOR_ITER JUMP_FORWARD SETUP_LOOP SETUP_EXCEPT SETUP_FINALLY SETUP_WITH SETUP_ASYNC_WITH SEND " +
		"POP_JUMP_FORWARD_IF_FALSE POP_JUMP_FORWARD_IF_TRUE POP_JUMP_FORWARD_IF_NONE POP_JUMP_FORWARD_IF_NOT_NONE " +
		"POP_JUMP_IF_NONE POP_JUMP_IF_NOT_NONE CALL_FINALLY")
	absoluteJumps = words("JUMP_ABSOLUTE POP_JUMP_IF_FALSE POP_JUMP_IF_TRUE JUMP_IF_FALSE_OR_POP JUMP_IF_TRUE_OR_POP " +
		"CONTINUE_LOOP JUMP_IF_NOT_EXC_MATCH")
)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		m[w] = true
	}
	return m
}
