"""In the child, before any code that is not ours: takes away what a model has no business with.

Each measure stands alone, so that a kernel that lacks one keeps the others; what is lacking is named. The order
matters: limits and the other user need rights that `NO_NEW_PRIVS` and Landlock take, and seccomp comes last because
it forbids what sets up the rest. Standard library, Python 3.8+.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from typing import Any, NamedTuple

from . import landlock, seccomp

NOBODY = 65534
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
_CAP_KILL = 5
_CAPABILITY_V3 = 0x20080522
_THREADS_OF_NOBODY = 1024
"""Counted over all processes of that user on the machine, so it leaves room for many workers."""

SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin", "/nix/store", "/etc/ld.so.cache", "/etc/ld.so.conf",
          "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime", "/etc/timezone", "/etc/os-release",
          "/etc/nsswitch.conf", "/etc/passwd", "/etc/group", "/etc/mime.types", "/etc/ssl/openssl.cnf",
          "/etc/ssl/certs", "/etc/fonts", "/sys/devices/system", "/sys/fs/cgroup", "/proc/cpuinfo", "/proc/meminfo",
          "/proc/stat", "/proc/version", "/proc/filesystems", "/proc/loadavg", "/proc/sys/vm", "/proc/self",
          "/dev/urandom", "/dev/random", "/dev/zero")  # fmt: skip
"""What interpreters and numeric libraries read. No /proc of others, no /dev/shm, no /run, no /var."""


class Plan(NamedTuple):
    """What the parent asks for. Paths are absolute and real; `memory` and `file_size` are bytes."""

    parent: int
    private: str
    code: tuple[str, ...]
    hidden: tuple[str, ...]
    memory: int
    file_size: int
    open_files: int

    @classmethod
    def of(cls, setup: dict[str, Any]) -> Plan:
        """The plan in the header of the first frame."""
        values: list[Any] = [setup[name] for name in cls._fields]
        return cls._make(tuple(value) if isinstance(value, list) else value for value in values)


class State(NamedTuple):
    """What holds now: the measures that are missing, and whether the parent's /proc is out of reach already."""

    missing: list[str]
    apart: bool


def apply(plan: Plan) -> State:
    """Shuts this process in. Never raises for a measure that the machine lacks: it is named in `missing`."""
    os.umask(0o077)
    os.chdir(plan.private)
    missing: list[str] = []
    if not sys.platform.startswith("linux"):
        _attempt(missing, "memory and file limits", _limit, plan, False)
        return State([*missing, "Landlock", "seccomp", "other user (this is not Linux)"], False)
    closed = _closed(plan, missing)
    dropped = _become_nobody(plan, missing)
    _limit(plan, dropped)
    _die_with(plan.parent)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    fenced = _attempt(
        missing, "Landlock (files outside the worker's own are protected by their owner alone)", _fence, plan, closed
    )
    filtered = _attempt(missing, "seccomp (network, sockets and new processes)", seccomp.install)
    if not filtered:
        # Without the filter this is what still stops fork bombs and orphans, root's aside; the price is threads.
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
        os.environ.update(thread_limits(1))
    return State(missing, fenced or dropped)


def environment(private: str, threads: int, libraries: str, hash_seed: int = 0) -> dict[str, str]:
    """The whole environment of a worker, built up from nothing; `libraries` is where the interpreter's own lie."""
    found = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": private,
        "TMPDIR": private,
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": str(hash_seed),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "MALLOC_ARENA_MAX": "2",  # an arena per thread would eat the address space that RLIMIT_AS counts
        **thread_limits(threads),
    }
    if libraries:
        found["LD_LIBRARY_PATH"] = libraries
    return found


def thread_limits(threads: int) -> dict[str, str]:
    """Variables that numeric libraries read when they are loaded; libgomp aborts where it cannot start a thread."""
    names = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB")
    # Threads that spin while they wait for each other make a prediction ten times as slow where a core is not free.
    limits = {"LOKY_MAX_CPU_COUNT": str(threads), "OMP_WAIT_POLICY": "PASSIVE"}
    return {**limits, **{name + "_NUM_THREADS": str(threads) for name in names}}


def prefixes() -> tuple[str, ...]:
    """The folders of the interpreter and of its virtual environment, as `site` would find them (it runs later)."""
    own = os.path.dirname(os.path.dirname(os.path.abspath(sys.executable)))  # noqa: PTH100, PTH120
    venv = (own,) if os.path.exists(os.path.join(own, "pyvenv.cfg")) else ()  # noqa: PTH110, PTH118
    found = dict.fromkeys((*venv, sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix))
    return tuple(path for path in map(os.path.realpath, found) if path != "/")


