"""What watching costs: the CPU of ``mien watch`` in a terminal, and that of the daemon which serves it.

    python tests/benchmarks/watch.py --clip FILE [--seconds 30]

The daemon runs on the demo release with a simulated button. Idle, it is measured without and with a watcher: the
difference is what serving costs. While it observes, frame after frame is read anyway; there only the watcher is
measured, over an observation at the clip's true pace, in which the screen changes most.
"""

import argparse
import os
import pty
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from device.errors import ControlError
from device.status.control_socket import ask
from tools.demo.run import DemoPlan, cpu_seconds

REPOSITORY = Path(__file__).parents[2]
STARTING_SECONDS = 3.0
OBSERVING_SECONDS = 14.0


def shares(seconds: float, *processes: int) -> list[float]:
    """Percent of one core that each process takes over some time."""
    before = [cpu_seconds(process) for process in processes]
    time.sleep(seconds)
    return [100 * (cpu_seconds(process) - was) / seconds for process, was in zip(processes, before, strict=True)]


@contextmanager
def daemon(plan: DemoPlan) -> Iterator[int]:
    """Run a daemon; give its process id once it answers."""
    settings = plan.work / "mien.toml"
    settings.write_text(plan.settings_text(), encoding="utf-8")
    command = [sys.executable, "-m", "device", "run", "--config", str(settings)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                ask(plan.socket, {"command": "status"})
                break
            except ControlError:
                time.sleep(0.05)
        time.sleep(STARTING_SECONDS)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


@contextmanager
def watcher(plan: DemoPlan) -> Iterator[int]:
    """Run ``mien watch`` in a terminal of its own, and read what it draws."""
    controller, terminal = pty.openpty()
    command = [sys.executable, "-m", "device", "watch", "--config", str(plan.work / "mien.toml")]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24", "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen(command, stdin=terminal, stdout=terminal, env=environment)
    os.close(terminal)
    threading.Thread(target=drain, args=(controller,), daemon=True).start()
    time.sleep(STARTING_SECONDS)
    yield process.pid
    os.write(controller, b"q")
    process.wait(10)


def drain(controller: int) -> None:
    """Take what is drawn, as a terminal does."""
    try:
        while os.read(controller, 65536):
            pass
    except OSError:  # the watcher ended
        return


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long each idle figure is measured")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work, release = Path(folder), REPOSITORY / "models"
        clip, music = arguments.clip.absolute(), release / "demo_library"
        plan = DemoPlan(release, music, work, None, clip, fast=False, recording=work / "heard.wav")
        with daemon(plan) as box:
            [alone] = shares(arguments.seconds, box)
            with watcher(plan) as watching:
                served, calm = shares(arguments.seconds, box, watching)
                ask(plan.socket, {"command": "press", "hold_seconds": 0})
                [busy] = shares(OBSERVING_SECONDS, watching)
    print(f"daemon, idle                    {alone:5.2f} % of one core")
    print(f"daemon, idle and watched        {served:5.2f} %")
    print(f"mien watch, idle                {calm:5.2f} %")
    print(f"mien watch, while observing     {busy:5.2f} %")


if __name__ == "__main__":
    main()
