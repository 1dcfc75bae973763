"""Runs inside the unit's sandbox, in the daemon's place, and tries what the daemon must not do.

sandbox_probe.py FILE writes a JSON document: by the name of each attempt whether it succeeded, and what else it saw.
sandbox_probe.py eat takes more memory than the unit may have.
"""

import ctypes
import json
import os
import resource
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

WRITTEN = (
    *("/", "/boot", "/dev", "/etc", "/home", "/opt/mien", "/root", "/run", "/srv", "/usr/local", "/var/lib"),
    *("/var/lib/mien", "/var/lib/mien/releases", "/var/lib/mien/music", "/var/log"),
)
OWN = Path("/tmp")  # noqa: S108 - the unit has one of its own, which is what is looked at
READ = ("/home/pi/diary", "/root/diary", f"{OWN}/diary", "/proc/1/environ")
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER, CLONE_NEWNS, PER_LINUX32, PTRACE_TRACEME, MS_BIND = 0x10000000, 0x20000, 8, 0, 4096
MEBIBYTE = 1 << 20


def could(attempt: Callable[[], object]) -> bool:
    """Try it in a process of its own, so that what succeeds does not change what the others find."""
    child = os.fork()
    if child == 0:
        try:
            attempt()
        except BaseException:  # noqa: BLE001 - whatever it is, it did not succeed
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def calls(name: str, *arguments: object) -> Callable[[], None]:
    def call() -> None:
        if getattr(LIBC, name)(*arguments) == -1:
            raise OSError(ctypes.get_errno(), name)

    return call


def opens(family: int, kind: int = socket.SOCK_DGRAM) -> Callable[[], None]:
    return lambda: socket.socket(family, kind).close()


def writes(folder: str) -> Callable[[], None]:
    def write() -> None:
        file = Path(folder) / "mark"
        file.write_text("x")
        file.unlink()

    return write


def makes_set_user_id_file() -> None:
    tool = OWN / "tool"
    tool.touch()
    tool.chmod(0o4755)


def starts_threads(count: int) -> None:
    over = threading.Event()
    started = []
    try:
        for _ in range(count):
            thread = threading.Thread(target=over.wait)
            thread.start()
            started.append(thread)
    finally:
        over.set()
        for thread in started:
            thread.join()


def attempts() -> dict[str, Callable[[], object]]:
    tried: dict[str, Callable[[], object]] = {
        "a socket of the machine": opens(socket.AF_UNIX),
        "a netlink socket": opens(socket.AF_NETLINK, socket.SOCK_RAW),
        "an IPv4 socket": opens(socket.AF_INET),
        "an IPv6 socket": opens(socket.AF_INET6),
        "a packet socket": opens(socket.AF_PACKET, socket.SOCK_RAW),
        "its state folder": writes("/var/lib/mien/state"),
        "its run folder": writes("/run/mien"),
        "its own /tmp": writes(str(OWN)),
        "become root": lambda: os.setuid(0),
        "use sudo": lambda: subprocess.run(["sudo", "-n", "true"], check=True, capture_output=True),
        "make a device": lambda: os.mknod(OWN / "device", 0o20600, os.makedev(1, 11)),
        "open a device": lambda: os.open("/dev/kernel-messages", os.O_WRONLY),
        "mount": calls("mount", b"/etc", b"/mnt", b"none", MS_BIND, None),
        "a user namespace": calls("unshare", CLONE_NEWUSER),
        "a mount namespace": calls("unshare", CLONE_NEWNS),
        "trace": calls("ptrace", PTRACE_TRACEME, 0, None, None),
        "another personality": calls("personality", PER_LINUX32),
        "set the host name": calls("sethostname", b"other", 5),
        "set the clock": calls("settimeofday", bytes(16), None),
        "real-time scheduling": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
        "more priority": lambda: os.nice(-5),
        "a set-user-id file": makes_set_user_id_file,
        "signal the first process": lambda: os.kill(1, 0),
        "a hundred threads": lambda: starts_threads(100),
        "thirty threads": lambda: starts_threads(30),
    }
    tried |= {f"write {folder}": writes(folder) for folder in WRITTEN}
    return tried | {f"read {path}": Path(path).read_bytes for path in READ}


def facts() -> dict[str, object]:
    status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    return {
        "interfaces": sorted(name for _, name in socket.if_nameindex()),
        "capabilities": int(status["CapEff"], 16) | int(status["CapBnd"], 16) | int(status["CapAmb"], 16),
        "no new privileges": status["NoNewPrivs"] == "1",
        "system calls are filtered": status["Seccomp"] == "2",
        "core dump bytes": resource.getrlimit(resource.RLIMIT_CORE)[1],
        "processes": [path.name for path in Path("/proc").glob("[0-9]*") if path.name != str(os.getpid())],
        "devices": sorted(path.name for path in Path("/dev").iterdir()),
    }


if sys.argv[1] == "eat":
    eaten = bytearray(600 * MEBIBYTE)
    eaten[::4096] = b"x" * len(eaten[::4096])
else:
    done = {name: could(attempt) for name, attempt in attempts().items()}
    Path(sys.argv[1]).write_text(json.dumps({"could": done, "facts": facts()}))
