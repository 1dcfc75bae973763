"""The daemon's memory is locked where that may be, and where it may not it is said why."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from device.appliance.memory_lock import MemoryLock, swap_areas
from tests.waiting import PATIENCE_SECONDS

REPOSITORY = Path(__file__).parents[3]

IN_A_PROCESS_OF_ITS_OWN = """
import dataclasses, json, os, resource, sys
from device.appliance.memory_lock import MemoryLock, give_memory_back
lock = MemoryLock()
before = lock.state()
if sys.argv[1] != "as it is":
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (int(sys.argv[1]), int(sys.argv[1])))
    if os.geteuid() == 0:
        os.setresuid(65534, 65534, 65534)
give_memory_back()
lock.lock()
grown = bytearray(64 << 20)
grown[::4096] = b"x" * len(grown[::4096])
freed, grown = len(grown), None
print(json.dumps([dataclasses.asdict(before), dataclasses.asdict(lock.state())]))
"""


def locked_with(limit: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-c", IN_A_PROCESS_OF_ITS_OWN, limit]
    finished = subprocess.run(
        command, capture_output=True, text=True, cwd=REPOSITORY, check=False, timeout=PATIENCE_SECONDS
    )
    assert finished.returncode == 0, finished.stderr
    states: list[dict[str, Any]] = json.loads(finished.stdout)
    return states


@pytest.mark.skipif(
    os.geteuid() != 0 and resource.getrlimit(resource.RLIMIT_MEMLOCK)[1] != resource.RLIM_INFINITY,
    reason="this user may not lock memory",
)
def test_memory_is_locked_where_it_may_be() -> None:
    before, after = locked_with("as it is")
    assert before == {"locked": False, "swapped_bytes": 0, "why_not": "nobody asked for it"}
    if after["why_not"].startswith("the kernel refuses it"):
        pytest.skip("a kernel that locks nothing")
    assert after == {"locked": True, "swapped_bytes": 0, "why_not": ""}


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone gives up what it may")
@pytest.mark.parametrize("kibibytes", [0, 64, 8192])
def test_a_limit_is_told_and_costs_no_memory(kibibytes: int) -> None:
    _, after = locked_with(str(kibibytes * 1024))
    assert after == {
        "locked": False,
        "swapped_bytes": 0,
        "why_not": f"this process may lock {kibibytes} KiB and no more",
    }


def test_the_kernels_own_words_decide(tmp_path: Path) -> None:
    told = tmp_path / "status"
    told.write_text("Name:\tmien\nVmLck:\t  123456 kB\nVmSwap:\t      12 kB\n")
    state = MemoryLock(told).state()
    assert (state.locked, state.swapped_bytes, state.why_not) == (True, 12 * 1024, "")
    assert not MemoryLock(tmp_path / "nothing").state().locked


def test_the_swap_of_a_machine_is_named(tmp_path: Path) -> None:
    swaps = tmp_path / "swaps"
    swaps.write_text("Filename\t\t\tType\n/var/swap    file  102396 0 -2\n/dev/zram0  partition 9 0 100\n")
    assert swap_areas(swaps) == ["/var/swap", "/dev/zram0"]
    swaps.write_text("Filename\t\t\tType\n")
    assert swap_areas(swaps) == []
    assert swap_areas(tmp_path / "nothing") == []
