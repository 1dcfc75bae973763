"""The steps of the deploy as lists of commands: what each does to a fresh box, and how a finished one is left alone."""

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from pyinfra.api.exceptions import DeployError

from deploy import contents, installing, layout, removing, service
from deploy.facts import Answer, AptCandidates, FileSizes, room_in
from deploy.software import Software
from device.releases.manifest import read_manifest

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "models"
Commands = Callable[..., list[str]]


@pytest.fixture
def software(tmp_path: Path) -> Software:
    return Software(tmp_path / "mien-0.1.0-py3-none-any.whl", tmp_path / "requirements-box.txt")


def test_only_missing_packages_are_installed(box: Any, commands: Commands) -> None:
    box.answers = {"DebPackages": {"rsync": ["3"]}, "AptCandidates": ["python3-lgpio"]}
    mend, update, needed, wished = commands(installing.apt_packages, ["rsync", "sqlite3"], ["python3-lgpio"])
    assert "dpkg --configure -a" in mend
    assert update.startswith("apt-get update")
    assert "apt-get install -o DPkg::Lock::Timeout=600" in needed  # it waits for another at work
    assert needed.endswith(" -q -y --no-install-recommends sqlite3")
    assert "apt-cache policy python3-lgpio" in wished


def test_a_package_that_only_a_pi_has_is_named_and_not_missed(box: Any, commands: Commands) -> None:
    box.answers = {"DebPackages": {"rsync": ["3"]}}
    assert commands(installing.apt_packages, ["rsync"], ["python3-picamera2"]) == []
    assert box.said[-1] == "this system has no python3-picamera2"


@pytest.mark.parametrize(("free", "refused"), [("699", True), ("700", False), ("", False)])
def test_a_card_without_room_is_named_before_anything_is_written(
    box: Any, commands: Commands, software: Software, *, free: str, refused: bool
) -> None:
    box.answers = {"Answer": free}
    with pytest.raises(DeployError, match="699 MB are free, and this version needs 700") if refused else nullcontext():
        assert commands(installing.software_version, software, "0.1.0-abc")


def test_the_room_of_a_folder_that_is_not_there_yet_is_that_of_the_nearest(tmp_path: Path) -> None:
    asked = [
        subprocess.run(["sh", "-c", room_in(str(folder))], capture_output=True, text=True, check=True).stdout
        for folder in (tmp_path, tmp_path / "not" / "here yet")
    ]
    assert all(int(room) > 0 for room in asked)


def test_a_version_is_complete_with_its_last_file(box: Any, commands: Commands, software: Software) -> None:
    build = commands(installing.software_version, software, "0.1.0-abc")[-1]
    steps = build.split(" && ")
    # What an interruption left running is waited for, by a lock that nobody else may open.
    assert steps[:4] == ["umask 077", "exec 8>/opt/mien/versions/.lock", "umask 022", "flock -w 900 8"]
    assert steps[4] == "rm -rf /opt/mien/versions/0.1.0-abc"  # what it left behind
    # On a small Pi /tmp lies in memory.
    assert steps[5] == "mkdir -p /opt/mien/kit/unpacked"
    assert steps[6] == "export TMPDIR=/opt/mien/kit/unpacked"
    assert steps[-3:] == [
        "sync -f /opt/mien/versions/0.1.0-abc",
        "touch /opt/mien/versions/0.1.0-abc/.complete",
        "sync -f /opt/mien/versions/0.1.0-abc",
    ]
    assert "--require-hashes --only-binary=:all: -r" in build
    assert "--no-index --find-links" not in build
    box.answers = {"/opt/mien/versions/0.1.0-abc/.complete": {"size": 0}}
    assert commands(installing.software_version, software, "0.1.0-abc") == []


def test_with_a_folder_of_wheels_no_index_is_asked(commands: Commands, software: Software, tmp_path: Path) -> None:
    offline = Software(software.wheel, software.requirements, tmp_path)
    build = commands(installing.software_version, offline, "0.1.0-abc")[-1]
    installs = re.findall(r"pip install [^&]*", build)
    assert len(installs) == 2
    assert all("--no-index" in install for install in installs)


