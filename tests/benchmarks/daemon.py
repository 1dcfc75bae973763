"""The daemon's own figures: start to ready, idle CPU, memory, press to first sound, SIGTERM to exit.

    python tests/benchmarks/daemon.py --clip FILE [--runs 5] [--paced] [--idle-seconds 60]

Every run starts a new daemon on the demo release with a simulated button and a wav file for a sound card, and observes
once. Unpaced, the clip is read as fast as it can be, so that only what follows the observation counts of the latency.
Medians of the runs are printed, with the smallest and the largest.

Without VLC's list of its plugins (Debian's libvlc-bin keeps it) libvlc loads every one of them, which takes 40 MB.
"""

import argparse
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from device.errors import ControlError
from device.status.control_socket import ask
from tools.demo.run import DemoPlan, cpu_seconds, resident_megabytes

REPOSITORY = Path(__file__).parents[2]


def run_once(plan: DemoPlan, idle_seconds: float) -> dict[str, float]:
    """Start, wait, observe, stop; return each figure, in seconds, percent or megabytes."""
    settings = plan.work / "mien.toml"
    settings.write_text(plan.settings_text(), encoding="utf-8")
    began = time.monotonic()
    command = [sys.executable, "-m", "device", "run", "--config", str(settings)]
    daemon = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for(plan, lambda _: True)
        ready = time.monotonic() - began
        idle_cpu = idle_percent(daemon.pid, idle_seconds)
        idle = resident_megabytes(daemon.pid)
        ask(plan.socket, {"command": "press", "hold_seconds": 0})
        status = wait_for(plan, lambda s: s["latencies"]["press_to_first_sound_seconds"] is not None)
        playing = resident_megabytes(daemon.pid)
        latencies = status["latencies"]
    finally:
        stopping = time.monotonic()
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(10)
    return {
        "start to ready, s": ready,
        "CPU when idle, % of one core": idle_cpu,
        "resident when idle, MB": idle,
        "resident when playing, MB": playing,
        "press to streaming, s": latencies["press_to_streaming_seconds"],
        "press to first frame, s": latencies["press_to_first_frame_seconds"],
        "press to first credited frame, s": latencies["press_to_first_credited_seconds"],
        "press to first sound, s": latencies["press_to_first_sound_seconds"],
        "observation's end to first sound, s": (
            latencies["press_to_first_sound_seconds"] - latencies["press_to_observed_seconds"]
        ),
        "SIGTERM to exit, s": time.monotonic() - stopping,
    }


def idle_percent(process: int, seconds: float) -> float:
    """Percent of one core that a process takes while nothing happens, once its start is over."""
    time.sleep(1)
    before = cpu_seconds(process)
    time.sleep(seconds)
    return 100 * (cpu_seconds(process) - before) / seconds


def wait_for(plan: DemoPlan, wanted: Any) -> dict[str, Any]:
    """Poll the daemon until its status is as wanted."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            status = ask(plan.socket, {"command": "status"})
            if wanted(status):
                return status
        except ControlError:
            pass
        time.sleep(0.01)
    msg = "the daemon did not answer in time"
    raise TimeoutError(msg)


def main() -> None:
    """Print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--paced", action="store_true")
    parser.add_argument("--idle-seconds", type=float, default=60.0, help="how long idle CPU is measured in each run")
    arguments = parser.parse_args()
    runs = []
    for _ in range(arguments.runs):
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder)
            release = REPOSITORY / "models"
            plan = DemoPlan(
                release=release,
                music=release / "demo_library",
                work=work,
                webcam=None,
                clip=arguments.clip.absolute(),
                fast=not arguments.paced,
                recording=work / "heard.wav",
            )
            runs.append(run_once(plan, arguments.idle_seconds))
    for figure in runs[0]:
        values = [run[figure] for run in runs]
        print(f"{figure:<36} {statistics.median(values):8.2f}   ({min(values):.2f} to {max(values):.2f})")


if __name__ == "__main__":
    main()
