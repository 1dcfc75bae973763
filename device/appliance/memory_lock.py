"""Memory that is never swapped out, so that no picture reaches a card by way of swap; and whether it is so.

A unit's ``MemorySwapMax=0`` works only where the kernel has its memory controller on, which Raspberry Pi OS has not.
``mlockall`` works on every kernel. Only pages that are used are held (``MCL_ONFAULT``): it costs no memory.

And memory that is given back: a frame is a block of its own, which the kernel takes back, and wipes, as soon as nobody
needs it. Left to itself the allocator would soon keep such blocks among the small ones, and the process would grow.
"""

import ctypes
import logging
import os
import resource
from pathlib import Path

from device.status.status import MemoryState

_log = logging.getLogger(__name__)

_PROCESS = Path("/proc/self/status")
_SWAPS = Path("/proc/swaps")
_CURRENT, _FUTURE, _ON_FAULT = 1, 2, 4  # <sys/mman.h>, the same on x86-64 and on arm64
_MAY_LOCK = 1 << 14  # CAP_IPC_LOCK of <linux/capability.h>: without any limit
_KIBIBYTE = 1024

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8  # glibc's <malloc.h>; other C libraries have no such thing
_OWN_BLOCK_BYTES = 64 * _KIBIBYTE
_ARENAS = 1  # one heap for all threads leaves the fewest holes, and nobody here waits for another


class MemoryLock:
    """Locks the memory of this process, once; what could not be locked is said and costs nothing else."""

    def __init__(self, process: Path = _PROCESS) -> None:
        """Lock nothing yet.

        :param process: where the kernel tells of this process.
        """
        self._process = process
        self._why_not = "nobody asked for it"

    def lock(self) -> None:
        """Lock what is mapped now and whatever comes; nothing is raised."""
        self._why_not = _refusal(self._process) or _lock_all()
        if self._why_not:
            _log.info("the memory is not locked: %s", self._why_not)

    def state(self) -> MemoryState:
        """Say how it is now, in the kernel's words; safe from any thread."""
        kibibytes = _status(self._process)
        locked, swapped = (int(kibibytes.get(name, "0").split()[0]) for name in ("VmLck", "VmSwap"))
        return MemoryState(locked > 0, swapped * _KIBIBYTE, "" if locked else self._why_not)


def give_memory_back() -> None:
    """Have what is larger than 64 KiB given back at once when it is freed, here and in every library."""
    try:
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, _OWN_BLOCK_BYTES)  # to name it is to keep it from rising by itself
        library.mallopt(_ARENA_MAX, _ARENAS)
    except (OSError, AttributeError):
        _log.debug("this C library cannot be told how to keep memory")


def swap_areas(swaps: Path = _SWAPS) -> list[str]:
    """Name the files and devices that this machine swaps to."""
    try:
        return [
            line.split()[0] for line in swaps.read_text(encoding="utf-8", errors="replace").splitlines()[1:] if line
        ]
    except OSError:
        return []


def _refusal(process: Path) -> str:
    """Say why locking would do harm, empty if it would not: with a limit, a growing process would run out of memory."""
    soft, hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    unlimited = resource.RLIM_INFINITY
    if int(_status(process).get("CapEff", "0"), 16) & _MAY_LOCK or soft == unlimited:
        return ""
    if hard == unlimited:
        try:
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (unlimited, unlimited))
        except (OSError, ValueError) as error:
            return f"the limit of locked memory cannot be raised ({error})"
        return ""
    return f"this process may lock {hard // _KIBIBYTE} KiB and no more"


def _lock_all() -> str:
    """Lock; return why that did not work, empty if it did."""
    try:
        library = ctypes.CDLL(None, use_errno=True)
        if library.mlockall(_CURRENT | _FUTURE | _ON_FAULT) == 0:
            return ""
    except (OSError, AttributeError) as error:  # a C library that has no such call
        return str(error)
    return f"the kernel refuses it ({os.strerror(ctypes.get_errno())})"


def _status(process: Path) -> dict[str, str]:
    try:
        lines = process.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
