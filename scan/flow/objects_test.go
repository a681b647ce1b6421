package flow

import "testing"

// objects are programs whose values are shared, copied and cut.
var objects = []struct{ name, code, want string }{
	{"removed from a copy", `
import os, requests
a = ["x", "y", "z"]
d = {"k": a}
d.update(requests.get("https://a.invalid").json())
b = d.get("k")
a.remove("x")
b.remove("q")
os.system("true")`, `import os.system('true')`},
	{"hole cut off", `
import os
s = os.path.join(os.environ["HOME"], "x")[-1:].strip()
t = ("%s" % os.environ["HOME"]).lstrip("\ufffc").replace("\ufffc", "")
for x in (s, t, (s + t)[1:2]):
    if x.startswith("ab") or x.endswith("ab"):
        open(x).read()
os.system("true")`, `import os.system('true')`},
	{"flags of processes", `
import subprocess
flags = subprocess.CREATE_NO_WINDOW | subprocess.DETACHED_PROCESS
subprocess.Popen("true", creationflags=flags)
subprocess.Popen("true", creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0) | 8)`, `import subprocess.Popen('true', creationflags=134217736)
import subprocess.Popen('true', creationflags=134217736)`},
	{"chosen by decoded data", `
import base64
MAP = [(chr(i), i ^ 7) for i in range(128)]
exec(''.join([y[0] for x in [x for x in base64.b64decode("aGogZm8=")] for y in MAP if x == y[1]]))
big = base64.b64decode("aGogZm8h" * 50000)
exec(''.join([y[0] for x in [x for x in big] for y in MAP if x == y[1]]))
one, two = "", []
for x in big:
    for y in MAP:
        if x == y[1]:
            one += y[0]
            two.append(y[0])
exec(one)
exec("".join(two))`, `import builtins.exec("om'ah") <decoded>
import builtins.exec('￼') <decoded>
<decoded>
import builtins.exec('￼') <decoded>`},
	{"attributes of an object", `
import subprocess, other
class A(other.Base):
    def __init__(self):
        self.out = subprocess.getoutput("true")
    def go(self):
        self.log.info("x")
        subprocess.run(["true", self.connection()])
        subprocess.run(["true", self.out])
A().go()`, `import subprocess.run(['true', other.Base().connection()])
import subprocess.run(['true', subprocess.getoutput()]) <output>
!connection()]) <
!info`},
	{"module that a process runs", `
import subprocess, sys
subprocess.run([sys.executable, "-m", "pip", "install", "x"])`, `import runpy.run_module('pip')`},
}

func TestObjects(t *testing.T) { holdPrograms(t, objects) }
