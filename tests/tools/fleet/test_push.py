"""Pushing to boxes over a real sshd: what travels, what is refused, and what is left alone."""

import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from device.releases.manifest import read_manifest, write_manifest
from tests.tools.fleet.conftest import MODELS, Workstation, copy_release, rows
from tests.waiting import PATIENCE_SECONDS, wait_until

MakeFleet = Callable[..., Workstation]
DEMO = MODELS / "demo_library"

CUT_SHORT = """\
exec 3<&0
/usr/bin/rsync --bwlimit=600 "$@" <&3 &
while kill -0 $! && [ -z "$(find {landing} -name '*candle-stub.ogg*' -size +1800k)" ]; do sleep 0.05; done
kill $!
wait $!
"""
"""An rsync that sends slowly, and is ended when some of a song has arrived."""


@pytest.fixture
def station(make_fleet: MakeFleet) -> Workstation:
    """A fleet of one running box, and a workstation whose rsync writes down what it does."""
    station = make_fleet("one")
    station.command("rsync", f'/usr/bin/rsync --stats "$@" >> {station.folder}/rsync.log')
    return station


def travelled(station: Workstation) -> int:
    """Bytes of files' contents that the latest rsync sent; rsync's own words."""
    literal = [line for line in rsync_log(station).splitlines() if line.startswith("Literal data")][-1]
    return int(literal.split()[2].replace(",", ""))


def rsync_log(station: Workstation) -> str:
    log = station.folder / "rsync.log"
    return log.read_text() if log.exists() else ""


def test_a_release_is_pushed_and_the_same_again_transfers_nothing(
    station: Workstation, release: Path, repack: Callable[..., None]
) -> None:
    repack(release, "face_emotion/README.md", b"# Another card\n" * 100)
    [box] = station.boxes

    planned = station.fleet("push", "--release", str(release), "--dry-run")
    assert planned.returncode == 0, planned.stderr
    assert planned.stdout.splitlines()[:4] == [
        f"one: send 1 file of the release, 1.5 kB; the box has {len(read_manifest(release).files)} of it",
        "one:   face_emotion/README.md",
        "one: activate release 2 instead of 1",
        "one: restart mien and see it ready",
    ]
    assert rows(planned)["one"][:4] == ["planned", "1", "→", "2"]
    assert (box.current, rsync_log(station)) == ("1", "")

    pushed = station.fleet("push", "--release", str(release))
    assert pushed.returncode == 0, pushed.stdout + pushed.stderr
    assert rows(pushed)["one"][:2] == ["done", "2"]
    assert "none of the 23 songs is in the music folder" in pushed.stdout
    assert box.current == "2"
    assert travelled(station) < 1500 + 3000  # the changed file and the manifest
    assert "restart mien" in box.log

    (station.folder / "rsync.log").unlink()
    again = station.fleet("push", "--release", str(release))
    assert again.returncode == 0
    assert rows(again)["one"][:2] == ["unchanged", "2"]
    assert rsync_log(station) == ""
    assert box.log.count("restart") == 2  # the first start, and the push


