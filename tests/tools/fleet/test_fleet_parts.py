"""The parts of a push that need no box: steps as lists, addresses, tables, and what is asked of this machine."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from device.errors import ReleaseError
from device.releases.manifest import read_manifest
from device.releases.push_protocol import Obstacle, Plan, Presence, PushOffer, ReleasePlan, SongPlan
from tests.tools.fleet.conftest import MODELS, REPOSITORY, Workstation, copy_release
from tests.waiting import PATIENCE_SECONDS
from tools import errors
from tools.errors import ExtraError, FleetError
from tools.fleet import arguments
from tools.fleet import steps as fleet_steps
from tools.fleet.answers import BoxStatus
from tools.fleet.box import _ONLY_THERE, TooOldError
from tools.fleet.gathering import MusicFolder, gathered
from tools.fleet.login import mend_login, offers_a_key
from tools.fleet.push import PushContents, Pushing, load_contents
from tools.fleet.results import Outcome, Result, exit_code, summary_lines
from tools.fleet.rollout import interruption
from tools.fleet.ssh import Address, Hear
from tools.fleet.steps import Activate, Collect, DeleteSongs, Restart, SendRelease, SendSongs, Step
from tools.transfers import Progress, Transfer

DEMO = MODELS / "demo_library"


class Recorder:
    """A box that writes down what is asked of it, and answers ``mien release plan`` from a list."""

    def __init__(self, *plans: Plan) -> None:
        self.asked: list[str] = []
        self.shown: list[Progress] = []
        self._plans = list(plans)

    def run(self, *words: str, given: str = "", most_bytes: int = 0) -> str:
        assert most_bytes >= 0
        self.asked.append(" ".join(words) + (f" < {given!r}" if given and "plan" not in words else ""))
        return self._plans.pop(0).text() if words[1:] == ("release", "plan") else ""

    def transfer(self, files: int, size: int) -> Transfer:
        return Transfer(files, size, self.shown.append)

    def send(
        self, source: str, target: str, names: Sequence[str], flags: Sequence[str], *, size: int, hear: Hear
    ) -> None:
        held = {path.relative_to(source).as_posix() for path in Path(source).rglob("*") if path.is_symlink()}
        assert held == set(names), "nothing else could travel"
        hear(f"\r{size:,}  50%\r".encode())
        self.asked.append(f"{' '.join(flags)} → {target}: {', '.join(names)} ({size} bytes)")


ID = read_manifest(MODELS).release_id
WHOLE = SongPlan("/music", kept=0)


def plan_of(presence: Presence, *, confirmed: bool = True, songs: SongPlan = WHOLE, landing: str = "") -> Plan:
    release = ReleasePlan(ID, presence, ("songs.sqlite",) if landing else (), 5_000_000, landing, ("/r/1",))
    return Plan("0.1.0", "1", None, confirmed, release=release, songs=songs)


@pytest.fixture(scope="module")
def contents() -> PushContents:
    return load_contents(MODELS, DEMO)


def steps(contents: PushContents, plan: Plan, *, delete: bool = False) -> list[type[Step]]:
    return [type(step) for step in Pushing(contents, delete=delete, patience_seconds=1).steps(plan)]


def test_the_steps_follow_from_the_plan(contents: PushContents) -> None:
    lacking = SongPlan("/music", missing=("candle-stub.ogg",), send_bytes=1, surplus=("b.ogg",), kept=0)
    assert steps(contents, plan_of(Presence.CURRENT)) == []
    assert steps(contents, plan_of(Presence.CURRENT, songs=lacking)) == [SendSongs]
    retimed = replace(
        lacking, missing=("candle-stub.ogg", "window-seat.ogg"), retimed=("window-seat.ogg", "strange.ogg")
    )
    assert steps(contents, plan_of(Presence.CURRENT, songs=retimed)) == [SendSongs, SendSongs]
    pushing = Pushing(contents, delete=False, patience_seconds=1)
    told = [(step.details(), step.describe()[:7]) for step in pushing.steps(plan_of(Presence.CURRENT, songs=retimed))]
    assert told == [(("candle-stub.ogg",), "send 1 "), (("window-seat.ogg",), "compare")]
    assert steps(contents, plan_of(Presence.CURRENT, confirmed=False)) == [Restart]
    assert steps(contents, plan_of(Presence.PRESENT)) == [Activate, Restart]
    new = plan_of(Presence.ABSENT, songs=lacking, landing="/r/.2.partial")
    assert steps(contents, new) == [SendSongs, SendRelease, Activate, Restart]
    assert steps(contents, new, delete=True) == [SendSongs, SendRelease, Activate, Restart, DeleteSongs, Collect]


def test_the_steps_ask_a_box_for_this_and_nothing_else(contents: PushContents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet_steps.time, "sleep", lambda _: None)
    songs = SongPlan("/music", missing=("candle-stub.ogg",), surplus=("b.ogg", "c/d.ogg", "window-seat.ogg"), kept=1)
    plan = plan_of(Presence.ABSENT, songs=songs, landing="/r/.2.partial")
    box = Recorder(Plan("", ID, "1", confirmed=False), Plan("", ID, "1", confirmed=True))
    for step in Pushing(contents, delete=True, patience_seconds=9).steps(plan):
        step.carry_out(box)
    assert [(shown.files_done, shown.is_over) for shown in box.shown] == [(0, False), (1, True)] * 2
    files = ", ".join(contents.release_files)
    assert files.endswith("songs.sqlite, manifest.json")
    assert contents.offer.songs is not None
    song = contents.offer.songs["candle-stub.ogg"]
    assert box.asked == [
        f"mien music note < {PushOffer(songs={'candle-stub.ogg': song}).text()!r}",
        (
            "--times --omit-dir-times --copy-links --chmod=a+rX,u+w --partial-dir=.mien-partial "
            f"→ /music: candle-stub.ogg ({song.size} bytes)"
        ),
        (
            "--checksum --inplace --copy-links --chmod=a+rX,u+w --copy-dest=/r/1 "
            f"→ /r/.2.partial: {files} ({(MODELS / 'songs.sqlite').stat().st_size} bytes)"
        ),
        "mien release activate /r/.2.partial",
        "sh -c systemctl reset-failed mien 2>/dev/null; exec systemctl restart mien",
        "mien release plan",
        "mien release plan",
        "mien music clear < 'b.ogg\\x00c/d.ogg\\x00'",  # the table names the third
        "mien release collect",
    ]


def test_a_mien_that_notes_nothing_is_sent_songs_and_loses_none(contents: PushContents) -> None:
    class Older(Recorder):
        def run(self, *words: str, given: str = "", most_bytes: int = 0) -> str:
            if words[1] == "music":
                what = "its mien is too old"
                raise TooOldError(what, mend="update it")
            return super().run(*words, given=given, most_bytes=most_bytes)

    songs = SongPlan("/music", missing=("candle-stub.ogg",), surplus=("own.docx",))
    pushing = Pushing(contents, delete=True, patience_seconds=9)
    plan, box = plan_of(Presence.CURRENT, songs=songs), Older()
    for step in pushing.steps(plan):
        step.carry_out(box)
    assert len(box.asked) == 1
    assert list(pushing.remarks(plan)) == [
        "nothing is deleted from /music: its mien is too old to know what a push brought"
    ]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"songs": SongPlan("/music", ("private-notes.txt",), kept=0)}, "1 song not offered to it: private-notes.txt"),
        ({"songs": SongPlan("/music", (".",), kept=0)}, "not offered to it: ."),
        ({"songs": SongPlan("/music", ("../../.ssh/id_rsa", "/etc/shadow"), kept=0)}, "2 songs not offered to it"),
        ({"songs": SongPlan("/music", ("./candle-stub.ogg",), kept=0)}, "not offered to it"),
        ({"songs": SongPlan("music")}, "a folder that is none"),
        ({"songs": SongPlan(":daemon")}, "a folder that is none"),
        ({"songs": SongPlan("/mu\0sic")}, "a folder that is none"),
        ({"songs": SongPlan("/\x1b[2Jmusic")}, "a folder that is none"),
        ({"songs": None}, "something else than what it was offered"),
        ({"release": None}, "something else than what it was offered"),
        ({"release": ReleasePlan("other", Presence.CURRENT)}, "something else than what it was offered"),
        ({"release": ReleasePlan(ID, Presence.ABSENT, ("README.md",), landing="/r")}, "1 file not offered to it"),
        ({"release": ReleasePlan(ID, Presence.ABSENT, landing="r")}, "a folder that is none"),
        ({"release": ReleasePlan(ID, Presence.ABSENT, landing="/r", copy_from=("-x",))}, "a folder that is none"),
    ],
)
def test_a_box_that_answers_what_was_not_asked_gets_nothing(
    contents: PushContents, change: dict[str, Any], told: str
) -> None:
    pushing = Pushing(contents, delete=True, patience_seconds=9)
    with pytest.raises(FleetError, match=re.escape(told)):
        pushing.steps(replace(plan_of(Presence.CURRENT), **change))
    in_the_way = replace(plan_of(Presence.CURRENT), **change, obstacles=(Obstacle("no", "never"),))
    assert pushing.steps(in_the_way) == ()


def test_songs_may_be_asked_for_twice(contents: PushContents) -> None:
    songs = SongPlan("/music", missing=("candle-stub.ogg", "candle-stub.ogg"), kept=0)
    [step] = Pushing(contents, delete=False, patience_seconds=9).steps(plan_of(Presence.CURRENT, songs=songs))
    assert step.details() == ("candle-stub.ogg",)


def test_a_very_long_list_of_what_goes_is_cut() -> None:
    step = DeleteSongs("/music", tuple(f"{number}.ogg" for number in range(1000)))
    assert (step.describe(), len(step.details())) == (
        "delete 1000 files from /music that an earlier push brought",
        fleet_steps._MOST_NAMED + 1,
    )
    assert step.details()[-1] == "and 800 more"


def test_a_box_that_went_back_or_never_gets_ready_is_told_apart() -> None:
    notice = "went back from release 2 to 1: it did not become ready in 2 starts"
    with pytest.raises(ReleaseError, match="the box went back from release 2 to 1"):
        fleet_steps.restart(Recorder(Plan("", "1", None, confirmed=True, notice=notice)), "2", patience_seconds=9)
    with pytest.raises(FleetError, match="not ready on 2 within 0 s"):
        fleet_steps.restart(Recorder(Plan("", "2", "1", confirmed=False)), "2", patience_seconds=0)


def test_cargo_is_checked_before_any_box_is_asked(tmp_path: Path) -> None:
    release = copy_release(tmp_path / "2")
    with pytest.raises(ReleaseError, match="no such music folder"):
        load_contents(release, tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ReleaseError, match="none of the 23 songs"):
        load_contents(release, tmp_path / "empty")
    (release / "songs.sqlite").write_bytes(b"half")
    for spoil, told in (
        (lambda: None, r"songs\.sqlite: 4 bytes"),
        ((release / "songs.sqlite").unlink, r"not a whole release, songs\.sqlite is missing"),
        ((release / "manifest.json").unlink, r"not a whole release, manifest\.json is missing"),
    ):
        spoil()
        with pytest.raises(ReleaseError, match=told) as refused:
            load_contents(release, None)
        assert refused.value.mend.startswith(f"pack it: mien-tools pack-release {release} --id 20")
    with pytest.raises(ReleaseError, match="there is no such folder"):
        load_contents(tmp_path / "nowhere", None)


@pytest.mark.parametrize(("state", "told"), [("playing", "will cut off"), ("observing", "will end"), ("idle", "")])
def test_a_plan_tells_what_a_restart_breaks_off(state: str, told: str) -> None:
    box: Any = SimpleNamespace(status=lambda seconds: BoxStatus(state, None, None, seconds, (), {}))
    assert list(interruption(box, [Collect()])) == []
    assert told in " ".join(interruption(box, [Collect(), Restart("2", 1)]))

    def silent(seconds: float) -> BoxStatus:
        what = f"silent for {seconds} s"
        raise FleetError(what, mend="none")

    box.status = silent
    assert list(interruption(box, [Restart("2", 1)])) == []


def test_without_a_release_the_music_of_the_folder_is_offered_and_nothing_else(tmp_path: Path) -> None:
    music = tmp_path / "music"
    (music / "a" / "loop").mkdir(parents=True)
    (music / "a" / "b.ogg").write_bytes(b"123")
    (music / ".store").mkdir()
    for name in ("notes.txt", ".hidden.ogg", ".store/c.ogg", "../elsewhere.ogg"):
        (music / name).write_bytes(b"not offered")
    (music / "c.ogg").symlink_to(".store/c.ogg")
    (music / "stored").symlink_to(".store")
    (music / "a" / "loop" / "up").symlink_to("../..")
    (music / "absolute.ogg").symlink_to(music / "a" / "b.ogg")
    (music / "d.ogg").symlink_to("../elsewhere.ogg")
    (music / "e").symlink_to(tmp_path)
    (music / "broken.ogg").symlink_to("nowhere")
    os.mkfifo(music / "f.ogg")
    (tmp_path / "link").symlink_to(music)
    contents = load_contents(None, tmp_path / "link")
    assert contents.offer.songs is not None
    assert {path: song.size for path, song in contents.offer.songs.items()} == {
        "a/b.ogg": 3,
        "absolute.ogg": 3,
        "c.ogg": 11,
        "stored/c.ogg": 11,
    }
    assert contents.release_files == ()
    assert contents.songs_outside == ("d.ogg", "e")
    assert list(contents.warnings()) == [
        (
            f"{tmp_path / 'link'}: 2 names not pushed, since links lead out of this folder: d.ogg, e "
            "(mend: copy them into it, or name the folder that they lie in)"
        )
    ]


def test_what_is_gathered_is_opened_once_and_no_other_file_travels(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.ogg").write_bytes(b"123")
    music, before = MusicFolder(tmp_path), sum(1 for _ in Path("/proc/self/fd").iterdir())
    with gathered(["a/b.ogg", "./a//b.ogg"], music.open) as place:
        (tmp_path / "a" / "b.ogg").unlink()
        (tmp_path / "a" / "b.ogg").symlink_to("/etc/passwd")
        assert (Path(place) / "a" / "b.ogg").read_bytes() == b"123"
        assert Path(place).stat().st_mode & 0o77 == 0
    assert not Path(place).exists()
    with pytest.raises(FleetError, match=r"a/b.ogg: cannot be sent"), gathered(["a/b.ogg"], music.open):
        pytest.fail("it was gathered")
    assert sum(1 for _ in Path("/proc/self/fd").iterdir()) == before


def test_an_address_says_no_more_than_is_known() -> None:
    assert Address("box").words() == ["ssh", "-o", "ConnectTimeout=10", "-o", "BatchMode=yes"]
    full = Address("box", 22, "pi", "key", "config", "known", "accept-new", may_ask=True)
    assert full.words()[1:9] == ["-F", "config", "-p", "22", "-l", "pi", "-i", "key"]
    assert "BatchMode=no" in full.words()
    assert "UserKnownHostsFile=known" in full.words()


PI = Address("mien.local", 2222, "pi")


@pytest.mark.parametrize(
    ("address", "said", "has_key", "mend"),
    [
        (
            PI,
            "pi@mien.local: Permission denied (publickey,password).",
            False,
            "make a key: ssh-keygen -t ed25519, then ssh-copy-id -p 2222 pi@mien.local takes it there",
        ),
        (PI, "Permission denied (publickey).", True, "is not known there: ssh-copy-id -p 2222 pi@mien.local takes it"),
        (Address("box"), "Permission denied", True, "once; or name the login there, with --user pi say"),
        (PI, "No ED25519 host key is known\nHost key verification failed.", None, "`ssh -p 2222 pi@mien.local` once"),
        (
            PI,
            "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
            None,
            "ssh-keygen -R '[mien.local]:2222', then",
        ),
        (Address("box"), "ssh: Could not resolve hostname box: Name or service", None, "see whether it is on"),
        (Address("box"), "connect to host box port 22: Connection refused", None, "switch SSH on there"),
        (
            Address("box"),
            "connect to host box port 22: No route to host",
            None,
            "`ssh box` must work without a question",
        ),
        (Address("box"), "Received disconnect: Too many authentication failures", None, "IdentitiesOnly"),
    ],
)
def test_a_login_that_fails_says_what_to_type(address: Address, said: str, has_key: Any, mend: str) -> None:
    assert mend in mend_login(address, said, has_key=has_key)


def test_ssh_itself_knows_whether_there_is_a_key_to_offer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    (tmp_path / "config").write_text(f"IdentityFile {tmp_path}/key\n")
    address = Address("box", config_file=str(tmp_path / "config"))
    assert not offers_a_key(address)
    (tmp_path / "key").touch()
    assert offers_a_key(address)


def test_the_summary_adds_up() -> None:
    results = [Result("one", Outcome.DONE, "2", seconds=1.25), Result("second", Outcome.FAILED, "–", "it broke")]
    assert summary_lines(results) == [
        "box     result  release  seconds  note",
        "one     done    2        1.2",
        "second  failed  –        0.0      told above",
        "2 boxes: 1 done, 1 failed",
    ]
    assert summary_lines([Result("one", Outcome.PLANNED, "1", goal="2")])[1].split()[1:5] == ["planned", "1", "→", "2"]
    assert [exit_code(results[:1]), exit_code(results)] == [0, 1]


def test_what_is_missing_on_the_workstation_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arguments.shutil, "which", lambda _: None)
    with pytest.raises(FleetError, match="apt install rsync"):
        arguments.check_programs("rsync")
    monkeypatch.setattr(errors, "find_spec", lambda _: None)
    with pytest.raises(ExtraError, match=r"\./tools/install\.sh workstation"):
        arguments.check_programs()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("push", "box"), "there is nothing to push"),
        (("fleet-status",), "no box is named"),
        (("fleet-status", "box", "--user=-oProxyCommand=x"), "names no login"),
        (("fleet-status", "--inventory", "nowhere.py"), "there is no such inventory"),
        (("fleet-status", "pi@"), "'pi@' names no box"),
        (("fleet-status", "box:ssh"), "'box:ssh' names no box"),
        (("fleet-status", "box:" + "9" * 5000), "names no box"),
        (("fleet-status", "@local/x"), "'@local/x' names no box"),
        (("fleet-status", "@terraform"), "'@terraform' names no box"),
        (("push", "@docker/debian", "--music", "{}"), "'@docker/debian' names no box"),
        (("rollback", "@vagrant"), "'@vagrant' names no box"),
        (("fleet-status", "--", "-oProxyCommand=x"), "names no box"),
        (("fleet-status", "a\nb"), "names no box"),
        (("fleet-status", "--inventory", "{}/local.py"), "the inventory cannot be read"),
        (("fleet-status", "--inventory", "{}/vagrant.py"), "the inventory cannot be read"),
        (("fleet-status", "--inventory", "{}/empty.py"), "the inventory cannot be read"),
        (("fleet-status", "--inventory", "{}/breaks.py"), "ZeroDivisionError"),
        (("fleet-status", "--inventory", "{}/escape.py"), "names no box"),
        (("fleet-status", "--inventory", "{}/broken.py"), "the inventory cannot be read"),
        (("fleet-status", "--inventory", "{}/password.py"), "is to be reached by a password"),
        (("fleet-status", "--inventory", "{}/quoted.py"), "ssh_port"),
        (("fleet-status", "--inventory", "{}/good.py", "nobody"), "knows no box nobody"),
        (("fleet-status", "--inventory", "{}/none.py"), "holds no list of boxes"),
        (("fleet-status", "--inventory", "{}/word.py"), "holds no list of boxes"),
        (("fleet-status", "--inventory", "{}/leaves.py"), "the inventory cannot be read"),
    ],
)
def test_a_fleet_that_cannot_be_read_is_told_in_words(words: Sequence[str], told: str, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("boxes = [\n")
    (tmp_path / "password.py").write_text("boxes = [('one', {'ssh_password': 'raspberry'})]\n")
    (tmp_path / "quoted.py").write_text("boxes = [('one', {'ssh_port': '22'})]\n")
    (tmp_path / "good.py").write_text("boxes = ['one']\n")
    (tmp_path / "none.py").write_text("boxes = []\n")
    (tmp_path / "word.py").write_text("boxes = 'one.local'\n")
    (tmp_path / "leaves.py").write_text("raise SystemExit(3)\n")
    (tmp_path / "local.py").write_text("boxes = ['@local/x']\n")
    (tmp_path / "vagrant.py").write_text("boxes = ['@vagrant']\n")
    (tmp_path / "empty.py").write_text("boxes = ['']\n")
    (tmp_path / "breaks.py").write_text("boxes = [1 / 0]\n")
    (tmp_path / "escape.py").write_text("boxes = ['one\\x1b[2J']\n")
    refused = Workstation(tmp_path, []).tools(*(word.format(tmp_path) for word in words))
    assert refused.returncode in {69, 78}
    assert told in refused.stderr
    assert "mend: " in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_box_that_is_not_reached_over_ssh_is_refused(tmp_path: Path) -> None:
    (tmp_path / "fleet.py").write_text("boxes = ['@local']\n")
    asked = Workstation(tmp_path, []).tools("fleet-status", "--inventory", str(tmp_path / "fleet.py"))
    assert "a fleet is reached over SSH, not by LocalConnector" in asked.stdout
    assert asked.returncode == 1


def test_an_inventory_that_no_command_can_take_is_told_in_words(tmp_path: Path) -> None:
    boxes = [
        ("nul", {"ssh_hostname": "a\0b"}),
        ("half", {"ssh_key": "\ud800"}),
        ("word", {"ssh_user": "-oProxyCommand=x"}),
    ]
    (tmp_path / "fleet.py").write_text(f"boxes = {boxes!a}\n")
    asked = Workstation(tmp_path, []).tools("fleet-status", "--inventory", str(tmp_path / "fleet.py"), "--timeout", "5")
    assert (asked.returncode, asked.stderr) == (1, "")
    assert asked.stdout.count("what no command can take") == 2
    assert asked.stdout.endswith("3 boxes: 3 silent\n")


def test_the_connector_serves_pyinfra_itself(make_fleet: Callable[..., Workstation], tmp_path: Path) -> None:
    station = make_fleet("one", running=False)
    session = [sys.executable, "-m", "tests.tools.fleet.pyinfra_session", str(station.inventory), str(tmp_path)]
    used = subprocess.run(
        session, capture_output=True, text=True, cwd=REPOSITORY, check=False, timeout=PATIENCE_SECONDS
    )
    assert used.stdout.endswith("all well\n"), used.stdout + used.stderr
    assert (tmp_path / "received").read_text() == "sent"


def test_only_reading_an_inventory_changes_the_standard_library() -> None:
    """Importing pyinfra's command line patches os, socket and subprocess, which a process of tests must not suffer."""
    script = "import os, tools.fleet.push, tools.fleet.rollback, tools.fleet.status; print(os.close.__module__)"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=REPOSITORY, check=True)
    assert ended.stdout == "posix\n"


