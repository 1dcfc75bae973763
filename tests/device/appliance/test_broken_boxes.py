"""Boxes of which one thing is broken: status, its --check and doctor each name it, and nobody's song is blamed."""

import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from device.appliance import doctor
from device.appliance.daemon import build_box, serve
from device.appliance.self_check import _folder
from device.emotion.labels import SONG_LABELS
from device.errors import GivenUpError
from device.status import service_word
from device.status.control_server import ControlServer
from device.status.nagios import check_socket
from device.status.service_word import MENDING, absence
from device.status.text import status_lines
from tests.device.simulated_box import Gate, MakeBox, SimulatedBox, simulated_settings, write_release
from tests.waiting import PATIENCE_SECONDS

Break = Callable[[Path], None]


def nothing(_folder: Path) -> None:
    """It is broken from the start."""


def lose_half_of_the_songs(folder: Path) -> None:
    for song in sorted((folder / "music").iterdir())[::2]:
        song.unlink()


def lose_the_state_folder(folder: Path) -> None:
    shutil.rmtree(folder / "state")
    (folder / "state").touch()


@contextmanager
def running(folder: Path, sections: dict[str, dict[str, str]]) -> Iterator[SimulatedBox]:
    """Let a box run that can be asked, as the daemon does; its settings may lead to drivers that are not simulated.

    :param sections: keys that differ, by section; ``{}`` stands for the folder.
    """
    settings = simulated_settings(folder, write_release(folder / "release"))
    for section, keys in sections.items():
        values: dict[str, Any] = {key: value.format(folder) for key, value in keys.items()}
        if "recording" in values:
            values["recording"] = Path(values["recording"])
        settings = replace(settings, **{section: replace(getattr(settings, section), **values)})
    for name in ("music", "state"):
        (folder / name).mkdir()
    for label in SONG_LABELS:
        (folder / "music" / f"{label}.ogg").touch()
    with build_box(settings) as built:
        box = SimulatedBox(built, settings)
        server = ControlServer(settings.paths.control_socket, lambda request: serve(built.appliance, request))
        thread = threading.Thread(target=built.run)
        with closing(server):
            server.start()
            thread.start()
            try:
                yield box
            finally:
                built.appliance.stop()
                thread.join(PATIENCE_SECONDS)


needs_libvlc = pytest.mark.skipif(find_spec("vlc") is None, reason="python-vlc is not installed")
BOXES: dict[str, tuple[dict[str, Any], Break, str, str]] = {
    "no camera": (
        {"camera": {"driver": "v4l2", "device": "/dev/video99"}},
        nothing,
        "camera",
        "no such camera",
    ),
    "no clip": ({"camera": {"driver": "recorded", "recording": "{}/gone.mp4"}}, nothing, "camera", "no such clip"),
    "a locked clip": (
        {"camera": {"driver": "recorded", "recording": "{}/locked"}},
        nothing,
        "camera",
        "cannot be read",
    ),
    "half of the songs": ({}, lose_half_of_the_songs, "songs", "4 of 8 songs are not in the music folder"),
    "no state": ({}, lose_the_state_folder, "state folder", "cannot be written by the daemon"),
    "no signers": ({"release": {"allowed_signers": "{}/keys"}}, nothing, "signers", "trusted keys is missing"),
    "no place for a wav file": (
        {"sound": {"output": "file", "recording": "{}/music"}},
        nothing,
        "sound",
        "cannot be written there",
    ),
}