def _become_nobody(plan: Plan, missing: list[str]) -> bool:
    """Another user where we are root, if that user can still read what the work needs; else root without its powers."""
    if os.geteuid() != 0:
        return False
    if not _powers() & 1 << _CAP_KILL:
        missing.append("other user (without CAP_KILL the parent could not end it)")
        _attempt(missing, "less power for root", _drop_capabilities)
        return False
    try:
        os.setgroups([])
        if not _readable_by_nobody((*prefixes(), *plan.code, os.path.dirname(plan.private))):  # noqa: PTH120
            missing.append(f"other user (user {NOBODY} cannot read the interpreter or the code)")
            _drop_capabilities()
            return False
        os.chown(plan.private, NOBODY, NOBODY)
        _drop_bounding_set()
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    except OSError as error:
        missing.append(f"other user ({error.strerror})")
        _attempt(missing, "less power for root", _drop_capabilities)
        return False
    return True


def _powers() -> int:
    """The effective capabilities of this process, which are those of its parent, as bits."""
    with open("/proc/self/status", encoding="ascii", errors="replace") as status:  # noqa: PTH123
        found = [line for line in status if line.startswith("CapEff:")]
    return int(found[0].split()[1], 16) if found else 0


def _readable_by_nobody(paths: tuple[str, ...]) -> bool:
    """Asked of the kernel, as that user: modes alone do not tell of ACLs and of closed folders further up."""
    os.setresgid(NOBODY, NOBODY, 0)
    os.setresuid(-1, NOBODY, 0)
    try:
        return all(_open_to_me(path) for path in paths)
    finally:
        os.setresuid(-1, 0, 0)
        os.setresgid(0, 0, 0)


def _open_to_me(path: str) -> bool:
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.name.endswith(".py") or entry.name in ("lib", "bin"):
                    os.close(os.open(entry.path, os.O_RDONLY))
    except OSError:
        return False
    return True


def _limit(plan: Plan, dropped: bool) -> None:
    limits = [
        (resource.RLIMIT_AS, plan.memory),
        (resource.RLIMIT_FSIZE, plan.file_size),
        (resource.RLIMIT_NOFILE, plan.open_files),
        (resource.RLIMIT_CORE, 0),
    ]
    if dropped:
        limits.append((resource.RLIMIT_NPROC, _THREADS_OF_NOBODY))
    for kind, wanted in limits:
        hard = resource.getrlimit(kind)[1]
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(kind, (value, value))


def _die_with(parent: int) -> None:
    """A killed parent takes the worker along. Changing the user clears the order, so it comes after that."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _prctl(_PR_SET_DUMPABLE, 0)
    if os.getppid() != parent:
        os._exit(0)


def _closed(plan: Plan, missing: list[str]) -> tuple[str, ...]:
    """Every path that stays closed: asked while we are still who may see them all."""
    histories = [os.path.join(folder, name) for folder in plan.code for name in (".git", ".dvc")]  # noqa: PTH118
    own = [path for path in prefixes() if not path.startswith(tuple(name + "/" for name in SYSTEM))]
    links = landlock.other_names(plan.hidden, (*plan.code, *(path for path in own if path not in SYSTEM)))
    if not links.complete:
        missing.append("full search for hard links of hidden files (the folders are too large, or closed to the gate)")
    return (*histories, *plan.hidden, *links.paths)


def _fence(plan: Plan, closed: tuple[str, ...]) -> None:
    rules = landlock.Ruleset()
    for path in SYSTEM:
        rules.allow(path, landlock.READ)
    for path in (*prefixes(), *plan.code):
        rules.allow_around(path, closed)
    rules.allow("/dev/null", landlock.USE)
    rules.allow(plan.private, rules.private)
    rules.restrict()


def _drop_bounding_set() -> None:
    for capability in range(64):
        _libc().prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)  # fails past the last one, and where none is held


def _drop_capabilities() -> None:
    """Root without powers: still the owner of root's files, no longer above permissions, mounts and other processes."""
    _drop_bounding_set()
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_V3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    if _libc().capset(header, nothing) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _attempt(missing: list[str], name: str, measure: Any, *arguments: Any) -> bool:
    try:
        measure(*arguments)
    except (OSError, ValueError):
        missing.append(name)
        return False
    return True


def _prctl(option: int, value: int) -> None:
    """Works on every Linux since 3.5; raises `OSError` on what is none."""
    if _libc().prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)