def test_only_songs_of_the_table_travel_and_only_what_a_push_brought_is_deleted(
    station: Workstation, release: Path, repack: Callable[..., None], tmp_path: Path
) -> None:
    [box] = station.boxes
    music = tmp_path / "library"
    shutil.copytree(DEMO, music)
    (music / "window-seat.ogg").unlink()
    (music / "stranger.ogg").write_bytes(b"no song of the table")
    (box.music / "Documents").mkdir()
    (box.music / "Documents" / "thesis.docx").write_bytes(b"nobody pushed this")

    pushed = station.fleet("push", "--music", str(music))
    assert pushed.returncode == 0, pushed.stdout + pushed.stderr
    assert "one: send 22 songs, 3.5 MB" in pushed.stdout
    songs = {path.name for path in music.glob("*.ogg")} - {"stranger.ogg"}
    assert {path.name for path in box.music.glob("*")} == songs | {"Documents"}
    assert box.log.count("restart") == 1  # the daemon sees new songs by itself

    copied = tmp_path / "copied without its times"
    shutil.copytree(music, copied, copy_function=shutil.copyfile)
    (copied / "candle-stub.ogg").write_bytes(b"x" * (music / "candle-stub.ogg").stat().st_size)
    compared = station.fleet("push", "--music", str(copied))
    assert "one: compare 22 songs, 3.5 MB, whose times differ" in compared.stdout
    assert travelled(station) <= (music / "candle-stub.ogg").stat().st_size
    assert (box.music / "candle-stub.ogg").read_bytes() == (copied / "candle-stub.ogg").read_bytes()
    assert "one: nothing to do" in station.fleet("push", "--music", str(copied)).stdout

    words = ("push", "--music", str(music), "--release", str(release))
    both = station.fleet(*words)
    assert "lacks 1 song of the table" in both.stdout
    assert "send 22" not in both.stdout
    assert rows(both)["one"][:2] == ["done", "2"]
    assert f"one: 1 file in {box.music} that no table names will stay" in station.fleet(*words, "--delete").stdout

    smaller = copy_release(tmp_path / "3")
    repack(smaller, "songs.sqlite", table_without(MODELS / "songs.sqlite", "candle-stub.ogg"))
    words = ("push", "--music", str(music), "--release", str(smaller), "--delete")
    deleting = station.fleet(*words, "--dry-run")
    assert f"one: delete 1 file from {box.music} that an earlier push brought" in deleting.stdout
    assert "one:   candle-stub.ogg" in deleting.stdout
    assert (box.music / "candle-stub.ogg").exists()
    deleting = station.fleet(*words)
    assert deleting.returncode == 0, deleting.stdout
    assert "one:   candle-stub.ogg" in deleting.stdout
    assert {path.name for path in box.music.glob("*")} == songs - {"candle-stub.ogg"} | {"Documents"}
    assert (box.music / "Documents" / "thesis.docx").exists()


def table_without(table: Path, song: str) -> bytes:
    """Return a song table that lacks one song."""
    with TemporaryDirectory() as folder:
        copied = shutil.copy(table, folder)
        with closing(sqlite3.connect(copied)) as database, database:
            database.execute("DELETE FROM songs WHERE path = ?", (song,))
            database.execute("DROP TABLE song_index")
        return Path(copied).read_bytes()


def test_a_transfer_that_was_cut_goes_on_where_it_stopped(station: Workstation, tmp_path: Path) -> None:
    [box] = station.boxes
    music = tmp_path / "library"
    music.mkdir()
    song = os.urandom(6_000_000)
    (music / "candle-stub.ogg").write_bytes(song)
    station.command("rsync", CUT_SHORT.format(landing=box.music))
    cut = station.fleet("push", "--music", str(music))
    assert cut.returncode == 1
    assert rows(cut)["one"][0] == "failed"
    assert not (box.music / "candle-stub.ogg").exists()
    half = box.music / ".mien-partial" / "candle-stub.ogg"
    assert 0 < half.stat().st_size < len(song)

    station.command("rsync", f'/usr/bin/rsync --stats "$@" >> {station.folder}/rsync.log')
    assert station.fleet("push", "--music", str(music)).returncode == 0
    assert (box.music / "candle-stub.ogg").read_bytes() == song
    assert travelled(station) < 0.8 * len(song)
    assert not half.exists()


