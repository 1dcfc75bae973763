"""Boxes behind a real sshd that are noisy, endless, slow, or want what is not theirs; and files that are not what they
seem.
"""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from device.releases.push_protocol import Plan, Presence, ReleasePlan, SongPlan
from tests.tools.fleet.conftest import MODELS, REPOSITORY, Workstation, copy_release, rows
from tests.tools.fleet.test_hostile_answers import STATUS
from tests.waiting import LASTING_SECONDS

MakeFleet = Callable[..., Workstation]
DEMO = MODELS / "demo_library"
ANSWER_SECONDS = 20
SECRET = b"-----BEGIN OPENSSH PRIVATE KEY-----"

ODD_NAMES = (
    "#1 Crush.ogg",
    "; drop.ogg",
    "#hits/; x/track.ogg",
    "new\nline.ogg",
    "-rf.ogg",
    "-e sh",
    "--delete/a.ogg",
    " blanks / at both ends.ogg ",
    "back\\slash\\.ogg",
    "[a-z]*?{b,c}.ogg",
    "$(touch pwned)`id`.ogg",
    "'quotes\".ogg",
    ":colon:/a:b.ogg",
    "~/tilde.ogg",
    "\u202erevo.ogg",
    "Ünïcödé/\U0001f3b5.ogg",
    "\x1b[2J.ogg",
    "\x01\x7f.ogg",
    "%2e%2e/%s.ogg",
    "&&|>.ogg",
    "a/…/deep/er/x.ogg",
    "x" * 200 + ".ogg",
)

MEASURED = """
import re, sys
from pathlib import Path
from tools.__main__ import main
main(sys.argv[1:])
sys.stderr.write(re.search("VmHWM:[^0-9]*([0-9]+)", Path("/proc/self/status").read_text())[1])
"""
"""Runs mien-tools, and tells how much memory it had at most."""

FLOOD = "head -c 300000000 /dev/zero"


def box_of(station: Workstation, name: str) -> Path:
    return next(box.folder for box in station.boxes if box.name == name)


def answer(station: Workstation, name: str, script: str) -> None:
    """Let a box's mien be a script."""
    next(box for box in station.boxes if box.name == name).command("mien", script)


def test_every_box_has_its_row_whatever_the_others_print(make_fleet: MakeFleet, tmp_path: Path) -> None:
    station = make_fleet("well", "greets", "binary", "forges", "floods", "errors", "hangs", "nothing", running=False)
    (tmp_path / "status").write_text(json.dumps(STATUS, indent=1))
    whole = f"cat {tmp_path}/status"
    forged = r"printf '\033[2J\033]0;PWNED\007no\nforged-box  well      idle  1  23 songs\n' >&2; exit 1"
    answer(station, "well", whole)
    answer(station, "greets", f"echo 'Welcome to {{Debian}}!'; echo '{{'; {whole}; echo bye")
    answer(station, "binary", r"printf '\377\376{\200}'")
    answer(station, "forges", forged)
    answer(station, "floods", FLOOD)
    answer(station, "errors", f"{FLOOD} >&2")
    answer(station, "hangs", f"exec sleep {LASTING_SECONDS}")
    answer(station, "nothing", "exit 0")

    asked = station.fleet("fleet-status", "--timeout", str(ANSWER_SECONDS))
    assert asked.returncode == 1
    assert asked.stderr == ""
    assert re.fullmatch(r"[^\x00-\x09\x0b-\x1f\x7f-\x9f]*", asked.stdout)
    lines = {line.split()[0]: line for line in asked.stdout.splitlines()[:-1]}
    assert set(lines) == {box.name for box in station.boxes}
    assert all("warning   playing" in lines[name] for name in ("well", "greets"))
    assert "its answer is not understood" in lines["binary"]
    assert "silent" in lines["forges"]
    for name in ("floods", "errors"):
        assert "silent" in lines[name]
        assert "more than 1.0 MB were said" in lines[name]
    assert f"did not end within {ANSWER_SECONDS} s" in lines["hangs"]
    assert "its answer is not understood (nothing)" in lines["nothing"]
    assert {"2 warning", "6 silent"} == set(asked.stdout.splitlines()[-1].removeprefix("8 boxes: ").split(", "))

    names = lines.keys() - {"hangs"}  # a push has more patience
    pushed = station.fleet("push", *names, "--release", str(copy_release(tmp_path / "2")))
    assert pushed.returncode == 1
    assert pushed.stderr == ""
    assert set(rows(pushed)) == names
    assert pushed.stdout.splitlines()[-1] == "7 boxes: 7 failed"


