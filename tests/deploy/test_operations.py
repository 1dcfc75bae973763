"""The steps of the deploy as lists of commands: what each does to a fresh box, and how a finished one is left alone."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploy import contents, installing, layout, removing, service
from deploy.facts import AptCandidates, FileSizes
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
    assert needed.endswith("install -q -y --no-install-recommends sqlite3")
    assert "apt-cache policy python3-lgpio" in wished


def test_a_package_that_only_a_pi_has_is_named_and_not_missed(box: Any, commands: Commands) -> None:
    box.answers = {"DebPackages": {"rsync": ["3"]}}
    assert commands(installing.apt_packages, ["rsync"], ["python3-picamera2"]) == []
    assert box.said[-1] == "this system has no python3-picamera2"


def test_a_version_is_complete_with_its_last_file(box: Any, commands: Commands, software: Software) -> None:
    build = commands(installing.software_version, software, "0.1.0-abc")[-1]
    steps = build.split(" && ")
    assert steps[1] == "rm -rf /opt/mien/versions/0.1.0-abc"  # what an interruption left
    assert steps[-3:] == [
        "sync -f /opt/mien/versions/0.1.0-abc",
        "touch /opt/mien/versions/0.1.0-abc/.complete",
        "sync -f /opt/mien/versions/0.1.0-abc",
    ]
    assert "--require-hashes" in build
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


def test_the_default_release_is_for_a_box_that_has_none(box: Any, commands: Commands) -> None:
    manifest = read_manifest(MODELS)
    (activate,) = commands(contents.release, MODELS, manifest, asked=False)
    assert activate.endswith(f"mien release activate {MODELS}/")
    box.answers = {contents._CURRENT_ID: "2027.1"}
    assert commands(contents.release, MODELS, manifest, asked=False) == []
    assert commands(contents.release, MODELS, manifest, asked=True) == [activate]
    box.answers = {contents._CURRENT_ID: manifest.release_id}
    assert commands(contents.release, MODELS, manifest, asked=True) == []


def test_songs_that_are_missing_or_cut_short_are_copied(box: Any, commands: Commands, tmp_path: Path) -> None:
    for name in ("a.ogg", "album/b c.ogg", "album/d.ogg", ".hidden.ogg", "README.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("sound", encoding="utf-8")
    box.answers = {"FileSizes": {"a.ogg": 5, "album/d.ogg": 3}}
    folders, *copies = commands(contents.music, tmp_path)
    assert folders.endswith("mkdir -p /var/lib/mien/music/album")
    assert [copy.split("/var/lib/mien/music/")[1] for copy in copies] == ["album/b c.ogg'", "album/d.ogg"]
    assert all("-g mien -m 0664" in copy for copy in copies)


def test_the_demo_library_leaves_an_owners_music_alone(box: Any, commands: Commands) -> None:
    demo, sizes = MODELS / "demo_library", contents.songs_of(MODELS / "demo_library")
    assert len(commands(contents.music, demo, demo_of="2026.1")) == 1 + len(sizes)
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


def test_files_are_listed_with_their_sizes() -> None:
    assert FileSizes().process(["5 a b.ogg", "0 album/c.ogg"]) == {"a b.ogg": 5, "album/c.ogg": 0}


def test_a_mark_tells_versions_and_units_apart(tmp_path: Path) -> None:
    unit = tmp_path / "unit"
    unit.write_text("a", encoding="utf-8")
    one = service.mark_of("0.1.0-abc", [unit])
    unit.write_text("b", encoding="utf-8")
    assert len({one, service.mark_of("0.1.0-abc", [unit]), service.mark_of("0.1.0-abd", [unit])}) == 3
    assert json.dumps(one).strip('"') == one  # fits into a command as it is
