"""What a verb of ``mien`` costs as a whole process, beside another checkout's and beside Python itself.

    python tests/benchmarks/verbs.py [--beside FOLDER] [--runs 15] [VERB [ARGUMENT …]]

FOLDER is another checkout, of an earlier commit say. Every run is a new process; the two checkouts take turns, so that
both meet the same load. Medians are printed: processor time (user and system) in milliseconds and the most memory in
megabytes (resident, as the kernel counts it for the ended process).
"""

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parents[2]
LIGHT = (
    ("status", "--help"),
    ("press", "--help"),
    ("watch", "--help"),
    ("explain", "--help"),
    ("metrics", "--help"),
    ("config",),
    ("panel", "--help"),
    ("doctor", "--help"),
    ("release", "settle"),
    ("--help",),
)


def cost(command: Sequence[str], folder: Path) -> tuple[float, float]:
    """Run a command to its end; return its milliseconds of processor time and its megabytes at most."""
    environment = os.environ | {"PYTHONPATH": str(folder)}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return 1000 * (used.ru_utime + used.ru_stime), used.ru_maxrss / 1024


def compare(command: Sequence[str], folders: Sequence[Path], runs: int) -> list[tuple[float, float]]:
    """Return the medians of a command in each folder, whose runs take turns."""
    costs = [[cost(command, folder) for folder in folders] for _ in range(runs)]
    return [
        (statistics.median(run[place][0] for run in costs), statistics.median(run[place][1] for run in costs))
        for place in range(len(folders))
    ]


def main() -> None:
    """Print a row for each verb."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--beside", type=Path, metavar="FOLDER")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("verb", nargs="*")
    arguments = parser.parse_args()
    folders = [HERE, *([arguments.beside.resolve()] if arguments.beside else [])]
    print(f"{'':20} {'here':>20} {'beside':>20}   share" if arguments.beside else f"{'':20} {'here':>20}")
    for words in [tuple(arguments.verb)] if arguments.verb else LIGHT:
        measured = compare([sys.executable, "-m", "device", *words], folders, arguments.runs)
        cells = [f"{milliseconds:8.1f} ms {megabytes:6.1f} MB" for milliseconds, megabytes in measured]
        share = f"   {measured[0][0] / measured[1][0]:.2f}" if arguments.beside else ""
        print(f"{' '.join(words):20} {' '.join(cells)}{share}", flush=True)
    [(milliseconds, megabytes)] = compare([sys.executable, "-c", ""], [HERE], arguments.runs)
    print(f"{'python itself':20} {milliseconds:8.1f} ms {megabytes:6.1f} MB")


if __name__ == "__main__":
    main()
