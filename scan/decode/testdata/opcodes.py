"""Prints opcodes.txt: the bytecode operations of the interpreters named as arguments.

    python3 opcodes.py python2.7 python3.6 ... python3.13 >../opcodes.txt

Python 3.14's are put in by hand where no such interpreter is: see the end.
"""
import json
import subprocess
import sys

ASK = """
import json, opcode, sys
caches = getattr(opcode, '_inline_cache_entries', {})
out = {}
for name, number in opcode.opmap.items():
    if number < 256 and not name.startswith('INSTRUMENTED_'):
        n = caches.get(name, 0) if isinstance(caches, dict) else caches[number]
        out[name] = [number, n]
print(json.dumps(['%d.%d' % sys.version_info[:2], out]))
"""

# Numbers from 3.14's opcode_ids.h, caches from its _opcode_metadata.
NEWEST = "3.14"
NAMES_314 = (
    "CACHE BINARY_SLICE BUILD_TEMPLATE - CALL_FUNCTION_EX CHECK_EG_MATCH CHECK_EXC_MATCH CLEANUP_THROW DELETE_SUBSCR END_FOR "
    "END_SEND EXIT_INIT_CHECK FORMAT_SIMPLE FORMAT_WITH_SPEC GET_AITER GET_ANEXT GET_ITER RESERVED GET_LEN GET_YIELD_FROM_ITER "
    "INTERPRETER_EXIT LOAD_BUILD_CLASS LOAD_LOCALS MAKE_FUNCTION MATCH_KEYS MATCH_MAPPING MATCH_SEQUENCE NOP NOT_TAKEN POP_EXCEPT "
    "POP_ITER POP_TOP PUSH_EXC_INFO PUSH_NULL RETURN_GENERATOR RETURN_VALUE SETUP_ANNOTATIONS STORE_SLICE STORE_SUBSCR TO_BOOL "
    "UNARY_INVERT UNARY_NEGATIVE UNARY_NOT WITH_EXCEPT_START BINARY_OP BUILD_INTERPOLATION BUILD_LIST BUILD_MAP BUILD_SET BUILD_SLICE "
    "BUILD_STRING BUILD_TUPLE CALL CALL_INTRINSIC_1 CALL_INTRINSIC_2 CALL_KW COMPARE_OP CONTAINS_OP CONVERT_VALUE COPY "
    "COPY_FREE_VARS DELETE_ATTR DELETE_DEREF DELETE_FAST DELETE_GLOBAL DELETE_NAME DICT_MERGE DICT_UPDATE END_ASYNC_FOR EXTENDED_ARG "
    "FOR_ITER GET_AWAITABLE IMPORT_FROM IMPORT_NAME IS_OP JUMP_BACKWARD JUMP_BACKWARD_NO_INTERRUPT JUMP_FORWARD LIST_APPEND LIST_EXTEND "
    "LOAD_ATTR LOAD_COMMON_CONSTANT LOAD_CONST LOAD_DEREF LOAD_FAST LOAD_FAST_AND_CLEAR LOAD_FAST_BORROW LOAD_FAST_BORROW_LOAD_FAST_BORROW "
    "LOAD_FAST_CHECK LOAD_FAST_LOAD_FAST LOAD_FROM_DICT_OR_DEREF LOAD_FROM_DICT_OR_GLOBALS LOAD_GLOBAL LOAD_NAME LOAD_SMALL_INT "
    "LOAD_SPECIAL LOAD_SUPER_ATTR MAKE_CELL MAP_ADD MATCH_CLASS POP_JUMP_IF_FALSE POP_JUMP_IF_NONE POP_JUMP_IF_NOT_NONE POP_JUMP_IF_TRUE "
    "RAISE_VARARGS RERAISE SEND SET_ADD SET_FUNCTION_ATTRIBUTE SET_UPDATE STORE_ATTR STORE_DEREF STORE_FAST STORE_FAST_LOAD_FAST "
    "STORE_FAST_STORE_FAST STORE_GLOBAL STORE_NAME SWAP UNPACK_EX UNPACK_SEQUENCE YIELD_VALUE"
).split()
CACHES_314 = {
    "BINARY_OP": 5, "CALL": 3, "CALL_KW": 3, "COMPARE_OP": 1, "CONTAINS_OP": 1, "FOR_ITER": 1, "JUMP_BACKWARD": 1, "LOAD_ATTR": 9,
    "LOAD_GLOBAL": 4, "LOAD_SUPER_ATTR": 1, "POP_JUMP_IF_FALSE": 1, "POP_JUMP_IF_NONE": 1, "POP_JUMP_IF_NOT_NONE": 1,
    "POP_JUMP_IF_TRUE": 1, "SEND": 1, "STORE_ATTR": 4, "STORE_SUBSCR": 1, "TO_BOOL": 3, "UNPACK_SEQUENCE": 1,
}

table = {}
versions = []
for path in sys.argv[1:]:
    version, ops = json.loads(subprocess.check_output([path, "-c", ASK]))
    versions.append(version)
    for name, (number, caches) in ops.items():
        table.setdefault(name, {})[version] = (number, caches)
if NEWEST not in versions:
    versions.append(NEWEST)
    numbers = {n: i for i, n in enumerate(NAMES_314) if n != "-"}
    numbers["RESUME"] = 128
    for name, number in numbers.items():
        table.setdefault(name, {})[NEWEST] = (number, CACHES_314.get(name, 0))

print("# Bytecode operations: name, then FIRST-LAST=NUMBER or FIRST-LAST=NUMBER/CACHES for ranges of versions.")
print("# Made by testdata/opcodes.py from the module opcode of each interpreter.")
for name in sorted(table):
    runs = []
    for v in versions:
        entry = table[name].get(v)
        if entry is None:
            continue
        if runs and runs[-1][2] == entry and versions.index(runs[-1][1]) == versions.index(v) - 1:
            runs[-1][1] = v
        else:
            runs.append([v, v, entry])
    text = ["%s-%s=%d%s" % (a, b, n, "/%d" % c if c else "") for a, b, (n, c) in runs]
    print(name, *text)
