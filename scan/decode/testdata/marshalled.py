"""Prints marshalled.txt: one program as each interpreter named as argument compiles it.

    python3 marshalled.py python2.7 python3.6 ... >marshalled.txt
"""
import subprocess
import sys

PROGRAM = '''
import os, sys as s
import os.path as osp
from base64 import b64decode as d
KEY = 7
data = [1, 2, 3, 4, 5]
text = ''.join(chr(c ^ KEY) for c in data)
def send(host, port=80, *rest, **more):
    global seen
    seen = [x for x in rest if x and port or more]
    if host == 'x.invalid':
        os.system('true ' + host)
    elif port > 2:
        s.exit(port if rest else 0)
    try:
        d(host)
    except ValueError as e:
        print(e)
    finally:
        osp.join('a', 'b')
    for part in rest:
        if part is None:
            continue
        data[1:2] = {'k': part, 'l': {1, 2}}
    while port < 90:
        port = port + 1
    with open('f.txt', 'w') as f:
        f.write(text)
    def inner(z=(1, 2)):
        yield host + str(z)
    return lambda q: inner(q)
class Install(object):
    def run(self):
        send('x.invalid', port=KEY, *data)
        raise ValueError('%s' % self)
exec(d('cGFzcw=='))
'''

ASK = """
import sys, marshal, binascii
code = compile(sys.stdin.read(), 'demo.py', 'exec')
print('%d.%d %s' % (sys.version_info[0], sys.version_info[1], binascii.hexlify(marshal.dumps(code)).decode('ascii')))
"""

print("# A program compiled by each version; see marshalled.py.")
for path in sys.argv[1:]:
    sys.stdout.write(subprocess.run([path, "-c", ASK], input=PROGRAM, stdout=subprocess.PIPE, check=True, universal_newlines=True).stdout)