def test_a_push_that_is_stopped_says_so_and_the_same_push_goes_on(station: Workstation, tmp_path: Path) -> None:
    [box] = station.boxes
    music = tmp_path / "library"
    music.mkdir()
    song = os.urandom(6_000_000)
    (music / "candle-stub.ogg").write_bytes(song)
    station.command("rsync", 'exec /usr/bin/rsync --bwlimit=600 "$@"')
    words = ("push", "--inventory", str(station.inventory), "--music", str(music))
    with station.start(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as pushing:
        wait_until(lambda: any(path.stat().st_size > 1_800_000 for path in box.music.rglob(".*.ogg*")), "some of it")
        pushing.send_signal(signal.SIGINT)
        said, complained = pushing.communicate(timeout=PATIENCE_SECONDS)
    assert (pushing.returncode, complained) == (130, b"")
    assert b"Stopped. What has arrived stays, and the same command goes on from there." in said
    half = box.music / ".mien-partial" / "candle-stub.ogg"
    wait_until(half.exists, "the half that stays")

    station.command("rsync", f'/usr/bin/rsync --stats "$@" >> {station.folder}/rsync.log')
    assert station.fleet("push", "--music", str(music)).returncode == 0
    assert (box.music / "candle-stub.ogg").read_bytes() == song
    assert travelled(station) < 0.8 * len(song)


def test_a_release_beyond_the_boxs_software_is_refused_before_anything_moves(
    station: Workstation, release: Path
) -> None:
    manifest = read_manifest(release)
    write_manifest(release, replace(manifest, versions={**manifest.versions, "song_table": "99"}))
    refused = station.fleet("push", "--release", str(release), "--music", str(DEMO))
    assert refused.returncode == 1
    assert "one: cannot: its song table has schema 99, and the mien of this box reads 1 to 3 (mend: " in refused.stdout
    assert rows(refused)["one"][:2] == ["failed", "1"]
    assert rsync_log(station) == ""
    assert list(station.boxes[0].music.iterdir()) == []


def test_a_box_with_a_mien_too_old_or_none_says_so(station: Workstation, release: Path) -> None:
    [box] = station.boxes
    box.command("mien", "echo \"argument ACTION: invalid choice: 'plan' (choose from 'list')\" >&2; exit 2")
    assert "its mien is too old to be pushed to" in station.fleet("push", "--release", str(release)).stdout
    (box.folder / "bin" / "mien").unlink()
    assert "mien is not installed there" in station.fleet("push", "--release", str(release)).stdout


def test_a_box_without_rsync_says_so(station: Workstation, release: Path) -> None:
    said = "Failed to find executable rsync: No such file or directory"  # systemd-run, which starts it there
    station.boxes[0].command("rsync", f"echo '{said}' >&2; exit 1")
    pushed = station.fleet("push", "--release", str(release), "--music", str(DEMO))
    assert "rsync is not installed there" in pushed.stdout


def test_a_release_on_which_the_box_does_not_become_ready_is_left_again(station: Workstation, release: Path) -> None:
    [box] = station.boxes
    systemctl = (box.folder / "bin" / "systemctl").read_text().splitlines()[1]
    box.command("systemctl", f"echo worn >> {box.releases}/2/songs.sqlite\n{systemctl}")
    pushed = station.fleet("push", "--release", str(release))
    assert pushed.returncode == 1
    assert rows(pushed)["one"][0] == "failed"
    assert (
        "restart mien and see it ready: the box went back from release 2 to 1: it could not be loaded" in pushed.stdout
    )
    assert box.current == "1"


def test_a_login_that_is_not_root_uses_sudo(station: Workstation, release: Path) -> None:
    [box] = station.boxes
    box.command("id", "echo 1000")
    box.command("sudo", f'printf "%s\\n" "$*" >> {box.folder}/sudo.log; shift; exec "$@"')
    assert station.fleet("push", "--release", str(release)).returncode == 0
    asked = (box.folder / "sudo.log").read_text()
    assert "-n mien release plan" in asked
    assert "rsync --server" in asked
    assert "-n mien release activate" in asked

    box.command("sudo", "echo 'sudo: a password is required' >&2; exit 1")
    refused = station.fleet("rollback")
    assert refused.returncode == 1
    assert (
        "sudo asks for a password there (mend: give this login sudo without a password, or use root)" in refused.stdout
    )


def test_boxes_can_be_named_by_what_ssh_knows(station: Workstation) -> None:
    _ = station.inventory  # writes the file that stands for ~/.ssh/config
    station.command("ssh", f'exec /usr/bin/ssh -F {station.folder}/ssh_config "$@"')
    assert (
        "one: nothing to do"
        in station.tools("push", "one", "--release", str(copy_release(station.folder / "1"))).stdout
    )
    port = station.boxes[0].port
    for words in ([f"nobody@localhost:{port}"], [f"localhost:{port}", "--user", "nobody"]):
        unknown = station.tools("push", *words, "--release", str(station.folder / "1"))
        assert unknown.returncode == 1
        assert "cannot be reached (" in unknown.stdout
        assert f"-p {port} nobody@localhost` once, and yes if the fingerprint is the box's" in unknown.stdout
        assert unknown.stdout.count("cannot be reached") == 1
