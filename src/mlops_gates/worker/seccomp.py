"""A seccomp filter by plain `prctl`: what a process may no longer ask the kernel. Standard library, Python 3.8+.

No socket but a connected pair, no new process (so no fork bomb, no orphan, and the memory limit of one process is the
limit of all), no signal or limit for anybody else, none of the kernel's rarer doors. Threads stay allowed.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x35, 0x54, 0x06
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_CLONE_THREAD, _SOCK_TYPE_MASK, _SOCK_STREAM, _AF_UNIX = 0x10000, 0xF, 1, 1
_X32 = 0x40000000
_UNKNOWN = 463
"""From here on calls are newer than this table (Linux 6.13); libraries live with kernels that lack them."""

ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}

# name: (number on x86_64, number on aarch64); -1 where the architecture lacks the call
_DENIED: dict[str, tuple[int, int]] = {
    "fork": (57, -1), "vfork": (58, -1), "execve": (59, 221), "execveat": (322, 281),
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "accept": (43, 202),
    "accept4": (288, 242),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "process_madvise": (440, 440), "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438), "tkill": (200, 130), "setpriority": (141, 140), "ioprio_set": (251, 30),
    "migrate_pages": (256, 238), "move_pages": (279, 239),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97),
    "setns": (308, 268), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "keyctl": (250, 219),
    "add_key": (248, 217), "request_key": (249, 218), "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264), "personality": (135, 92), "quotactl": (179, 60), "acct": (163, 89),
    "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171),
    "clock_adjtime": (305, 266), "sethostname": (170, 161), "setdomainname": (171, 162), "iopl": (172, -1),
    "ioperm": (173, -1), "modify_ldt": (154, -1), "vhangup": (153, 58), "syslog": (103, 116),
    "fanotify_init": (300, 262), "shmget": (29, 194), "shmat": (30, 196), "msgget": (68, 186), "semget": (64, 190),
    "shmctl": (31, 195), "semop": (65, 193), "semctl": (66, 191), "semtimedop": (220, 192), "msgsnd": (69, 189),
    "msgrcv": (70, 188), "msgctl": (71, 187), "mq_open": (240, 180), "mq_unlink": (241, 181),
    "truncate": (76, 45), "mknod": (133, -1), "mknodat": (259, 33),
}  # fmt: skip
_ABSENT = {"clone3": (435, 435), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
           "io_uring_register": (427, 427), "memfd_create": (319, 279), "memfd_secret": (447, 447)}  # fmt: skip
_PRETENDED = {
    "chmod": (90, -1), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, -1),
    "fchown": (93, 55), "lchown": (94, -1), "fchownat": (260, 54), "utime": (132, -1), "utimes": (235, -1),
    "futimesat": (261, -1), "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
}  # fmt: skip
_OWN = {"kill": (62, 129), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240)}
_OWN_OR_ZERO = {"prlimit64": (302, 261), "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119),
                "sched_setparam": (142, 118), "sched_setattr": (314, 274)}  # fmt: skip
_CLONE, _SOCKETPAIR, _IOCTL, _PRCTL, _FCNTL = (56, 220), (53, 199), (16, 29), (157, 167), (72, 25)
_LOCKED_PRCTL = (1, 4, 0x59616D61)
"""PDEATHSIG, DUMPABLE and PTRACER are set by the sandbox and stay as they are."""
_LOCKED_IOCTL = (0x5412, 0x541C, 0x8901, 0x8902)
"""TIOCSTI and TIOCLINUX put keystrokes into somebody else's terminal; FIOSETOWN and SIOCSPGRP are as below."""
_LOCKED_FCNTL = (8, 10, 15)
"""F_SETOWN, F_SETSIG and F_SETOWN_EX make the kernel send a signal of choice to a process of choice."""


def install() -> None:
    """Filters this thread and all that it starts, for good. Needs `NO_NEW_PRIVS`. Raises `OSError`."""
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"no filter for {machine}")
    code = program(machine, os.getpid())
    buffer = ctypes.create_string_buffer(code, len(code))

    class _Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]

    described = _Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_MODE_FILTER), ctypes.byref(described), 0, 0) != 0:
        failed = ctypes.get_errno()
        raise OSError(failed, os.strerror(failed))


def program(machine: str, pid: int) -> bytes:
    """The filter as BPF for one architecture and one process; every rule ends in a verdict of its own."""
    arch, column = ARCHITECTURES[machine]
    refused, absent, pretended = _verdict(errno.EPERM), _verdict(errno.ENOSYS), _verdict(0)
    steps = [_step(_LOAD, _ARCH), _step(_EQUAL, arch, 1, 0), refused, _step(_LOAD, _NUMBER)]
    if machine == "x86_64":
        steps += [_step(_AT_LEAST, _X32, 0, 1), refused]
    steps += [_step(_AT_LEAST, _UNKNOWN, 0, 1), absent]
    for table, verdict in ((_DENIED, refused), (_ABSENT, absent), (_PRETENDED, pretended)):
        for numbers in table.values():
            steps += _when(numbers[column], [verdict])
    for table, allowed in ((_OWN, (pid,)), (_OWN_OR_ZERO, (pid, 0))):
        for numbers in table.values():
            steps += _when(numbers[column], _only(0, allowed))
    steps += _when(_CLONE[column], [_load(0), _step(_AND, _CLONE_THREAD), _step(_EQUAL, 0, 0, 1), refused])
    pair = [_load(1), _step(_AND, _SOCK_TYPE_MASK), _step(_EQUAL, _SOCK_STREAM, 1, 0), refused, *_only(0, (_AF_UNIX,))]
    steps += _when(_SOCKETPAIR[column], pair)
    steps += _when(_IOCTL[column], _never(1, _LOCKED_IOCTL))
    steps += _when(_FCNTL[column], _never(1, _LOCKED_FCNTL))
    steps += _when(_PRCTL[column], _never(0, _LOCKED_PRCTL))
    steps.append(_step(_RETURN, _ALLOW))
    return b"".join(steps)


def _when(number: int, body: list[bytes]) -> list[bytes]:
    """`body` for one system call: a verdict, or conditions after which the call is allowed."""
    if number < 0:
        return []
    if len(body) > 1:
        body = [*body, _step(_RETURN, _ALLOW)]
    return [_step(_EQUAL, number, 0, len(body)), *body]


def _only(argument: int, values: tuple[int, ...]) -> list[bytes]:
    """Refuses unless the low half of an argument is one of the values."""
    jumps = [_step(_EQUAL, value, len(values) - place, 0) for place, value in enumerate(values)]
    return [_load(argument), *jumps, _verdict(errno.EPERM)]


def _never(argument: int, values: tuple[int, ...]) -> list[bytes]:
    """Refuses when the low half of an argument is one of the values."""
    steps = [_load(argument)]
    for value in values:
        steps += [_step(_EQUAL, value, 0, 1), _verdict(errno.EPERM)]
    return steps


def _load(argument: int) -> bytes:
    """The low half of an argument: both architectures are little-endian."""
    return _step(_LOAD, _ARGUMENTS + 8 * argument)


def _verdict(error: int) -> bytes:
    return _step(_RETURN, _ERRNO | error)


def _step(code: int, value: int, when_true: int = 0, when_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, when_true, when_false, value)