@pytest.mark.parametrize("folder", ["music", 'my "mu\\sic $HOME', "two\nlines"])
def test_root_on_a_box_writes_in_the_folder_of_a_transfer_and_nowhere_else(tmp_path: Path, folder: str) -> None:
    (tmp_path / "bin").mkdir()
    shown = tmp_path / "bin" / "systemd-run"
    shown.write_text("#!/bin/sh\nprintf '%s\\0' \"$@\"\n", encoding="utf-8")
    shown.chmod(0o755)
    (tmp_path / folder).mkdir()
    command = [str(tmp_path / folder), "rsync", "--server", "a b", "${PATH}"]

    def run(script: str) -> str:
        environment = {"PATH": f"{tmp_path}/bin:/usr/bin:/bin"}
        words = ["sh", "-c", script, "sh", *command]
        return subprocess.run(words, capture_output=True, text=True, check=True, env=environment).stdout

    words = run(_ONLY_THERE.replace("/run/systemd/system", str(tmp_path))).split("\0")
    quoted = str(tmp_path / folder).replace("\\", "\\\\").replace('"', '\\"')
    assert f'ReadWritePaths="{quoted}"' in words
    assert "ProtectSystem=strict" in words
    assert words[-5:-1] == ["rsync", "--server", "a b", "$${PATH}"]
    command[1] = "echo"
    assert run(_ONLY_THERE.replace("/run/systemd/system", "/nowhere")) == "--server a b ${PATH}\n"
