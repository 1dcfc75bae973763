"""The volume at hand: heard at once, written once it rests, remembered, and never more than the settings allow."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from device.errors import ControlError, MutedError
from device.player.simulated_player import SimulatedPlayer
from device.session.volume.kept_volume import KeptVolume
from device.session.volume.volume_control import REST_SECONDS, VolumeControl
from device.settings.sections import SoundSettings

BY_DAY = {"is_quiet": False, "plays": False}
BY_NIGHT = {"is_quiet": True, "plays": True}


class Box:
    """A volume control with all that it touches."""

    def __init__(self, file: Path, **settings: int) -> None:
        sound = SoundSettings(**settings)  # type: ignore[arg-type] # each is a number
        self.player, self.work = SimulatedPlayer(), list[Callable[[], None]]()
        self.kept = KeptVolume(file, start=sound.start_volume_percent, writer=self.work.append)
        self.control = VolumeControl(self.player, sound, self.kept, most_by_night=30)

    def write(self) -> None:
        while self.work:
            self.work.pop(0)()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "volume.json"


def test_a_turn_is_heard_at_once_and_written_once_it_rests(file: Path) -> None:
    box = Box(file)
    for _ in range(6):
        box.control.turn(+1)
    box.control.turn(-2)
    assert box.player.volumes == [60, 65, 70, 75, 80, 70]  # at the maximum nothing more is asked for
    for seconds in (0, REST_SECONDS - 0.1):
        box.control.passed(100 + seconds, **BY_DAY)
    assert box.work == []
    box.control.passed(100 + REST_SECONDS, **BY_DAY)
    box.control.passed(200, **BY_DAY)
    assert len(box.work) == 1
    box.write()
    assert json.loads(file.read_text()) == {"schema": 1, "percent": 70, "start_volume_percent": 60}
    assert Box(file).player.volumes == [70]


def test_a_volume_is_set_by_name_and_one_too_loud_is_refused_with_what_would_do(file: Path) -> None:
    box = Box(file)
    box.control.set_to(80)
    with pytest.raises(ControlError, match="81 % is too loud: at most 80 % on this box") as refused:
        box.control.set_to(81)
    assert "sudo mien config set sound.maximum_volume_percent 81" in refused.value.mend
    box.control.change(-200)
    assert (box.player.volumes, box.control.changes) == ([60, 80, 0], 2)
    box.control.passed(0, **BY_NIGHT)
    with pytest.raises(ControlError, match="at most 30 % until the quiet hours end") as refused:
        box.control.set_to(31)
    assert "quiet_hours.night_volume_percent 31 && sudo systemctl" in refused.value.mend
    with pytest.raises(ControlError, match="at most 30 % until the quiet hours end") as refused:
        box.control.set_to(81)
    allowed = [f"sudo mien config set {key}_volume_percent 81" for key in ("quiet_hours.night", "sound.maximum")]
    assert " && ".join(allowed) in refused.value.mend


def test_the_night_is_softer_and_leaves_the_day_as_it_was(file: Path) -> None:
    box = Box(file)
    box.control.passed(0, **BY_NIGHT)
    box.control.turn(-3)
    assert box.control.document() == {
        "percent": 15,
        "maximum_percent": 30,
        "step_percent": 5,
        "by_night": True,
        "trouble": None,
    }
    box.control.passed(10, is_quiet=False, plays=True)
    assert box.control.percent == 15
    box.control.passed(20, **BY_DAY)
    assert (box.player.volumes, box.work) == ([60, 30, 15, 60], [])


def test_another_start_in_the_settings_holds_and_so_does_a_lower_maximum(file: Path) -> None:
    box = Box(file)
    box.control.set_to(75)
    box.control.keep()
    box.write()
    assert Box(file).control.percent == 75
    assert Box(file, start_volume_percent=40).control.percent == 40
    assert Box(file, maximum_volume_percent=65).control.percent == 65


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "Expecting value"),
        ("[]", "it is no object"),
        ("[" * 5000, "longer than"),
        ('{"schema": 1, "percent": 101, "start_volume_percent": 60}', "percent is 101"),
        ('{"schema": 1, "percent": "40", "start_volume_percent": 60}', "percent is '40'"),
        ('{"schema": 1, "percent": 40.0, "start_volume_percent": 60}', "percent is 40.0"),
        ('{"schema": 0, "percent": 40, "start_volume_percent": 60}', "schema is 0"),
        ('{"schema": 1, "percent": 40}', "it lacks start_volume_percent"),
    ],
)
def test_what_makes_no_sense_is_told_and_the_settings_hold_until_a_hand_mends_it(
    file: Path, content: str, why: str
) -> None:
    file.parent.mkdir()
    file.write_text(content)
    box = Box(file)
    trouble = box.control.document()["trouble"]
    assert why in trouble["what"]
    assert str(file) in trouble["what"]
    assert box.control.percent == 60
    assert "mien volume -5" in trouble["mend"], "which no bound refuses"
    box.control.passed(0, **BY_NIGHT)
    box.control.change(-5)
    for seconds in (0, REST_SECONDS):
        box.control.passed(seconds, **BY_NIGHT)
    box.write()
    assert Box(file).control.document()["trouble"] is None
    assert Box(file).control.percent == 60


def test_a_file_of_a_later_mien_is_named_so_and_never_written_over(file: Path) -> None:
    file.parent.mkdir()
    file.write_text(later := '{"schema": 2, "loudness": -20}')
    box = Box(file)
    assert "of schema 2, of a later mien" in box.control.document()["trouble"]["what"]
    assert f"sudo rm {file}" in box.control.document()["trouble"]["mend"]
    box.control.set_to(40)
    box.control.keep()
    box.write()
    assert (box.control.percent, file.read_text()) == (40, later)


@pytest.mark.parametrize(
    ("settings", "around", "mend"),
    [
        ({}, BY_DAY, "mien volume 40"),
        ({"maximum_volume_percent": 25, "start_volume_percent": 25}, BY_DAY, "mien volume 25"),
        ({}, BY_NIGHT, "mien volume 30"),
        (
            {"maximum_volume_percent": 0, "start_volume_percent": 0},
            BY_DAY,
            "sudo mien config set sound.maximum_volume_percent 40",
        ),
    ],
)
def test_a_box_that_is_mute_names_a_volume_that_it_would_take(
    file: Path, settings: dict[str, int], around: dict[str, bool], mend: str
) -> None:
    box = Box(file, **settings)
    box.control.passed(0, **around)
    box.control.change(-100)
    with pytest.raises(MutedError, match="at 0 %") as refused:
        box.control.refuse_silence()
    assert refused.value.mend.startswith(f"turn it up: {mend}")
    if mend.startswith("mien"):
        box.control.set_to(int(mend.rsplit(maxsplit=1)[-1]))
        box.control.refuse_silence()


def test_a_card_that_takes_nothing_is_told(file: Path) -> None:
    box = Box(file)
    file.parent.write_text("no folder")
    box.control.turn(+1)
    box.control.keep()
    box.write()
    assert "cannot be remembered" in box.control.document()["trouble"]["what"]
    assert box.control.percent == 65
