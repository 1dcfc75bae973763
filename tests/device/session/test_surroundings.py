"""Volume, hours and rest together: what a box that runs through an evening is told of them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from device.player.simulated_player import SimulatedPlayer
from device.session.hours.hours import Hours
from device.session.hours.rest import Due
from device.session.hours.wall_clock import WallClock
from device.session.surroundings import Surroundings
from device.session.volume.kept_volume import KeptVolume
from device.session.volume.volume_control import VolumeControl
from device.settings.sections import QuietHoursSettings, RestSettings, SoundSettings

STARTED = datetime(2026, 11, 29, 21, 0, tzinfo=UTC)


class Evening:
    """A box that was started at nine; ``now`` is in seconds from then."""

    def __init__(self, folder: Path, rest: RestSettings, begin: str = "22:00") -> None:
        self.now, self.player = 0.0, SimulatedPlayer()
        clock = WallClock(
            built="2026-11-23", trusted=True, root=folder, now=lambda: STARTED + timedelta(seconds=self.now)
        )
        kept = KeptVolume(folder / "volume.json", start=60)
        volume = VolumeControl(self.player, SoundSettings(), kept, most_by_night=30)
        self.surroundings = Surroundings(volume, Hours(QuietHoursSettings(begin=begin), clock), rest, now=0)

    def until(self, minutes: float, *, plays: bool) -> list[Due]:
        """Let time pass in steps of half a minute; return what became due."""
        due = []
        while self.now < 60 * minutes:
            self.now += 30
            found = self.surroundings.passed(self.now, plays=plays, is_idle=not plays)
            due += [found] if found else []
        return due


def test_an_evening_of_music_that_is_forgotten(tmp_path: Path) -> None:
    box = Evening(tmp_path, RestSettings(sleep_minutes=90, idle_poweroff_minutes=30))
    assert box.until(50, plays=True) == []
    box.surroundings.volume.turn(-1)
    assert (box.surroundings.are_quiet(), box.player.volumes) == (False, [60, 55])
    assert box.until(60, plays=True) == []
    assert (box.surroundings.are_quiet(), box.player.volumes) == (True, [60, 55, 30])
    told = box.surroundings.document(box.now, plays=True)
    assert told["volume"]["by_night"]
    assert told["hours"]["sleep_in_seconds"] == 60 * 80 + 30  # from when the turn was seen
    assert told["hours"]["power_off_in_seconds"] is None
    assert box.until(140, plays=True) == []
    assert box.until(141, plays=True) == [Due.SLEEP]
    assert box.until(170, plays=False) == []
    assert box.until(172, plays=False) == [Due.POWER_OFF]


def test_a_touch_begins_the_spans_anew(tmp_path: Path) -> None:
    box = Evening(tmp_path, RestSettings(sleep_minutes=10))
    assert box.until(9, plays=True) == []
    box.surroundings.touched(box.now)
    assert box.until(18.5, plays=True) == []
    assert box.until(19, plays=True) == [Due.SLEEP]


def test_a_box_that_starts_by_night_is_softer_from_the_first(tmp_path: Path) -> None:
    box = Evening(tmp_path, RestSettings(), begin="20:30")
    assert box.surroundings.document(0, plays=False)["volume"]["percent"] == 30
    assert box.player.volumes == [60, 30]


def test_music_that_fades_away_in_the_morning_becomes_no_louder(tmp_path: Path) -> None:
    box = Evening(tmp_path, RestSettings(), begin="20:00")
    box.until(9 * 60 + 59, plays=True)
    box.now += 55
    box.surroundings.fades(box.now, 20.0)
    for _ in range(4):  # seven o'clock is passed
        box.now += 5
        box.surroundings.passed(box.now, plays=False, is_idle=True)
    assert (box.surroundings.are_quiet(), box.player.volumes) == (False, [60, 30])
    box.now += 6
    box.surroundings.passed(box.now, plays=False, is_idle=True)
    assert box.player.volumes == [60, 30, 60]
