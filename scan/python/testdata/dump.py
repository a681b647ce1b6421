"""Dump Python source files as CPython's ast sees them, in the normal form of
scan/python/internal/normal. Runs under CPython 2.7 and 3.6 and later.

    dump.py [--text] [--positions] [--compile] < list-of-files

prints a line for each file: "ok" with a digest of the normal form, or
"refused" with the reason; with --text the normal form itself. With --compile the tree
is compiled too; "parsed" stands for "ok" where only that fails.
"""
import ast
import hashlib
import io
import re
import struct
import sys
import threading
import warnings

VERSION = sys.version_info[:2]
PY2 = VERSION[0] == 2
POSITIONS = '--positions' in sys.argv
pieces = []
out = pieces.append
D = {}  # type of a value -> function that writes it

if PY2:
    text_type, bytes_type, int_types = unicode, str, (int, long)
else:
    text_type, bytes_type, int_types = str, bytes, (int,)


def write(value):
    D[type(value)](value)


def string(s):
    if s is None:
        out('~')
        return
    if isinstance(s, bytes_type):
        s = s.decode('latin-1')
    out('"')
    out(s)
    out('"')


def write_list(values):
    out('[')
    for v in values:
        D[type(v)](v)
    out(']')


def constant(v):
    if v is None or v is True or v is False:
        out('#' + str(v))
    elif v is Ellipsis:
        out('#...')
    elif isinstance(v, text_type):
        out('S')
        string(v)
    elif isinstance(v, bytes_type):
        out('B')
        string(v)
    elif isinstance(v, int_types):
        out('i%x ' % v)
    elif isinstance(v, float):
        out('f%016x ' % struct.unpack('>Q', struct.pack('>d', v)))
    else:
        out('c%016x ' % struct.unpack('>Q', struct.pack('>d', v.imag)))


def field_writer(name):
    """The code that writes one field."""
    return '    x = n.%s; D[type(x)](x)\n' % name


def name_writer(name):
    return '    string(n.%s)\n' % name


def where(n):
    return '@%d:%d:%d:%d' % (n.lineno, n.col_offset, n.end_lineno, n.end_col_offset)


def define(kind, tag, *fields):
    """Make the writer of a node type; a field that begins with ' is a string."""
    cls = getattr(ast, kind, None)
    if cls is None:
        return
    code = 'def f(n):\n    out(%r)\n' % (tag + '(')
    if POSITIONS and 'lineno' in getattr(cls, '_attributes', ()):
        code = 'def f(n):\n    out(%r + where(n))\n' % (tag + '(')
    for field in fields:
        if field.startswith("'"):
            code += name_writer(field[1:])
        elif field.startswith('%'):
            code += "    out('%%d ' %% n.%s)\n" % field[1:]
        elif field.startswith('!'):
            code += '    %s(n)\n' % field[1:]
        else:
            code += field_writer(field)
    code += "    out(')')\n"
    scope = dict(D=D, out=out, string=string, where=where)
    scope.update((f.__name__, f) for f in (parameters, pairs, call_rest, values_of, handler_name,
                                           format_spec, async_flag, import_module, decorators))
    exec(code, scope)
    D[cls] = scope['f']


def parameters(n):
    a = n if isinstance(n, ast.arguments) else n.args
    out('[')
    positional = [(0, x) for x in a.args]
    if getattr(a, 'posonlyargs', None):
        positional = [(1, x) for x in a.posonlyargs] + positional
    first = len(positional) - len(a.defaults)
    for i, (kind, x) in enumerate(positional):
        parameter(kind, x, a.defaults[i - first] if i >= first else None)
    if a.vararg:
        parameter(2, a.vararg, None)
    if not PY2:
        for x, default in zip(a.kwonlyargs, a.kw_defaults):
            parameter(3, x, default)
    if a.kwarg:
        parameter(4, a.kwarg, None)
    out(']')


def parameter(kind, x, default):
    out('P%d' % kind)
    if PY2:
        if isinstance(x, str):
            string(x)
        elif isinstance(x, ast.Name):
            string(x.id)
        else:
            write(x)
        out('~')
    else:
        if POSITIONS:
            out(where(x))
        string(x.arg)
        write(x.annotation)
    write(default)


def pairs(n):
    out('[')
    for k, v in zip(n.keys, n.values):
        write(k)
        write(v)
    out(']')


def call_rest(n):
    args, keywords = n.args, n.keywords
    out('[')
    for x in args:
        write(x)
    if PY2 and n.starargs:
        out('*(')
        write(n.starargs)
        out(')')
    out('][')
    for k in keywords:
        write(k)
    if PY2 and n.kwargs:
        out('K(~')
        write(n.kwargs)
        out(')')
    out(']')


def merge(values):
    """Adjacent text in f-strings is one value since 3.12."""
    merged = []
    for v in values:
        s = text_of(v)
        if s == '':
            continue
        if s is not None and merged and isinstance(merged[-1], text_type):
            merged[-1] += s
        else:
            merged.append(v if s is None else s)
    return merged