def test_the_switch_is_one_rename(box: Any, commands: Commands) -> None:
    (switch,) = commands(installing.software_switch, "0.1.0-abc")
    assert "mv -fT /opt/mien/venv.next /opt/mien/venv" in switch
    assert switch.startswith(f"rm -f {layout.MARK}")  # the service has not been started on it yet
    box.answers = {layout.VENV: {"link_target": "versions/0.1.0-abc"}}
    assert commands(installing.software_switch, "0.1.0-abc") == []


def test_this_version_and_the_one_before_it_stay(box: Any, commands: Commands) -> None:
    box.answers = {f"ls -1t {layout.VERSIONS}": "new\nbefore\nold\nolder"}
    assert commands(installing.old_versions, "new") == ["rm -rf /opt/mien/versions/old /opt/mien/versions/older"]


def test_settings_are_never_overwritten(box: Any, commands: Commands) -> None:
    assert "mv -n" in commands(contents.settings, ROOT / "deploy/mien.toml")[-1]
    box.answers = {layout.SETTINGS: {"size": 10}}
    assert commands(contents.settings, ROOT / "deploy/mien.toml") == []


def test_a_template_that_pins_every_default_is_tidied(box: Any, commands: Commands) -> None:
    assert commands(contents.tidied_settings) == []
    box.answers = {contents._PINS_EVERYTHING: "# The settings of a mien box, each at its default."}
    (tidy,) = commands(contents.tidied_settings)
    assert tidy.startswith("/usr/local/bin/mien config tidy || ")  # a broken file is no reason to stop


def test_the_default_release_is_for_a_box_that_has_none(box: Any, commands: Commands) -> None:
    manifest = read_manifest(MODELS)
    (activate,) = commands(contents.release, MODELS, manifest, asked=False)
    assert activate.endswith(f"mien release activate {MODELS}/")
    box.answers = {contents._CURRENT_ID: "2027.1"}
    assert commands(contents.release, MODELS, manifest, asked=False) == []
    assert commands(contents.release, MODELS, manifest, asked=True) == [activate]
    box.answers = {contents._CURRENT_ID: manifest.release_id}
    assert commands(contents.release, MODELS, manifest, asked=True) == []


