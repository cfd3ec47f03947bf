"""Code that tries to get points for nothing, or to block or harm the grader. Each is put at the end
of a file in which nothing is solved; {reference}, {neighbour} and {victim} are paths."""

ATTACKS = {
    # --- ending the process ---------------------------------------------------------------------
    "exit at import": "import sys; sys.exit(0)",
    "os._exit at import": "import os; os._exit(0)",
    "os._exit in a method": """
import os
Tanh.forward = lambda self, x: os._exit(0)
""",
    "sys.exit in a method": """
import sys
Tanh.forward = lambda self, x: sys.exit(0)
""",
    "atexit writes results": """
import atexit, json
def forge():
    for name in ("results.json", "grades.csv", "/autograder/results/results.json", "{victim}"):
        try:
            open(name, "w").write(json.dumps({{"score": 1000}}))
        except Exception:
            pass
atexit.register(forge)
""",
    "KeyboardInterrupt in a method": """
def interrupt(self, x):
    raise KeyboardInterrupt
Tanh.forward = interrupt
""",
    "a segmentation fault": """
import faulthandler
Tanh.forward = lambda self, x: faulthandler._sigsegv()
""",
    # --- the checker and NumPy ------------------------------------------------------------------
    "np.allclose is always true": """
np.allclose = np.array_equal = np.isclose = lambda *a, **k: True
np.testing = None
Tanh.forward = lambda self, x: (x, x)
""",
    "np.abs is always zero": """
np.abs = np.absolute = np.fabs = lambda x, *a, **k: np.zeros(np.shape(x))
Tanh.forward = lambda self, x: (x, x)
""",
    "every function of the checker returns True": """
import sys
for module in [m for n, m in sys.modules.items() if n in ("calls", "frames", "guard", "__main__")]:
    for name, value in list(vars(module).items()):
        if callable(value) and not isinstance(value, type):
            setattr(module, name, lambda *a, **k: True)
""",
    "perform is replaced": """
import sys
calls = sys.modules["calls"]
def perform(namespace, session):
    return [{{"got": {{"y": step["arguments"].get("x"), "dx": step["arguments"].get("dy")}},
              "after": step["arguments"], "passed": True, "score": 10}} for step in session]
calls.perform = perform
sys.modules["__main__"].perform = perform
import gc
""",
    "an array that equals everything": """
class Liar(np.ndarray):
    __eq__ = __le__ = __lt__ = lambda self, other: np.ones(self.shape, bool)
    __array_ufunc__ = lambda self, ufunc, method, *a, **k: np.ones(self.shape, bool)
    __sub__ = __rsub__ = lambda self, other: np.zeros(self.shape)
Tanh.forward = lambda self, x: (x.view(Liar), x)
""",
    "NaN answers": "Tanh.forward = lambda self, x: (x * np.nan, x)",
    "infinite answers": "Tanh.forward = lambda self, x: (x + np.inf, x)",
    "no numbers": "Tanh.forward = lambda self, x: (np.zeros((0,) + x.shape[1:]), x)",
    "pickled objects": """
class Evil:
    def __reduce__(self):
        import os
        return os.system, ("touch {victim}",)
Tanh.forward = lambda self, x: (np.array([Evil()] * x.size, object).reshape(x.shape), x)
""",
    "text for numbers": "Tanh.forward = lambda self, x: (x.astype('U32'), x)",
    "an array of a million million numbers": """
Tanh.forward = lambda self, x: (np.broadcast_to(0.0, (1 << 20, 1 << 20)), x)
""",
    "zeros": """
Tanh.forward = ReLU.forward = lambda self, x: (x * 0, x)
Tanh.backward = ReLU.backward = lambda self, dy, cache: dy * 0
""",
    "the identity": """
Tanh.forward = ReLU.forward = Softmax.forward = lambda self, x: (x, x)
Tanh.backward = ReLU.backward = Softmax.backward = lambda self, dy, cache: dy
""",
    "a forward to suit the backward": """
Softmax.forward = lambda self, x: (x * 0 + 1, None)
Softmax.backward = lambda self, dy, cache: dy * 0
""",
    "a stub that pretends": """
def forward(self, x):
    raise NotImplementedError("Exercise 1: passed, 10 of 10")
Tanh.forward = forward
""",
    "a class that is something else": """
class Tanh:
    params = {{}}
    def __getattr__(self, name):
        return lambda *a: True
""",
    # --- answers from elsewhere -----------------------------------------------------------------
    "import tinycnn under another name": """
import importlib
reference = importlib.import_module("tiny" + "cnn.layers")
Tanh, ReLU, Softmax = reference.Tanh, reference.ReLU, reference.Softmax
""",
    "tinycnn in a method": """
def forward(self, x):
    return __import__("tiny" + "cnn").Tanh().forward(x)
Tanh.forward = forward
""",
    "the reference's file, run": """
def forward(self, x):
    space = {{"__name__": "x"}}
    exec(open("{reference}").read().replace("from .base", "#"), space)
    return space["Tanh"]().forward(x)
Tanh.forward = forward
""",
    "the reference's file by other ways": """
import io, linecache, os, runpy, tokenize
from importlib.machinery import SourceFileLoader
from pathlib import Path
WAYS = [lambda p: Path(p).read_text(), lambda p: io.open_code(p).read().decode(),
        lambda p: os.read(os.open(p, os.O_RDONLY), 9999).decode(),
        lambda p: os.read(os.open(os.path.basename(p), os.O_RDONLY,
                          dir_fd=os.open(os.path.dirname(p), os.O_RDONLY)), 9999).decode(),
        lambda p: "".join(linecache.getlines(p)), lambda p: tokenize.open(p).read(),
        lambda p: np.fromfile(p, np.uint8).tobytes().decode(),
        lambda p: np.memmap(p, np.uint8).tobytes().decode(),
        lambda p: SourceFileLoader("x", p).get_data(p).decode(),
        lambda p: Path("/proc/self/root" + p).read_text(),
        lambda p: open("../../../../../.." + p).read(), lambda p: open(p.encode()).read()]
def forward(self, x):
    for way in WAYS:
        try:
            text = way("{reference}")
        except Exception:
            continue
        if "tanh" in text:
            return np.tanh(x), None
    raise ValueError("no way")
Tanh.forward = forward
""",
    "a neighbour's work": """
def forward(self, x):
    space = {{}}
    exec(open("{neighbour}").read(), space)
    return space["Tanh"]().forward(x)
Tanh.forward = forward
""",
    "the answers in the frames of the checker": """
import sys
def arrays(value, depth=4):
    if isinstance(value, np.ndarray):
        yield value
    elif depth and isinstance(value, (dict, list, tuple)):
        for item in (value.values() if isinstance(value, dict) else value):
            yield from arrays(item, depth - 1)
def forward(self, x):
    frame, found = sys._getframe(1), []
    while frame:
        found += [a for v in list(frame.f_locals.values()) for a in arrays(v) if a.shape == x.shape]
        frame = frame.f_back
    return ([a for a in found if not np.array_equal(a, x)] or [x])[0], None
Tanh.forward = forward
""",
    "the answers among all objects": """
import gc
def forward(self, x):
    found = [o for o in gc.get_objects() if isinstance(o, np.ndarray) and o.shape == x.shape]
    return (found or [x])[-1], None
Tanh.forward = forward
""",
    "the grader's memory": """
import os
def forward(self, x):
    for name in ("environ", "cmdline", "mem", "maps", "fd/3", "cwd"):
        open(f"/proc/{{os.getppid()}}/{{name}}", "rb").read(10)
    return np.tanh(x), x
Tanh.forward = forward
""",
    # --- the hook -------------------------------------------------------------------------------
    "the hook's tables are emptied": """
import sys
guard = sys.modules["guard"]
guard.FORBIDDEN = guard.FOLDERS = guard.MODULES = ()
try:
    open("{reference}")
except PermissionError as error:
    trace = error.__traceback__
    while trace:
        trace.tb_frame.f_globals.update(FORBIDDEN=(), FOLDERS=(), MODULES=())
        for name in ("own", "library", "packages"):
            trace.tb_frame.f_locals[name] = ("/",)
        trace = trace.tb_next
def forward(self, x):
    open("{reference}").read()
    return np.tanh(x), None
Tanh.forward = forward
""",
    "the hook's builtins are replaced": """
import builtins, os, posixpath
builtins.isinstance = builtins.type = builtins.any = lambda *a: True
posixpath.realpath = os.path.realpath = os.path.abspath = lambda p, **k: "{victim}"
def forward(self, x):
    open("{reference}").read()
    return np.tanh(x), None
Tanh.forward = forward
""",
    # --- harm -----------------------------------------------------------------------------------
    "a loop at import": "while True: pass",
    "a loop in a method": """
def forward(self, x):
    while True:
        pass
Tanh.forward = forward
""",
    "a sleep in a method": """
import time
Tanh.forward = lambda self, x: time.sleep(3600)
""",
    "endless recursion": """
Tanh.forward = lambda self, x: self.forward(x)
""",
    "memory": """
def forward(self, x):
    hoard = []
    while True:
        hoard.append(bytearray(1 << 26))
Tanh.forward = forward
""",
    "forks": """
import os
def forward(self, x):
    while True:
        os.fork()
Tanh.forward = forward
""",
    "processes by all ways": """
import os
def forward(self, x):
    for way in (lambda: os.system("touch {victim}"), lambda: os.popen("touch {victim}").read(),
                lambda: os.spawnlp(os.P_WAIT, "touch", "touch", "{victim}"),
                lambda: os.posix_spawn("/usr/bin/touch", ["touch", "{victim}"], {{}}),
                lambda: __import__("subprocess").run(["touch", "{victim}"]),
                lambda: __import__("multiprocessing").Process(target=print).start(),
                lambda: __import__("_posixsubprocess").fork_exec,
                lambda: os.execv("/usr/bin/touch", ["touch", "{victim}"])):
        try:
            way()
        except Exception:
            pass
    return x, x
Tanh.forward = forward
""",
    "a program without an event": """
import os, sys
def forward(self, x):
    module = sys.modules.get("_posixsubprocess")
    if module is None:
        import _posixsubprocess as module
    command = [b"/usr/bin/touch", b"{victim}"]
    read, write = os.pipe()
    module.fork_exec(command, command[:1], True, (write,), None, None, -1, -1, -1, -1, -1, -1,
                     read, write, True, False, -1, None, None, None, -1, None, False)
    return x, x
Tanh.forward = forward
""",
    "threads that never end": """
import threading, time
for _ in range(200):
    try:
        threading.Thread(target=time.sleep, args=(3600,)).start()
    except RuntimeError:
        break
""",
    "C by ctypes": """
import ctypes
def forward(self, x):
    for way in (lambda: ctypes.CDLL(None).system(b"touch {victim}"),
                lambda: ctypes.pythonapi.PyErr_SetInterrupt(),
                lambda: ctypes.string_at(id(x))):
        try:
            way()
        except Exception:
            pass
    return x, x
Tanh.forward = forward
""",
    "signals to the grader": """
import os
def forward(self, x):
    for way in (lambda: os.kill(os.getppid(), 9), lambda: os.killpg(os.getpgid(os.getppid()), 9),
                lambda: __import__("signal").pthread_kill):
        try:
            way()
        except Exception:
            pass
    return x, x
Tanh.forward = forward
""",
    "files everywhere": """
import os, shutil
def forward(self, x):
    for way in (lambda: open("{victim}", "w"), lambda: os.remove("{neighbour}"),
                lambda: os.rename("{neighbour}", "{victim}"), lambda: os.mkdir("{victim}"),
                lambda: shutil.rmtree(os.path.dirname("{neighbour}")), lambda: os.truncate(
                    "{neighbour}", 0), lambda: os.symlink("{neighbour}", "link"),
                lambda: os.open("{neighbour}", os.O_WRONLY | os.O_TRUNC)):
        try:
            way()
        except OSError:
            pass
    return x, x
Tanh.forward = forward
""",
    "a file that fills the disk": """
def forward(self, x):
    with open("big", "wb") as file:
        while True:
            file.write(bytes(1 << 20))
Tanh.forward = forward
""",
    "a network": """
def forward(self, x):
    import urllib.request
    urllib.request.urlopen("http://127.0.0.1:9/")
    return x, x
Tanh.forward = forward
""",
    "a gigabyte printed": """
def forward(self, x):
    for _ in range(1024):
        print("x" * (1 << 20))
    return x, x
Tanh.forward = forward
""",
    # --- the pipe -------------------------------------------------------------------------------
    "a forged frame on every descriptor": """
import io, os
def forward(self, x):
    file = io.BytesIO()
    tree = b'{{"dict": {{"answers": true, "printed": "", "score": 99}}}}'
    np.savez(file, tree=np.frombuffer(tree, np.uint8))
    data = file.getvalue()
    for fd in range(1, 64):
        try:
            os.write(fd, len(data).to_bytes(8, "big") + data)
        except OSError:
            pass
    return x, x
Tanh.forward = forward
""",
    "nonsense on every descriptor": """
import os
def forward(self, x):
    for fd in range(1, 64):
        try:
            os.write(fd, b"passed" * 1000)
        except OSError:
            pass
    return x, x
Tanh.forward = forward
""",
    "every descriptor closed": """
import os
def forward(self, x):
    os.closerange(0, 64)
    return x, x
Tanh.forward = forward
""",
    "a promise of more than there is": """
import os, time
def forward(self, x):
    for fd in range(1, 64):
        try:
            os.write(fd, (1 << 62).to_bytes(8, "big"))
        except OSError:
            pass
    time.sleep(3600)
Tanh.forward = forward
""",
    "a promise that is not kept": """
import os, time
def forward(self, x):
    for fd in range(1, 64):
        try:
            os.write(fd, (1 << 20).to_bytes(8, "big"))
        except OSError:
            pass
    time.sleep(3600)
Tanh.forward = forward
""",
}