def text_of(v):
    s = getattr(v, 's', None) if VERSION < (3, 8) else getattr(v, 'value', None)
    return s if isinstance(s, text_type) else None


def values_of(n):
    out('[')
    for v in merge(n.values):
        if isinstance(v, text_type):
            out('S')
            string(v)
        else:
            write(v)
    out(']')


def format_spec(n):
    spec = n.format_spec
    if spec is None:
        out('~')
    elif VERSION < (3, 12) and isinstance(spec, getattr(ast, 'Str', ())) and not isinstance(spec, ast.JoinedStr):
        out('J([S')
        string(spec.s)
        out('])')
    else:
        write(spec)


def handler_name(n):
    if PY2:
        out('~')
        write(n.name)
    else:
        string(n.name)
        out('~')


def async_flag(n):
    out('%d' % getattr(n, 'is_async', 0))


def import_module(n):
    string(n.module or '')


def decorators(n):
    write(n.decorator_list)
    write(getattr(n, 'type_params', []))


def define_all():
    D[type(None)] = lambda v: out('~')
    D[list] = write_list
    D[str] = string
    if PY2:
        D[unicode] = string
    define('Module', 'M', 'body')
    expressions()
    statements()
    patterns()
    for op in ('Add Sub Mult MatMult Div Mod Pow LShift RShift BitOr BitXor BitAnd FloorDiv Invert Not UAdd USub '
               'And Or Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn').split():
        cls = getattr(ast, op, None)
        if cls:
            D[cls] = lambda v, tag=op + ' ': out(tag)


def literal(attribute):
    def write_literal(n):
        if POSITIONS:
            out(where(n))
        constant(getattr(n, attribute))
    return write_literal


def expressions():
    if VERSION >= (3, 8):
        D[ast.Constant] = literal('value')
    else:
        for kind, attribute in (('Num', 'n'), ('Str', 's'), ('Bytes', 's'), ('NameConstant', 'value')):
            cls = getattr(ast, kind, None)
            if cls:
                D[cls] = literal(attribute)
        D[ast.Ellipsis] = lambda n: out('#...')
    if VERSION < (3, 9):
        D[ast.Index] = lambda n: write(n.value)
        define('ExtSlice', 'Tuple', 'dims')
    define('Name', 'N', "'id")
    define('Attribute', 'Attr', 'value', "'attr")
    define('Subscript', 'Sub', 'value', 'slice')
    define('Slice', 'Slice', 'lower', 'upper', 'step')
    define('Call', 'Call', 'func', '!call_rest')
    define('keyword', 'K', "'arg", 'value')
    define('Starred', '*', 'value')
    define('BinOp', 'Bin', 'op', 'left', 'right')
    define('UnaryOp', 'Un', 'op', 'operand')
    define('BoolOp', 'Bool', 'op', 'values')
    define('Compare', 'Cmp', 'left', 'ops', 'comparators')
    define('IfExp', 'IfExp', 'test', 'body', 'orelse')
    define('Lambda', 'Lambda', '!parameters', 'body')
    define('NamedExpr', ':=', 'target', 'value')
    define('Await', 'Await', 'value')
    define('Yield', 'Yield', 'value')
    define('YieldFrom', 'YieldFrom', 'value')
    define('Repr', 'Repr', 'value')
    define('Tuple', 'Tuple', 'elts')
    define('List', 'List', 'elts')
    define('Set', 'Set', 'elts')
    define('Dict', 'Dict', '!pairs')
    define('ListComp', 'ListComp', 'elt', 'generators')
    define('SetComp', 'SetComp', 'elt', 'generators')
    define('GeneratorExp', 'GenExp', 'elt', 'generators')
    define('DictComp', 'DictComp', 'key', 'value', 'generators')
    define('comprehension', 'For', 'target', 'iter', 'ifs', '!async_flag')
    define('JoinedStr', 'J', '!values_of')
    define('TemplateStr', 'T', '!values_of')
    define('FormattedValue', 'F', 'value', '%conversion', '!format_spec')
    define('Interpolation', 'I', 'value', "'str", '%conversion', '!format_spec')


