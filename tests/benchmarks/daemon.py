"""The daemon's own figures: start to ready, memory, press to first sound, SIGTERM to exit.

    python tests/benchmarks/daemon.py --clip FILE [--runs 5] [--paced]

Every run starts a new daemon on the demo release with a simulated button and a wav file for a sound card, and observes
once. Unpaced, the clip is read as fast as it can be, so that only what follows the observation counts of the latency.
Medians of the runs are printed, with the smallest and the largest.
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

from device.control import ask
from device.errors import ControlError
from tools.demo.run import DemoPlan, resident_megabytes

REPOSITORY = Path(__file__).parents[2]


def run_once(plan: DemoPlan) -> dict[str, float]:
    """Start, observe, stop; return each figure, in seconds or megabytes."""
    settings = plan.work / "mien.toml"
    settings.write_text(plan.settings_text(), encoding="utf-8")
    began = time.monotonic()
    command = [sys.executable, "-m", "device", "run", "--config", str(settings)]
    daemon = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for(plan, lambda _: True)
        ready = time.monotonic() - began
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
        "resident when idle, MB": idle,
        "resident when playing, MB": playing,
        "press to first frame, s": latencies["press_to_first_frame_seconds"],
        "press to first sound, s": latencies["press_to_first_sound_seconds"],
        "observation's end to first sound, s": (
            latencies["press_to_first_sound_seconds"] - latencies["press_to_observed_seconds"]
        ),
        "SIGTERM to exit, s": time.monotonic() - stopping,
    }


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
            runs.append(run_once(plan))
    for figure in runs[0]:
        values = [run[figure] for run in runs]
        print(f"{figure:<36} {statistics.median(values):8.2f}   ({min(values):.2f} to {max(values):.2f})")


if __name__ == "__main__":
    main()
