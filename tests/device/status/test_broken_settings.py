"""A settings file that was broken or changed while the daemon runs: it is told, and keeps nobody from the daemon."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from device.__main__ import main
from device.commands import _daemon_settings
from device.session.history import History
from device.settings import config_file
from device.settings.config_file import load_configuration
from device.settings.loaded import LoadedSettings
from device.settings.sections import PathSettings, Settings
from device.status.control_server import ControlServer

MakeStatus = Callable[..., dict[str, Any]]

WELL = '[paths]\ncontrol_socket = "control.sock"\nstate_folder = "state"\n'
BROKEN = f"{WELL}[sound]\nstart_volume_percent = 60%\n"


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mien") as name:
        yield Path(name)


@pytest.fixture
def broken(folder: Path, make_status: MakeStatus) -> Iterator[Path]:
    """A settings file with a mistake, and a daemon that has read it before."""
    file = folder / "mien.toml"
    file.write_text(BROKEN, encoding="utf-8")
    History(folder / "state" / "history.sqlite").close()

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        return {"pressed": True} if request["command"] == "press" else make_status()

    with closing(ControlServer(folder / "control.sock", answer)) as server:
        server.start()
        yield file


@pytest.mark.parametrize(
    "words", ["press", "explain", "history", "metrics", "watch --svg w.svg", "status", "status --check"]
)
def test_a_broken_file_keeps_no_verb_from_a_healthy_daemon(
    broken: Path, words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(broken.parent)
    assert main([*words.split(), "--config", str(broken)]) == 0
    complaint = capsys.readouterr().err
    if words.startswith("status"):  # the daemon itself has that among its problems
        assert complaint == ""
    else:
        assert complaint.startswith("the settings are broken, and the daemon goes on with those it began with: ")
        assert f"{broken}: line 5: start_volume_percent = 60%" in complaint
        assert complaint.count("\n") == 1


def test_doctor_goes_on_to_look_and_names_the_broken_file_among_the_rest(
    folder: Path, make_status: MakeStatus, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "mien.toml"
    file.write_text(WELL, encoding="utf-8")
    loaded = LoadedSettings(load_configuration(file).settings, file)
    file.write_text(BROKEN, encoding="utf-8")
    with closing(ControlServer(folder / "control.sock", lambda _: make_status(settings=loaded.state()))) as server:
        server.start()
        assert main(["doctor", "--config", str(file)]) == 1
    told = capsys.readouterr()
    assert told.err == ""
    assert "line 5: start_volume_percent = 60%" in told.out.replace("\n" + " " * 19, " ")
    assert "→ write start_volume_percent = 60" in told.out


@pytest.mark.parametrize("verb", ["press", "history", "status", "doctor"])
def test_without_a_daemon_the_broken_file_is_what_is_told(
    folder: Path, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "mien.toml").write_text(BROKEN, encoding="utf-8")
    for file in (folder / "mien.toml", folder / "none.toml", folder):
        assert main([verb, "--config", str(file)]) == 78
        assert str(file) in capsys.readouterr().err


def test_what_took_the_place_of_the_boxs_own_file_keeps_nobody_from_the_daemon(
    broken: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = broken.parent
    paths = PathSettings(control_socket=folder / "control.sock", state_folder=folder / "state")
    monkeypatch.setattr(_daemon_settings, "salvaged_settings", lambda _: Settings(paths=paths))
    for place in ("state", "leads nowhere"):
        for module in (_daemon_settings, config_file):
            monkeypatch.setattr(module, "DEFAULT_FILE", folder / place)
        (folder / "leads nowhere").unlink(missing_ok=True)
        (folder / "leads nowhere").symlink_to("nothing")
        assert main(["press"]) == 0
        assert "the settings cannot be read (it is a" in capsys.readouterr().err
        assert main(["press", "--config", str(folder / place)]) == 78, "one that is named is no slip of the box's"


def test_the_daemon_tells_a_file_that_says_something_else_by_now(folder: Path, make_status: MakeStatus) -> None:
    file = folder / "mien.toml"
    file.write_text(WELL, encoding="utf-8")
    loaded = LoadedSettings(load_configuration(file).settings, file)
    assert loaded.state() == {"file": str(file), "trouble": None}

    def rewritten(text: str) -> dict[str, str] | None:
        (folder / "new").write_text(text, encoding="utf-8")
        os.replace(folder / "new", file)  # noqa: PTH105 - as an editor does
        trouble: dict[str, str] | None = loaded.state()["trouble"]
        return trouble

    assert rewritten(f"# mine\n{WELL}[sound]\nfade_seconds = 0.4\n") is None  # the same in other words
    changed = rewritten(f"{WELL}[sound]\nfade_seconds = 1\n")
    assert changed is not None
    assert "was changed" in changed["what"]
    assert "sudo systemctl restart mien" in changed["mend"]
    broken = rewritten(BROKEN)
    assert broken is not None
    assert "line 5: start_volume_percent = 60%" in broken["what"]
    assert broken["mend"] == "write start_volume_percent = 60"
    assert rewritten(WELL) is None
    file.unlink()
    assert loaded.state()["trouble"] is not None

    status = make_status(settings={"file": str(file), "trouble": broken})
    assert [problem["what"] for problem in status["problems"]] == [broken["what"]]
    assert status["problems"][0]["severity"] == "warning"


@pytest.mark.parametrize(
    ("words", "code"),
    [("status", 69), ("status --check", 3), ("doctor", 1), ("press", 69), ("observe", 69), ("watch --svg w.svg", 69)],
)
def test_a_daemon_of_another_version_is_named_by_every_verb(
    folder: Path, words: str, code: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    Path("mien.toml").write_text(WELL, encoding="utf-8")
    with closing(ControlServer(folder / "control.sock", lambda _: {"schema": 99, "problems": 5})) as server:
        server.start()
        assert main([*words.split(), "--config", "mien.toml"]) == code
    told = "".join(capsys.readouterr())
    assert "the daemon speaks version 99 of the status, this command 1" in told
    assert "restart the daemon" in told
