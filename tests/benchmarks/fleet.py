"""How long a push takes: to one box and to forty, each a real sshd on loopback with its own folders and daemon.

    .venv/bin/python -m tests.benchmarks.fleet --boxes 40

Forty boxes share this machine's processors, which forty real ones would not: beside each time stands the processor
time that the boxes themselves took, divided by the processors; no push to boxes on one machine can be shorter. So with
--light their mien and systemctl are doubles that take a Pi's time and none of this machine's processors; ssh and rsync
are the real ones still.
"""

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from device.releases.manifest import describe_file, read_manifest, write_manifest
from device.releases.push_protocol import Plan, Presence, ReleasePlan
from tests.tools.fleet.conftest import Workstation, copy_release
from tests.tools.fleet.loopback import LoopbackBox, make_key

TICKS = os.sysconf("SC_CLK_TCK")
PROCESSORS = len(os.sched_getaffinity(0))

LIGHT_MIEN = """\
cd {folder}
case "$1 $2" in
"release plan") sleep 0.8; cat "$(cat now 2>/dev/null || echo before.json)" ;;
"release activate") sleep 3; echo after.json > now ;;
"status --json") sleep 0.8; cat status.json ;;
esac"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boxes", type=int, default=40)
    parser.add_argument("--runs", type=int, default=3, help="for one box; medians are told")
    parser.add_argument("--light", action="store_true", help="boxes that take time, and no processor")
    arguments = parser.parse_args()
    build = build_light if arguments.light else build_whole
    with tempfile.TemporaryDirectory() as name, fleet_of(arguments.boxes, Path(name), build) as station:
        one, every = [station.boxes[0].name], [box.name for box in station.boxes]
        print(f"{'':34} {'s':>6} {'x of one':>9}   processor s of the boxes / {PROCESSORS}")
        for what, verb, changes in (
            ("unchanged", "push", False),
            ("changed", "push", True),
            ("status", "fleet-status", False),
        ):
            single = statistics.median([timed(station, verb, one, changes=changes)[0] for _ in range(arguments.runs)])
            print(f"{what + ', 1 box':34} {single:6.2f}")
            many, work = timed(station, verb, every, changes=changes)
            print(f"{what + f', {len(every)} boxes':34} {many:6.2f} {many / single:9.1f}   {work / PROCESSORS:6.2f}")


def timed(station: Workstation, verb: str, names: Sequence[str], *, changes: bool) -> tuple[float, float]:
    """Return the seconds of one command, and the processor seconds of its boxes."""
    words: tuple[str, ...] = ()
    if verb == "push":
        words = ("--release", str(next_release(station.folder) if changes else station.folder / "1"))
        if changes:
            for box in station.boxes:
                (box.folder / "now").unlink(missing_ok=True)  # a light box forgets
        else:
            station.fleet("push", *names, *words)
    before, began = work_of_all(station), time.monotonic()
    ended = station.fleet(verb, *names, *words)
    seconds = time.monotonic() - began
    wanted = "done" if changes else "unchanged"
    if verb == "push" and f" {len(names)} {wanted}" not in ended.stdout.splitlines()[-1]:
        raise SystemExit(ended.stdout + ended.stderr)
    return seconds, sum(ticks - before.get(number, 0) for number, ticks in work_of_all(station).items()) / TICKS


def next_release(folder: Path) -> Path:
    """Make another release, which differs from the others in its song table."""
    number = sum(1 for _ in folder.glob("[0-9]*")) + 1
    release = copy_release(folder / str(number))
    table = release / "songs.sqlite"
    with closing(sqlite3.connect(table)) as database, database:
        database.execute("UPDATE songs SET title = ?", (f"of release {number}",))
    manifest = read_manifest(release)
    write_manifest(release, replace(manifest, files={**manifest.files, table.name: describe_file(table)}))
    return release


def work_of_all(station: Workstation) -> dict[int, int]:
    """Return the clock ticks that every process of every box has taken so far, by its number."""
    return {number: ticks for box in station.boxes for number, ticks in work_of(box).items()}


def work_of(box: LoopbackBox) -> dict[int, int]:
    """Return the clock ticks of a box's sshd, service and daemon, and of what they ran and waited for."""
    assert box.sshd is not None
    numbers = [box.sshd.pid]
    if (box.folder / "service.pid").exists():
        keeper = int((box.folder / "service.pid").read_text())
        children = Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split()
        numbers += [keeper, *map(int, children)]
    return {number: _ticks(number) for number in numbers}


def _ticks(process: int) -> int:
    return sum(map(int, Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:15]))


def build_whole(box: LoopbackBox, release: Path) -> None:
    """Build a box whose daemon runs."""
    box.build(release / "nothing.avi")
    box.start()
    box.mien("release", "activate", str(release))
    subprocess.run([box.folder / "bin" / "systemctl", "restart", "mien"], check=True)


def build_light(box: LoopbackBox, release: Path) -> None:
    """Build a box that answers as one does on a Pi, in a Pi's time."""
    box.build(release / "nothing.avi")
    box.command("mien", LIGHT_MIEN.format(folder=box.folder))
    box.command("systemctl", "sleep 2.5")
    landing = str(box.releases / ".2.partial")
    lacking = ReleasePlan("2", Presence.ABSENT, missing=("songs.sqlite",), send_bytes=32768, landing=landing)
    before = Plan("0.1.0", release.name, None, confirmed=True, release=lacking)
    (box.folder / "before.json").write_text(before.text())
    after = replace(before, current="2", previous=release.name, release=ReleasePlan("2", Presence.CURRENT))
    (box.folder / "after.json").write_text(after.text())
    status = {
        "schema": 1,
        "problems": [],
        "release": {"id": "2"},
        "songs": {"loaded": 23},
        "state": "idle",
        "uptime_seconds": 9,
    }
    (box.folder / "status.json").write_text(json.dumps(status))
    box.start()


@contextmanager
def fleet_of(count: int, folder: Path, build: Callable[[LoopbackBox, Path], None]) -> Iterator[Workstation]:
    """Build boxes on release 1."""
    key = make_key(folder / "key")
    boxes = [LoopbackBox(folder / "boxes" / f"box{number:02}", key) for number in range(1, count + 1)]
    station = Workstation(folder / "workstation", boxes)
    first = copy_release(station.folder / "1")

    try:
        with ThreadPoolExecutor(PROCESSORS) as pool:
            list(pool.map(lambda box: build(box, first), boxes))
        yield station
    finally:
        for box in boxes:
            box.stop()


if __name__ == "__main__":
    main()