def statements():
    define('FunctionDef', 'Def', "'name", '!parameters', 'returns' if not PY2 else '!decorators', 'body',
           '!decorators')
    if PY2:
        define('FunctionDef', 'Def', "'name", '!parameters', 'body', '!decorators')
        define('ClassDef', 'Class', "'name", 'bases', 'body', '!decorators')
    else:
        define('ClassDef', 'Class', "'name", 'bases', 'keywords', 'body', '!decorators')
    define('AsyncFunctionDef', 'AsyncDef', "'name", '!parameters', 'returns', 'body', '!decorators')
    define('TypeVar', 'TypeVar', "'name", 'bound', *(['default_value'] if VERSION >= (3, 13) else []))
    define('TypeVarTuple', 'TypeVarTuple', "'name", *(['default_value'] if VERSION >= (3, 13) else []))
    define('ParamSpec', 'ParamSpec', "'name", *(['default_value'] if VERSION >= (3, 13) else []))
    define('Return', 'Return', 'value')
    define('Delete', 'Del', 'targets')
    define('Assign', '=', 'targets', 'value')
    define('AugAssign', 'Aug', 'target', 'op', 'value')
    define('AnnAssign', 'Ann', 'target', 'annotation', 'value', '%simple')
    define('TypeAlias', 'Type', 'name', 'type_params', 'value')
    define('For', 'ForStmt', 'target', 'iter', 'body', 'orelse')
    define('AsyncFor', 'AsyncFor', 'target', 'iter', 'body', 'orelse')
    define('While', 'While', 'test', 'body', 'orelse')
    define('If', 'If', 'test', 'body', 'orelse')
    if PY2:
        define('With', 'With', 'context_expr', 'optional_vars', 'body')
        define('Raise', 'Raise', 'type', 'inst', 'tback')
    else:
        define('With', 'With', 'items', 'body')
        define('Raise', 'Raise', 'exc', 'cause')
    define('AsyncWith', 'AsyncWith', 'items', 'body')
    define('withitem', 'Item', 'context_expr', 'optional_vars')
    define('Try', 'Try', 'body', 'handlers', 'orelse', 'finalbody')
    define('TryStar', 'TryStar', 'body', 'handlers', 'orelse', 'finalbody')
    define('TryExcept', 'TryExcept', 'body', 'handlers', 'orelse')
    define('TryFinally', 'TryFinally', 'body', 'finalbody')
    define('ExceptHandler', 'Except', 'type', '!handler_name', 'body')
    define('Assert', 'Assert', 'test', 'msg')
    define('Import', 'Import', 'names')
    define('ImportFrom', 'From', '!import_module', 'names', '%level')
    define('alias', 'A', "'name", "'asname")
    define('Global', 'Global', 'names')
    define('Nonlocal', 'Nonlocal', 'names')
    define('Expr', 'Expr', 'value')
    define('Pass', 'Pass')
    define('Break', 'Break')
    define('Continue', 'Continue')
    define('Print', 'Print', 'dest', 'values', '%nl')
    define('Exec', 'Exec', 'body', 'globals', 'locals')


def patterns():
    define('Match', 'Match', 'subject', 'cases')
    define('match_case', 'Case', 'pattern', 'guard', 'body')
    define('MatchValue', 'MValue', 'value')
    if hasattr(ast, 'MatchSingleton'):
        def singleton(n):
            out('MSingle(')
            if POSITIONS:
                out(where(n))
            constant(n.value)
            out(')')
        D[ast.MatchSingleton] = singleton
    define('MatchSequence', 'MSeq', 'patterns')
    define('MatchMapping', 'MMap', 'keys', 'patterns', "'rest")
    define('MatchClass', 'MClass', 'cls', 'patterns', 'kwd_attrs', 'kwd_patterns')
    define('MatchStar', 'MStar', "'name")
    define('MatchAs', 'MAs', 'pattern', "'name")
    define('MatchOr', 'MOr', 'patterns')


COOKIE = re.compile(br'^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)')


def parse(source, path):
    if PY2 and not source.startswith(b'\xef\xbb\xbf'):
        # The check that Python 2 makes when it reads a file.
        head = source.splitlines()[:2]
        if not any(COOKIE.match(line) for line in head):
            source.decode('ascii')
    return ast.parse(source, path)


def normal_form(source, path):
    del pieces[:]
    write(parse(source, path))
    if PY2:
        whole = u''.join(s if isinstance(s, unicode) else s.decode('latin-1') for s in pieces)
        return whole.encode('utf-8')
    return ''.join(pieces).encode('utf-8', 'surrogatepass')


def compiles(source):
    if '--compile' not in sys.argv:
        return True
    try:
        compile(source, '<file>', 'exec')
    except (SyntaxError, ValueError):
        return False
    return True


def main():
    define_all()
    stdout = sys.stdout if PY2 else sys.stdout.buffer
    stdin = sys.stdin if PY2 else sys.stdin.buffer
    while True:
        line = stdin.readline()
        if not line:
            break
        path = line.rstrip(b'\n')
        with io.open(path, 'rb') as f:
            source = f.read()
        try:
            normal = normal_form(source, '<file>')
        except (SyntaxError, ValueError, LookupError, TypeError, OverflowError, MemoryError, RuntimeError) as e:
            reason = ('%s: %s' % (type(e).__name__, e)).replace('\n', ' ')
            stdout.write(b'refused ' + reason.encode('ascii', 'backslashreplace') + b'\n')
        else:
            if '--text' in sys.argv:
                stdout.write(normal + b'\n')
            else:
                verdict = b'ok ' if compiles(source) else b'parsed '
                stdout.write(verdict + hashlib.md5(normal).hexdigest().encode('ascii') + b'\n')
        stdout.flush()


if __name__ == '__main__':
    warnings.simplefilter('ignore')
    sys.setrecursionlimit(60000)
    threading.stack_size(512 << 20)
    worker = threading.Thread(target=main)
    worker.start()
    worker.join()