def test_what_a_box_says_without_an_end_is_not_kept(make_fleet: MakeFleet) -> None:
    station = make_fleet("floods", "errors", running=False)
    answer(station, "floods", FLOOD)
    answer(station, "errors", f"{FLOOD} >&2")
    command = [sys.executable, "-c", MEASURED, "fleet-status", "--inventory", str(station.inventory), "--timeout", "60"]
    asked = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, check=True, timeout=LASTING_SECONDS)
    assert "2 boxes: 2 silent" in asked.stdout
    assert int(asked.stderr) < 200_000, "kB: 300 MB are not kept"


def test_a_box_whose_shell_greets_is_asked_all_the_same(make_fleet: MakeFleet, release: Path) -> None:
    station = make_fleet("one", greeting="echo Welcome; echo '{to} this box'")
    assert "critical  idle" in station.fleet("fleet-status", "--timeout", "60").stdout
    pushed = station.fleet("push", "--release", str(release))
    assert "its shell prints something before rsync can begin (mend: let ~/.bashrc" in pushed.stdout
    assert rows(pushed)["one"][0] == "failed"


def test_a_box_whose_shell_never_ends_does_not_keep_the_others(make_fleet: MakeFleet) -> None:
    station = make_fleet("one", running=False, greeting=f"sleep {LASTING_SECONDS}")
    asked = station.fleet("fleet-status", "--timeout", "10")
    assert "silent    cannot be reached (no command was carried out within 20 s)" in asked.stdout


@pytest.fixture
def odd_release(release: Path, repack: Callable[..., None], tmp_path: Path) -> Path:
    """A release whose table names songs of odd names, which lie in the folder ``odd``."""
    table = tmp_path / "songs.sqlite"
    shutil.copy(MODELS / "songs.sqlite", table)
    database = sqlite3.connect(table)
    numbers = [number for (number,) in database.execute("SELECT id FROM songs")]
    for number, name in zip(numbers, ODD_NAMES, strict=False):
        database.execute("UPDATE songs SET path = ? WHERE id = ?", (name, number))
        (tmp_path / "odd" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "odd" / name).write_bytes(f"sound of {number}".encode())
        os.utime(tmp_path / "odd" / name, (1_000_000_000 + number, 1_000_000_000 + number))
    database.commit()
    database.close()
    repack(release, "songs.sqlite", table.read_bytes())
    return release


def test_songs_of_every_name_arrive_and_are_there_the_next_time(
    make_fleet: MakeFleet, odd_release: Path, tmp_path: Path
) -> None:
    station = make_fleet("one")
    [box] = station.boxes
    words = ("--release", str(odd_release), "--music", str(tmp_path / "odd"))
    pushed = station.fleet("push", *words, "--dry-run")
    assert pushed.returncode == 0, pushed.stdout + pushed.stderr
    assert re.fullmatch(r"[^\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]*", pushed.stdout)
    pushed = station.fleet("push", *words)
    assert pushed.returncode == 0, pushed.stdout + pushed.stderr
    assert f"send {len(ODD_NAMES)} songs" in pushed.stdout
    for name in ODD_NAMES:
        assert (box.music / name).read_bytes() == (tmp_path / "odd" / name).read_bytes()
    assert "one: nothing to do" in station.fleet("push", *words).stdout
    (box.music / ODD_NAMES[0]).unlink()
    by_itself = station.fleet("push", "--music", str(tmp_path / "odd"))
    assert by_itself.returncode == 0, by_itself.stdout
    assert "one: send 1 song, 10 bytes" in by_itself.stdout
    assert (box.music / ODD_NAMES[0]).exists()


def test_a_box_that_asks_for_more_than_it_was_offered_gets_nothing(make_fleet: MakeFleet, tmp_path: Path) -> None:
    station = make_fleet("one", running=False)
    [box] = station.boxes
    music = tmp_path / "library"
    music.mkdir()
    (music / "candle-stub.ogg").write_bytes(b"sound")
    (music / "private-notes.txt").write_bytes(SECRET)
    (music / ".hidden").mkdir()
    (music / ".hidden" / "x.ogg").write_bytes(SECRET)
    (music / ".hidden" / "passwords.kdbx").write_bytes(SECRET)
    (music / "link").symlink_to(tmp_path)
    (tmp_path / "id_rsa").write_bytes(SECRET)
    for name in ("link/id_rsa", ".hidden/passwords.kdbx", ".hidden/x.ogg", "private-notes.txt"):
        plan = Plan("0.1.0", "1", None, confirmed=True, songs=SongPlan(str(box.music), ("candle-stub.ogg", name)))
        (box.folder / "plan").write_text(plan.text())
        answer(station, "one", f"cat > /dev/null; cat {box.folder}/plan")
        pushed = station.fleet("push", "--music", str(music))
        assert pushed.returncode == 1
        assert "one: cannot: it asks for 1 song not offered to it" in pushed.stdout
        assert list(box.music.iterdir()) == []