def songs(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("sound", encoding="utf-8")


def named_in(command: str) -> list[str]:
    """The songs that a command places."""
    words = shlex.split(command)
    return words[2 : words.index("|")]


def test_songs_that_are_missing_or_cut_short_are_copied(box: Any, commands: Commands, tmp_path: Path) -> None:
    songs(tmp_path, "a.ogg", "album/b c.ogg", "album/d.OGG", ".hidden.ogg", "README.md", "cover.jpg", ".git/e.ogg")
    box.answers = {"FileSizes": {"a.ogg": 5, "album/d.OGG": 3}}
    *_, place = commands(contents.music, tmp_path)
    assert named_in(place) == ["album/b c.ogg", "album/d.OGG"]
    assert "| /opt/mien/venv/bin/python -I /opt/mien/kit/place_songs.py" in place


def test_root_writes_into_the_music_folder_by_nothing_else(commands: Commands, tmp_path: Path) -> None:
    songs(tmp_path, "album/a.ogg")
    others = [command for command in commands(contents.music, tmp_path) if "place_songs.py " not in command]
    assert [command for command in others if layout.MUSIC in command] == []


def test_many_songs_fit_into_commands(box: Any, commands: Commands, tmp_path: Path) -> None:
    names = [f"{'an album with a long name' * 4}/{number:04d}.ogg" for number in range(700)]
    songs(tmp_path, *names)
    places = [command for command in commands(contents.music, tmp_path) if command.startswith("printf")]
    assert sorted(name for place in places for name in named_in(place)) == names
    assert all(len(place) < 100_000 for place in places)
    box.answers = {"FileSizes": dict.fromkeys(names, 5)}
    assert commands(contents.music, tmp_path) == []


def test_what_leads_out_of_the_folder_is_left_out_and_told(box: Any, commands: Commands, tmp_path: Path) -> None:
    music = tmp_path / "music"
    songs(music, "real.ogg")
    songs(tmp_path, "secret.ogg")
    (music / "secret.ogg").symlink_to("../secret.ogg")
    (music / "same.ogg").symlink_to("real.ogg")
    (music / "loop.ogg").symlink_to("loop.ogg")
    (music / "folder").symlink_to(tmp_path)
    os.mkfifo(music / "pipe.ogg")
    (music / os.fsdecode(b"caf\xe9.ogg")).write_bytes(b"sound")
    *_, place = commands(contents.music, music)
    assert named_in(place) == ["real.ogg", "same.ogg"]
    told = box.said[0]
    assert "secret.ogg: a link that leads out of the folder" in told
    assert all(name in told for name in ("loop.ogg", "pipe.ogg", "caf"))


def test_what_was_not_placed_is_told(box: Any, commands: Commands, tmp_path: Path) -> None:
    songs(tmp_path, "a.ogg")
    box.answers = {"cat /opt/mien/kit/passed-over": "\n".join(f"{number}.ogg: a link" for number in range(15))}
    commands(contents.music, tmp_path)
    assert box.said[-1].startswith("not placed: 0.ogg: a link; 1.ogg")
    assert box.said[-1].endswith("and 5 more")


@pytest.fixture
def sent(box: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What is sent to a box that is another machine, by its place there."""
    box.connector_cls, sent = object, {}

    def put(source: Any, target: str, **_others: Any) -> list[str]:
        sent[target] = source.read() if hasattr(source, "read") else Path(source).read_bytes()
        return []

    monkeypatch.setattr(installing.files.put, "_inner", put)
    return sent


def test_songs_for_another_machine_travel_to_where_only_root_writes(
    sent: dict[str, bytes], commands: Commands, tmp_path: Path
) -> None:
    songs(tmp_path, "a.ogg", "album/b.ogg")
    _, place, tidy = commands(contents.music, tmp_path)
    kit = "/opt/mien/kit/music"
    assert {name for name in sent if name.endswith("ogg")} == {f"{kit}/a.ogg", f"{kit}/album/b.ogg"}
    assert named_in(place) == ["a.ogg", "album/b.ogg"]
    assert f"{kit} /var/lib/mien/music mien" in place
    assert tidy == f"rm -rf {kit}"


@pytest.mark.parametrize("name", ["songs.sqlite", "manifest.json.sig"])
def test_a_link_in_a_release_is_not_sent_to_another_machine(
    sent: dict[str, bytes], commands: Commands, tmp_path: Path, name: str
) -> None:
    folder = shutil.copytree(MODELS, tmp_path / "release", ignore=shutil.ignore_patterns("demo_library"))
    secret = tmp_path / "id_ed25519"
    secret.write_text("a private key", encoding="utf-8")
    manifest = read_manifest(folder)
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(secret)
    with pytest.raises(DeployError, match=f"{name}: not sent to a box"):
        commands(contents.release, folder, manifest, asked=True)
    assert b"a private key" not in sent.values()


def test_the_demo_library_leaves_an_owners_music_alone(box: Any, commands: Commands) -> None:
    demo, (sizes, left) = MODELS / "demo_library", contents.songs_of(MODELS / "demo_library")
    assert left == []
    assert named_in(commands(contents.music, demo, demo_of="2026.1")[-1]) == sorted(sizes)
    box.answers = {"FileSizes": {"mine.mp3": 1}}
    assert commands(contents.music, demo, demo_of="2026.1") == []
    box.answers = {contents._CURRENT_ID: "mine"}
    assert commands(contents.music, demo, demo_of="2026.1") == []
    box.answers = {contents._CURRENT_ID: "2026.1", "FileSizes": sizes}
    assert commands(contents.music, demo, demo_of="2026.1") == []


def test_a_file_of_the_service_appears_with_its_final_mode(box: Any, commands: Commands) -> None:
    rule = ROOT / "deploy/50-mien.rules"
    bring, rename = commands(service.placed, rule, layout.POLKIT_RULE)
    assert "-m 0644" in bring
    assert rename.endswith(f"mv -f {layout.POLKIT_RULE}.new {layout.POLKIT_RULE}")
    box.answers = {layout.POLKIT_RULE: hashlib.sha256(rule.read_bytes()).hexdigest()}
    assert commands(service.placed, rule, layout.POLKIT_RULE) == []


def test_the_service_is_started_on_what_is_new(box: Any, commands: Commands) -> None:
    assert commands(service.started, "mark") == []  # a chroot: no systemd runs
    running = {"[ -d /run/systemd/system ] && echo yes": "yes", f"systemctl is-active {layout.SERVICE}": "active"}
    box.answers = running
    *_, restart = commands(service.started, "mark")
    assert restart.startswith(f"systemctl restart {layout.SERVICE} && echo mark > {layout.MARK}")
    box.answers = {**running, f"cat {layout.MARK}": "mark"}
    assert commands(service.started, "mark") == []
    box.answers = {**box.answers, f"systemctl is-active {layout.SERVICE}": "failed"}
    assert commands(service.started, "mark")


def test_what_is_mounted_into_a_folder_survives_its_removal(box: Any, commands: Commands) -> None:
    assert commands(removing.gone, [layout.DATA]) == []
    box.answers = {f"ls -d {layout.DATA}": layout.DATA}
    assert commands(removing.gone, [layout.DATA]) == [f"rm -rf --one-file-system {layout.DATA}"]


def test_apt_names_what_it_could_install() -> None:
    answer = ["python3-lgpio:", "  Installed: (none)", "  Candidate: 0.2.2-1", "python3-none:", "  Candidate: (none)"]
    assert AptCandidates().process(answer) == ["python3-lgpio"]


def test_files_are_listed_with_their_sizes(tmp_path: Path) -> None:
    music = tmp_path / "a music folder"
    songs(music, "a b.ogg", "album/c.ogg", ".hidden/d.ogg", ".DS_Store", "two\nlines.ogg")
    songs(tmp_path, "stick/e.ogg")
    (music / "stick").symlink_to(tmp_path / "stick")
    (music / "e.ogg").symlink_to(tmp_path / "stick/e.ogg")
    (music / "gone.ogg").symlink_to("nowhere")
    os.mkfifo(music / "pipe.ogg")
    (music / os.fsdecode(b"caf\xe9.ogg")).write_bytes(b"sound")
    (tmp_path / "music").symlink_to(music)
    listed = ["sh", "-c", FileSizes().command(str(tmp_path / "music"))]
    heard = subprocess.run(listed, capture_output=True, text=True, check=True)
    found = FileSizes().process(heard.stdout.splitlines())
    assert found == {"a b.ogg": 5, "album/c.ogg": 5, "e.ogg": 5, "stick": 0, "caf.ogg": 5, "two": 5}
    heard = subprocess.run(["sh", "-c", FileSizes().command("/nowhere")], capture_output=True, text=True, check=True)
    assert (heard.stdout, heard.stderr) == ("", "")


def test_what_a_box_answers_is_cleaned() -> None:
    assert Answer().process(["\x1b]0;PWNED\x07 aarch64\r", "\u202ex"]) == "]0;PWNED aarch64\nx"


def test_a_mark_tells_versions_and_units_apart(tmp_path: Path) -> None:
    unit = tmp_path / "unit"
    unit.write_text("a", encoding="utf-8")
    one = service.mark_of("0.1.0-abc", [unit])
    unit.write_text("b", encoding="utf-8")
    assert len({one, service.mark_of("0.1.0-abc", [unit]), service.mark_of("0.1.0-abd", [unit])}) == 3
    assert json.dumps(one).strip('"') == one  # fits into a command as it is
