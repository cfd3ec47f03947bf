"""A list of the system calls that Python and NumPy need, held by the kernel (seccomp, Linux).

All others are answered as if this kernel did not have them: programs, sockets, signals to others,
other users' memory, devices, mounts, priorities. What is missing in a list of permissions is only
an error, what is missing in a list of prohibitions would be a hole.

The student's process runs this file too, so it needs nothing from tinycnn.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

# Name, number on x86_64, number on aarch64, which does not have the old ones.
CALLS = """
read 0 63; write 1 64; close 3 57; stat 4 -; fstat 5 80; lstat 6 -; poll 7 -; lseek 8 62;
mmap 9 222; mprotect 10 226; munmap 11 215; brk 12 214; rt_sigaction 13 134;
rt_sigprocmask 14 135; rt_sigreturn 15 139; pread64 17 67; pwrite64 18 68; readv 19 65;
writev 20 66; access 21 -; pipe 22 -; select 23 -; sched_yield 24 124; mremap 25 216;
madvise 28 233; dup 32 23; dup2 33 -; nanosleep 35 101; getpid 39 172; exit 60 93; uname 63 160;
ftruncate 77 46; getcwd 79 17; chdir 80 49; fchdir 81 50; rename 82 -; mkdir 83 -; rmdir 84 -;
unlink 87 -; readlink 89 -; umask 95 166; gettimeofday 96 169; getrlimit 97 163; getrusage 98 165;
sysinfo 99 179; times 100 153; getuid 102 174; getgid 104 176; geteuid 107 175; getegid 108 177;
getppid 110 173; getpgrp 111 -; getgroups 115 158; getresuid 118 148; getresgid 120 150;
getpgid 121 155; getsid 124 156; rt_sigpending 127 136; sigaltstack 131 132; statfs 137 43;
fstatfs 138 44; gettid 186 178; time 201 -; futex 202 98; sched_getaffinity 204 123;
getdents64 217 61; restart_syscall 219 128; clock_gettime 228 113; clock_getres 229 114;
clock_nanosleep 230 115; exit_group 231 94; mkdirat 258 34; newfstatat 262 79; unlinkat 263 35;
renameat 264 38; readlinkat 267 78; faccessat 269 48; pselect6 270 72; ppoll 271 73;
set_robust_list 273 99; get_robust_list 274 100; dup3 292 24; pipe2 293 59; getcpu 309 168;
renameat2 316 276; getrandom 318 278; membarrier 324 283; statx 332 291; rseq 334 293;
faccessat2 439 439
"""
# These only with certain values of one argument: its place, the bits that count, their values.
FCNTL = (0, 1, 2, 3, 4, 1030)       # copies and flags of a descriptor; no owner, locks or leases
IOCTL = (0x5401, 0x5450, 0x5451)    # "is it a terminal?", and whether to close it in a new program
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}     # column, kernel's number

_LOAD, _AND, _RETURN, _EQUAL, _AT_LEAST = 0x20, 0x54, 0x06, 0x15, 0x35     # instructions
_ALLOW, _NUMBER, _MACHINE, _ARGUMENTS = 0x7FFF0000, 0, 4, 16
_REFUSE = 0x00050000 | errno.ENOSYS


def _conditions(own: int) -> list[tuple[str, int, int, tuple[int, ...]]]:
    """(name and numbers, place of an argument, its bits that count, what they may be)."""
    # A file may be cut only by who may write it; before Linux 6.2 Landlock does not ask.
    opened = tuple(way | cut for way in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR)
                   for cut in (0, os.O_TRUNC) if way or not cut)
    flags = os.O_TRUNC | os.O_ACCMODE       # type: ignore[attr-defined,unused-ignore]
    whole = 0xFFFFFFFF
    return [("open 2 -", 1, flags, opened), ("openat 257 56", 2, flags, opened),
            ("fcntl 72 25", 1, whole, FCNTL), ("ioctl 16 29", 1, whole, IOCTL),
            ("kill 62 129", 0, whole, (own,)), ("tgkill 234 131", 0, whole, (own,)),
            ("prlimit64 302 261", 0, whole, (0, own))]


def _program(column: int, machine: int) -> list[tuple[int, int, int, int]]:
    """The filter: (instruction, steps if so, steps if not, value)."""
    def number(entry: str) -> int | None:
        text = entry.split()[1 + column]
        return None if text == "-" else int(text)

    refuse, allow = (_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW)
    lines = [(_LOAD, 0, 0, _MACHINE), (_EQUAL, 1, 0, machine), refuse, (_LOAD, 0, 0, _NUMBER),
             (_AT_LEAST, 0, 1, 0x40000000), refuse]     # numbers of another machine's calls
    for entry in CALLS.split(";"):
        if (n := number(entry)) is not None:
            lines += [(_EQUAL, 0, 1, n), allow]
    for entry, place, bits, values in _conditions(os.getpid()):
        if (n := number(entry)) is not None:
            body = [(_LOAD, 0, 0, _ARGUMENTS + 8 * place), (_AND, 0, 0, bits)]
            for value in values:
                body += [(_EQUAL, 0, 1, value), allow]
            body.append(refuse)
            lines += [(_EQUAL, 0, len(body), n), *body]
    return [*lines, refuse]


def only_these() -> list[str]:
    """Refuse all other system calls, for the rest of this process's life.

    It needs no_new_privs. Returns what is off: the kernel cannot do it, or this machine is not in
    the list.
    """
    if platform.machine() not in MACHINES or struct.calcsize("P") != 8:
        return [f"seccomp (no list of system calls for {platform.machine()})"]
    lines = _program(*MACHINES[platform.machine()])
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in lines))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(lines),
                                                      ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
    if libc.prctl(22, 2, ctypes.addressof(program), 0, 0):
        return [f"seccomp ({os.strerror(ctypes.get_errno())})"]
    return []