def test_only_links_that_stay_in_the_music_folder_are_sent(
    make_fleet: MakeFleet, release: Path, tmp_path: Path
) -> None:
    station = make_fleet("one")
    [box] = station.boxes
    music, elsewhere = tmp_path / "library", tmp_path / "elsewhere"
    (music / ".store").mkdir(parents=True)
    elsewhere.mkdir()
    (tmp_path / "id_rsa").write_bytes(SECRET)
    (music / ".store" / "abc").write_bytes(b"sound")
    (music / "candle-stub.ogg").symlink_to(".store/abc")
    (music / "window-seat.ogg").symlink_to(tmp_path / "id_rsa")
    (music / "paper-lanterns.ogg").symlink_to("../id_rsa")
    (tmp_path / "named").symlink_to(music)

    pushed = station.fleet("push", "--release", str(release), "--music", str(tmp_path / "named"))
    assert pushed.returncode == 0, pushed.stdout + pushed.stderr
    assert (
        "2 names not pushed, since links lead out of this folder: paper-lanterns.ogg, window-seat.ogg" in pushed.stdout
    )
    assert {path.name: path.read_bytes() for path in box.music.iterdir()} == {"candle-stub.ogg": b"sound"}
    assert not (box.music / "candle-stub.ogg").is_symlink()

    (music / "candle-stub.ogg").unlink()
    refused = station.fleet("push", "--release", str(release), "--music", str(music))
    assert refused.returncode == 65
    assert "links that lead out of this folder: paper-lanterns.ogg" in refused.stderr


def test_a_file_that_turns_into_a_link_before_it_is_sent_is_sent_as_what_it_was(
    make_fleet: MakeFleet, release: Path, tmp_path: Path
) -> None:
    station = make_fleet("one")
    [box] = station.boxes
    music = tmp_path / "library"
    music.mkdir()
    (music / "candle-stub.ogg").write_bytes(b"sound")
    (tmp_path / "id_rsa").write_bytes(SECRET)
    swapped = [music / "candle-stub.ogg", release / "songs.sqlite", release / "manifest.json"]
    station.command(
        "rsync", "\n".join([*(f"ln -sf {tmp_path}/id_rsa {path}" for path in swapped), 'exec /usr/bin/rsync "$@"'])
    )
    station.fleet("push", "--release", str(release), "--music", str(music))
    assert (music / "candle-stub.ogg").is_symlink()
    assert (box.music / "candle-stub.ogg").read_bytes() == b"sound"
    assert (
        subprocess.run(["grep", "-rl", SECRET.decode()[5:], box.folder], capture_output=True, check=False).stdout == b""
    )


@pytest.mark.parametrize("name", ["manifest.json.sig", "manifest.json", "songs.sqlite", "face_emotion"])
def test_no_link_in_a_release_is_sent(release: Path, tmp_path: Path, name: str) -> None:
    secret = tmp_path / "id_rsa"
    if (release / name).is_dir():
        (release / name).rename(tmp_path / "moved")
        secret = tmp_path / "moved"
    elif (release / name).exists():
        (release / name).rename(secret)
    else:
        secret.write_bytes(SECRET)
    (release / name).symlink_to(secret)
    (tmp_path / "workstation").mkdir()
    refused = Workstation(tmp_path / "workstation", []).tools("push", "box.invalid", "--release", str(release))
    assert refused.returncode == 65
    assert name in refused.stderr
    assert "link" in refused.stderr
    assert "mend: " in refused.stderr


def test_what_is_no_file_in_a_release_hangs_nothing(release: Path, tmp_path: Path) -> None:
    os.mkfifo(release / "manifest.json.sig")
    refused = Workstation(tmp_path, []).tools("push", "box.invalid", "--release", str(release))
    assert (refused.returncode, "not a regular file" in refused.stderr) == (65, True)


def test_a_plan_with_more_sources_than_rsync_takes_is_carried_out(make_fleet: MakeFleet, release: Path) -> None:
    station = make_fleet("one")
    [box] = station.boxes
    landing, sources = str(box.releases / ".2.partial"), tuple(str(box.releases / "1") for _ in range(50))
    plan = Plan("", "1", None, confirmed=True, release=ReleasePlan("2", Presence.ABSENT, (), 0, landing, sources))
    (box.folder / "plan").write_text(plan.text())
    mien = (box.folder / "bin" / "mien").read_text().split("\n", 1)[1]
    first = (
        f'case "$2" in plan) [ -e {landing} ] || [ -e {box.releases}/2 ] || {{ cat {box.folder}/plan; exit; }};; esac'
    )
    answer(station, "one", f"{first}\n{mien}")
    pushed = station.fleet("push", "--release", str(release))
    assert rows(pushed)["one"][:2] == ["done", "2"], pushed.stdout
