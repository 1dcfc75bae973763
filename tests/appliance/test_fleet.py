"""Push from a workstation, over a real sshd, to two boxes; and one of them loses its power in the middle."""

import argparse
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from box import OWNER, Box
from network import Cable
from store import carry_out, need
from wheelhouse import REPOSITORY, wheelhouse

from tools.errors import FleetError
from tools.fleet.inventory import open_fleet
from tools.releases.packing import pack_release

pytestmark = pytest.mark.timeout(2400)  # the first test makes the root, fetches wheels and installs

MODELS = REPOSITORY / "models"
MUSIC = MODELS / "demo_library"
RELEASES = Path("var/lib/mien/releases")
NEW = "2031.1.1"


SWAP = """
import contextlib, os, sys, time
os.chdir("/var/lib/mien/music")
while not os.path.exists("/run/over"):
    for change, arguments, seconds in (
        (os.rename, ("album", "own"), 0), (os.symlink, (sys.argv[1], "album"), 0.0005),
        (os.unlink, ("album",), 0), (os.rename, ("own", "album"), 0.0005),
    ):
        with contextlib.suppress(OSError):
            change(*arguments)
        time.sleep(seconds)
"""
"""Exchanges a folder of music for a link, and back, a thousand times a second."""


@dataclass(frozen=True)
class Workstation:
    """Where an owner sits, with two boxes, a key for them, and a release to bring."""

    folder: Path
    boxes: tuple[Box, Box]
    release: Path
    first_release: str

    def tools(self, verb: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a verb of mien-tools on the inventory of both."""
        command = [sys.executable, "-m", "tools", verb, "--inventory", self.folder / "inventory.py", *arguments]
        words = list(map(str, command))
        return subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, timeout=600, check=False)

    def push(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.tools("push", "--release", self.release, *arguments)

    def current(self) -> list[str]:
        """Return the release that each box's daemon is on; empty for one without a daemon."""
        return [box.status().get("release", {}).get("id", "") for box in self.boxes]


def outcomes(finished: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """Return the line of the summary, the last part that is printed, of each box."""
    lines = [
        line for line in finished.stdout.splitlines() if line.split()[:1] and line.split()[0] in {"north", "south"}
    ]
    return {line.split()[0]: " ".join(line.split()[1:]) for line in lines}


@pytest.fixture
def workstation(installed: Callable[..., Box], tmp_path: Path) -> Iterator[Workstation]:
    need("ssh", "openssh-client")
    need("rsync", "rsync")
    carry_out(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"])
    release = shutil.copytree(MODELS, tmp_path / "release", ignore=shutil.ignore_patterns("demo_library"))
    pack_release(release, NEW)
    with ExitStack() as stack:
        boxes = []
        for number, name in enumerate(("north", "south"), start=1):
            cable = stack.enter_context(Cable(number))
            box = stack.enter_context(installed(name, cable=cable))
            box.succeed(["install", "-d", "-o", OWNER, f"/home/{OWNER}/.ssh"])
            box.write(Path(f"home/{OWNER}/.ssh/authorized_keys"), (tmp_path / "key.pub").read_text())
            boxes.append(box)
        access = {
            "ssh_user": OWNER,
            "ssh_key": str(tmp_path / "key"),
            "ssh_known_hosts_file": str(tmp_path / "known_hosts"),
            "ssh_strict_host_key_checking": "accept-new",
        }
        listed = [(box.name, {**access, "ssh_hostname": box.cable.address}) for box in boxes if box.cable]
        (tmp_path / "inventory.py").write_text(f"boxes = {listed!r}\n")
        north, south = boxes
        first = {box.wait_for("idle")["release"]["id"] for box in boxes}
        yield Workstation(tmp_path, (north, south), release, first.pop())


def cut_power(box: Box, sign: Path) -> threading.Thread:
    """Cut a box's power as soon as a path appears on it; return the thread that waits for that."""

    def cut() -> None:
        box.wait_until((box.root / sign).exists, str(sign), seconds=300)
        assert box.cable is not None
        box.cable.pull()
        box.kill()

    thread = threading.Thread(target=cut)
    thread.start()
    return thread


def give_power(box: Box) -> None:
    assert box.cable is not None
    box.cable.plug()
    box.boot()
    box.wait_for("idle")


def test_a_release_and_music_reach_both_boxes_and_go_back(workstation: Workstation) -> None:
    song = next(iter(sorted(MUSIC.glob("*.ogg")))).name
    for box in workstation.boxes:
        (box.root / "var/lib/mien/music" / song).unlink()

    planned = workstation.push("--music", str(MUSIC), "--dry-run")
    assert planned.returncode == 0
    assert song in planned.stdout
    assert f"activate release {NEW} instead of {workstation.first_release}" in planned.stdout
    assert not any((box.root / RELEASES / NEW).exists() for box in workstation.boxes), "a plan changes nothing"

    pushed = workstation.push("--music", str(MUSIC))
    assert pushed.returncode == 0
    assert workstation.current() == [NEW, NEW]
    assert all(box.status()["songs"]["missing"] == 0 for box in workstation.boxes)

    seen = workstation.tools("fleet-status", "--json")
    assert seen.returncode == 0
    assert {one["status"]["release"]["id"] for one in json.loads(seen.stdout)} == {NEW}

    assert workstation.tools("rollback").returncode == 0
    assert workstation.current() == [workstation.first_release] * 2


def test_a_folder_of_music_that_a_guest_swaps_for_a_link_leads_a_push_nowhere(workstation: Workstation) -> None:
    north, etc = workstation.boxes[0], Path("etc/music-of-a-guest")
    north.succeed(["useradd", "--groups=mien", "guest"])
    north.succeed(["mkdir", f"/{etc}"])
    library = workstation.folder / "library"
    shutil.copytree(MUSIC, library)
    (library / "album").mkdir()
    for number in range(300):
        (library / f"album/{number}.ogg").write_bytes(b"sound" * 4000)
    with subprocess.Popen(north.inside(["python3", "-c", SWAP, f"/{etc}"], user="guest")) as guest:
        try:
            for _ in range(5):  # 300 songs each time, of which rsync alone decides where they go
                send_all(workstation, library)
        finally:
            north.succeed(["touch", "/run/over"])
            guest.wait(200)
    assert list((north.root / etc).iterdir()) == []
    assert send_all(workstation, library) == "", "and left alone, it arrives"
    assert len(list((north.root / "var/lib/mien/music/album").iterdir())) >= 300


def test_the_deploy_brings_music_from_a_workstation_through_no_link(workstation: Workstation) -> None:
    north, library = workstation.boxes[0], workstation.folder / "library"
    north.succeed(["useradd", "--groups=mien", "guest"])
    north.succeed(["ln", "-s", "/etc", "/var/lib/mien/music/sub"], user="guest")
    for name in ("sub/zz-planted.ogg", "an album/one song.ogg", "cover.jpg"):
        (library / name).parent.mkdir(parents=True, exist_ok=True)
        (library / name).write_text(f"sound of {name}")
    (library / "key.ogg").symlink_to(workstation.folder / "key")
    data = [f"--data=music={library}", f"--data=wheels={wheelhouse('3.11')}"]
    command = [sys.executable, "-m", "pyinfra", "-y", *data, "--limit=north", workstation.folder / "inventory.py"]
    words = [*map(str, command), "deploy/box.py"]
    deployed = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, timeout=600, check=False)
    assert deployed.returncode == 0, deployed.stderr
    music = north.root / "var/lib/mien/music"
    song = music / "an album/one song.ogg"
    assert song.read_text() == "sound of an album/one song.ogg"
    assert song.stat().st_mode & 0o7777 == 0o664
    assert not [path.name for path in (north.root / "etc").glob("zz*")]
    assert not (music / "key.ogg").exists()
    assert "key.ogg: a link that leads out of the folder" in deployed.stderr
    assert "sub/zz-planted.ogg: something stands in its way" in deployed.stderr
    assert not (north.root / "opt/mien/kit").exists()
    assert [name for name in north.succeed(["ls", "-a", f"/home/{OWNER}"]).split() if "pyinfra" in name] == []


def send_all(workstation: Workstation, library: Path) -> str:
    """Send a folder of songs to the first box as a push does; return what was complained of."""
    arguments = argparse.Namespace(hosts=["north"], user=None, inventory=workstation.folder / "inventory.py")
    names = [path.relative_to(library).as_posix() for path in sorted(library.rglob("*.ogg"))]
    size = sum((library / name).stat().st_size for name in names)
    flags = ("--ignore-times", "--chmod=a+rX,u+w")
    with open_fleet(arguments) as fleet:
        try:
            fleet.boxes[0].send(str(library), "/var/lib/mien/music", names, flags, size=size, hear=lambda _: None)
        except FleetError as error:
            return error.what
    return ""


def test_a_push_of_what_is_there_transfers_nothing(workstation: Workstation, measured: dict[str, float]) -> None:
    assert workstation.push("north").returncode == 0
    north = workstation.boxes[0]
    daemon = north.main_process()
    took = []
    for _ in range(2):  # the better of two is printed: this machine is shared
        began = time.monotonic()
        again = workstation.push("north")
        took.append(time.monotonic() - began)
        assert again.returncode == 0
        assert "nothing to do" in again.stdout
    measured["unchanged push"] = min(took)
    assert north.main_process() == daemon, "the daemon went on"
    assert workstation.current() == [NEW, workstation.first_release], "south was not named"


def test_a_box_that_dies_in_the_middle_is_named_and_gets_it_all_the_next_time(workstation: Workstation) -> None:
    north, south = workstation.boxes
    killer = cut_power(south, RELEASES / f".{NEW}.partial")
    pushed = workstation.push()
    killer.join()
    assert pushed.returncode == 1
    assert "done" in outcomes(pushed)["north"]
    assert "failed" in outcomes(pushed)["south"].lower()
    assert north.status()["release"]["id"] == NEW, "the first one has it"

    survey = workstation.tools("fleet-status", "--timeout", "20")
    assert survey.returncode == 1
    assert NEW in outcomes(survey)["north"], "a dead box hides nobody"

    give_power(south)
    assert workstation.current() == [NEW, workstation.first_release], "whole, on what it had"
    assert workstation.push().returncode == 0
    assert workstation.current() == [NEW, NEW]
    assert not (south.root / RELEASES / f".{NEW}.partial").exists()


def test_when_the_canary_dies_nobody_else_is_touched(workstation: Workstation) -> None:
    north, south = workstation.boxes
    killer = cut_power(north, RELEASES / f".{NEW}.partial")
    pushed = workstation.push()
    killer.join()
    assert pushed.returncode == 1
    assert "failed" in outcomes(pushed)["north"].lower()
    assert "not tried" in outcomes(pushed)["south"].lower()
    assert south.status()["release"]["id"] == workstation.first_release
    assert not (south.root / RELEASES / f".{NEW}.partial").exists()


def test_a_release_that_breaks_on_the_canary_goes_no_further(workstation: Workstation) -> None:
    north, _ = workstation.boxes
    north.write(Path("etc/systemd/system/mien.service.d/card.conf"), bad_card(NEW))
    north.succeed(["systemctl", "daemon-reload"])
    pushed = workstation.push()
    assert pushed.returncode == 1
    assert "failed" in outcomes(pushed)["north"].lower()
    assert "not tried" in outcomes(pushed)["south"].lower()
    assert workstation.current() == [workstation.first_release] * 2, "the canary went back by itself"


def bad_card(release_id: str) -> str:
    """Return a drop-in with which a release that was whole when it was tried is damaged when the daemon starts."""
    chosen = f'[ "$$(readlink /{RELEASES}/current)" != {release_id} ]'
    return f"[Service]\nExecStartPre=+/bin/sh -c '{chosen} || truncate -s -1 /{RELEASES}/{release_id}/songs.sqlite'\n"
