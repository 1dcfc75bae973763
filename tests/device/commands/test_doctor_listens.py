"""mien doctor --listen: a chime through the daemon or without one, and the question whether it was heard."""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from device.__main__ import main
from device.appliance import doctor
from device.appliance.daemon import serve
from device.errors import ControlError, MutedError, SoundCardError
from device.player import listening
from device.player.simulated_player import SimulatedPlayer
from device.session.hours.wall_clock import WallClock
from device.settings.config_file import load_configuration
from device.settings.sections import PathSettings, Settings, SoundSettings
from tests.device.simulated_box import SimulatedBox

NIGHT = '[quiet_hours]\nbegin = "22:00"\ntrust_clock = true\n'


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "_WHOLE_SECONDS", 0)  # a simulated song lasts until it is stopped


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "mien.toml"
    path.write_text('[sound]\noutput = "simulated"\n[paths]\ncontrol_socket = "none.sock"\n')
    return path


@pytest.mark.parametrize(
    ("stdin", "code", "words"),
    [
        (Terminal("y\n"), 0, "Then the sound is well."),
        (Terminal("n\n"), 1, "alsamixer"),
        (Terminal(""), 1, "sound.lead_in_seconds 2"),
        (io.StringIO(""), 0, "only somebody beside the box"),
    ],
)
def test_it_asks_whoever_is_there(
    settings: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    stdin: io.StringIO,
    code: int,
    words: str,
) -> None:
    monkeypatch.setattr("sys.stdin", stdin)
    assert main(["doctor", "--listen", "--config", str(settings)]) == code
    said = capsys.readouterr().out
    assert "A chime was played: simulated, nothing is heard." in said
    assert words in said


@pytest.mark.parametrize(
    ("more", "kept", "percent", "words"),
    [
        ("", None, 60, ""),
        ("", '{"schema": 1, "percent": 20, "start_volume_percent": 60}', 20, ""),
        ("", "gnawed", 30, "(at 30 %, since "),
        ("", '{"schema": 9}', 30, "of a later mien"),
        (NIGHT, None, 30, "(at 30 %, since quiet hours last)"),
        (NIGHT, '{"schema": 1, "percent": 20, "start_volume_percent": 60}', 20, ""),
        (f"{NIGHT}night_volume_percent = 10\n", "gnawed", 10, "(at 10 %, since "),
    ],
)
def test_without_a_daemon_it_is_as_loud_as_the_hour_and_what_is_kept_allow(
    settings: Path, monkeypatch: pytest.MonkeyPatch, more: str, kept: str | None, percent: int, words: str
) -> None:
    player = SimulatedPlayer()
    monkeypatch.setattr(doctor, "build_player", lambda _: player)
    monkeypatch.setattr(WallClock, "now", lambda _: datetime(2026, 11, 29, 23, 30, tzinfo=UTC))
    state = settings.with_name("state")
    settings.write_text(settings.read_text() + f'state_folder = "{state}"\n{more}')
    if kept is not None:
        state.mkdir()
        (state / "volume.json").write_text(kept)
    said = doctor.listen(load_configuration(settings).settings)
    assert player.volumes == [percent]
    assert words in said
    assert (words == "") == (said == "simulated, nothing is heard")


def test_without_a_daemon_a_mute_box_names_what_to_do(settings: Path) -> None:
    settings.write_text(settings.read_text().replace("[paths]", "start_volume_percent = 0\n[paths]"))
    with pytest.raises(MutedError) as refused:
        doctor.listen(load_configuration(settings).settings)
    assert refused.value.mend == "sudo systemctl start mien, then turn it up: mien volume 40"


def test_the_daemon_plays_it_while_nothing_else_plays(box: SimulatedBox) -> None:
    assert serve(box.appliance, {"command": "listen"}) == {
        "played_on": "simulated, nothing is heard",
        "trouble": None,
    }
    assert [path.stem for path in box.player.played] == ["ready"]
    box.player.unplug()
    assert serve(box.appliance, {"command": "listen"})["trouble"]["what"] == "the simulated sound card was unplugged"
    box.player.plug_in()
    box.press()
    box.until_state("playing")
    assert "the box is playing" in serve(box.appliance, {"command": "listen"})["trouble"]["what"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"played_on": "", "trouble": {"what": "it is gone", "mend": "plug it in"}}, SoundCardError),
        (ControlError("unknown request", mend="see mien --help"), ControlError),
    ],
)
def test_what_the_daemon_says_against_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Any, error: type[Exception]
) -> None:
    def ask(_: Path, request: dict[str, Any]) -> dict[str, Any]:
        if request["command"] == "listen" and isinstance(answer, Exception):
            raise answer
        return answer if request["command"] == "listen" else {}

    monkeypatch.setattr(doctor, "ask", ask)
    with pytest.raises(error, match=r"it is gone|an older one perhaps"):
        doctor.listen(Settings(paths=PathSettings(control_socket=tmp_path / "s"), sound=SoundSettings()))