@pytest.fixture(autouse=True)
def a_clip_that_may_not_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse one file to everybody, root included."""
    is_dir = Path.is_dir

    def refusing(path: Path) -> bool:
        if path.name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return is_dir(path)

    monkeypatch.setattr(Path, "is_dir", refusing)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=needs_libvlc) if "sound" in BOXES[name][0] else name for name in BOXES]
)
def test_what_is_broken_is_named_by_all_who_are_asked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    sections, broken, check, words = BOXES[name]
    with running(tmp_path, sections) as box:
        broken(tmp_path)
        status = box.until(lambda status: any(words in problem["what"] for problem in status["problems"]))
        line, verdict = check_socket(lambda: box.settings.paths.control_socket)
        found = [finding for finding in doctor.examine(box.settings) if not finding.ok]
    assert [problem["what"] for problem in status["problems"] if words not in problem["what"]] == []
    assert words in " ".join(" ".join(status_lines(status)).split())
    assert words in line
    assert verdict in {1, 2}
    assert [finding.check for finding in found if words in finding.detail] == [check]
    assert {finding.check for finding in found} <= {check, "state folder", "history"}
    assert all(finding.mend for finding in found)
    assert [record for record in caplog.records if record.exc_info and record.levelno >= logging.WARNING] == []


def test_a_camera_that_is_plugged_in_again_ends_the_fault_when_somebody_looks(tmp_path: Path) -> None:
    clip = tmp_path / "clip"
    with running(tmp_path, {"camera": {"driver": "recorded", "recording": "{}/clip"}}) as box:
        assert box.until_state("fault")["fault"]["cause"] == "camera"
        clip.mkdir()
        (clip / "1.pgm").write_bytes(b"P5 64 48 255\n" + bytes(64 * 48))
        found = {finding.check: finding for finding in doctor.examine(box.settings)}
        assert found["camera"].ok
        assert found["camera"].detail.endswith("a picture of 64 × 48 but it is very dark")
        box.until_state("idle")


def test_no_look_disturbs_an_observation(box: SimulatedBox, gate: Gate) -> None:
    gate.shut()
    box.press()
    box.until(lambda status: status["watching"])
    status = serve(box.appliance, {"command": "examine"})
    assert (status["state"], box.camera.times_opened) == ("observing", 1)
    gate.open()


GIVEN_UP = {
    "LoadState": "loaded",
    "ActiveState": "failed",
    "SubState": "failed",
    "StatusText": f"songs.sqlite: is missing{MENDING}copy the release again",
}


def test_a_service_that_was_given_up_is_told_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_box: MakeBox
) -> None:
    monkeypatch.setattr(service_word, "why_absent", lambda _socket: absence(GIVEN_UP))
    line, verdict = check_socket(lambda: tmp_path / "control.sock")
    assert verdict == 2
    assert "systemd has given it up: songs.sqlite: is missing" in line
    with make_box(tmp_path) as box:
        findings = list(doctor.examine(box.settings))
    [found] = [finding for finding in findings if not finding.ok]
    assert not [finding for finding in findings if finding.check == "button"], "another service blinks with its lines"
    assert found.mend == "copy the release again; then start it again: sudo systemctl restart mien"


@pytest.mark.parametrize(
    ("changes", "words", "mend"),
    [
        ({"StatusText": ""}, "given it up", "journalctl -u mien"),
        ({"ActiveState": "activating", "SubState": "auto-restart", "NRestarts": "4"}, "again, 4 times by now", "copy"),
        ({"ActiveState": "activating", "SubState": "start"}, "just starting", "some seconds"),
        ({"ActiveState": "inactive", "SubState": "dead"}, "was stopped", "systemctl start mien"),
    ],
)
def test_systemd_tells_why_nobody_answers(changes: dict[str, str], words: str, mend: str) -> None:
    absent = absence({**GIVEN_UP, **changes})
    assert absent is not None
    assert words in absent.what
    assert mend in absent.mend
    assert isinstance(absent, GivenUpError) == (changes.get("SubState", "auto-restart") == "auto-restart")


def test_a_machine_without_the_service_has_nothing_to_say() -> None:
    assert absence({"LoadState": "not-found", "ActiveState": "inactive"}) is None
    assert absence({}) is None


@pytest.mark.parametrize(
    ("name", "wanted", "words", "mend"),
    [
        ("gone away", os.W_OK, "it is not there", "make it: sudo install -d -o mien '{}/gone away'; or name"),
        ("sealed", os.W_OK, "mounted read-only", "let the disk be written to"),
        ("gone", os.R_OK, "it is not there", "make it: sudo install -d {}/gone; or name"),
        ("a file", os.R_OK, "it is a file", "name a folder as [paths] music_folder"),
    ],
)
def test_a_folder_that_is_none_gets_a_mend_that_can_be_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, wanted: int, words: str, mend: str
) -> None:
    monkeypatch.delenv("INVOCATION_ID", raising=False)
    if name == "sealed":
        (tmp_path / name).mkdir()
        monkeypatch.setattr(os, "access", lambda *_, **__: False)
        monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_flag=os.ST_RDONLY))
    (tmp_path / "a file").touch()
    found = _folder("music folder", tmp_path / name, wanted, "[paths] music_folder")
    assert words in found.detail
    assert found.mend.startswith(mend.format(tmp_path))
