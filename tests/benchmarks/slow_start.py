"""How long a start takes on a small share of this machine's core, beside the bare import of what the daemon needs.

    sudo python tests/benchmarks/slow_start.py --clip FILE [--percent 8] [--runs 3]

The kernel gives both so many percent of one core, in a control group that is made for it: at 8 % this machine is about
as quick as a Raspberry Pi Zero 2 W. Files come from memory, as after the first run. Printed are the medians of the wall
time, and of the processor time, until the daemon tells systemd that it is ready, and until the import has ended. The
camera is a recording: importing picamera2, which only a Pi has, takes 0.7 s of processor time more.
"""

import argparse
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.demo.run import DemoPlan, cpu_seconds

REPOSITORY = Path(__file__).parents[2]
IMPORTS = "import cv2, numpy, sqlite3, vlc; from tflite_runtime import interpreter"
_PERIOD = 100_000
_LONGEST_SECONDS = 300


@contextmanager
def core_share(percent: float) -> Iterator[Path]:
    """Make a control group that has so many percent of one core, and give its list of processes."""
    top, quota = Path("/sys/fs/cgroup"), round(_PERIOD * percent / 100)
    if (top / "cgroup.controllers").exists():
        group = top / "mien-slow-start"
        (top / "cgroup.subtree_control").write_text("+cpu")
        group.mkdir()
        (group / "cpu.max").write_text(f"{quota} {_PERIOD}")
    else:
        group = top / "cpu" / "mien-slow-start"
        group.mkdir()
        (group / "cpu.cfs_period_us").write_text(str(_PERIOD))
        (group / "cpu.cfs_quota_us").write_text(str(quota))
    try:
        yield group / "cgroup.procs"
    finally:
        group.rmdir()


def within(processes: Path, command: list[str], **environment: str) -> subprocess.Popen[bytes]:
    """Start a command in a group."""
    enter = 'echo $$ > "$0" && exec "$@"'
    return subprocess.Popen(
        ["sh", "-c", enter, str(processes), *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=REPOSITORY,
        env=os.environ | environment,
    )


def time_daemon(processes: Path, clip: Path) -> tuple[float, float]:
    """Return wall and processor seconds until a new daemon says that it is ready."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        work, release = Path(folder), REPOSITORY / "models"
        heard = work / "heard.wav"
        plan = DemoPlan(release, release / "demo_library", work, webcam=None, clip=clip, fast=False, recording=heard)
        (work / "mien.toml").write_text(plan.settings_text(), encoding="utf-8")
        notified.bind(str(work / "notify"))
        notified.settimeout(_LONGEST_SECONDS)
        began = time.monotonic()
        command = [sys.executable, "-m", "device", "run", "--config", str(work / "mien.toml")]
        daemon = within(processes, command, NOTIFY_SOCKET=str(work / "notify"))
        while b"READY=1" not in notified.recv(4096):
            pass
        taken = time.monotonic() - began, cpu_seconds(daemon.pid)
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(_LONGEST_SECONDS)
    return taken


def time_imports(processes: Path) -> tuple[float, float]:
    """Return wall and processor seconds until everything is imported, by a process that does nothing else."""
    before = sum(os.times()[2:4])
    began = time.monotonic()
    if within(processes, [sys.executable, "-c", IMPORTS]).wait(_LONGEST_SECONDS):
        msg = f"{IMPORTS}: failed"
        raise RuntimeError(msg)
    return time.monotonic() - began, sum(os.times()[2:4]) - before


def main() -> None:
    """Print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=Path, required=True)
    parser.add_argument("--percent", type=float, default=8.0)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    with core_share(arguments.percent) as processes:
        time_imports(processes)  # files into memory
        daemons, imports = [], []
        for _ in range(arguments.runs):
            daemons.append(time_daemon(processes, arguments.clip.absolute()))
            imports.append(time_imports(processes))
    for what, runs in {"daemon: start to ready": daemons, "imports alone": imports}.items():
        wall, cpu = (statistics.median(run[number] for run in runs) for number in (0, 1))
        print(f"{what:<24} {wall:6.1f} s, processor {cpu:5.2f} s")


if __name__ == "__main__":
    main()
