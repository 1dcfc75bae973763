"""A clock is believed only where something that knows the time has set it."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from device.session.hours.hours import Hours
from device.session.hours.wall_clock import SYNCHRONISED, WallClock
from device.settings.sections import QuietHoursSettings

NOW = datetime(2026, 11, 29, 21, 30, tzinfo=UTC)
BUILT = "2026-11-23T10:00:00+00:00"
BERLIN = Path("/usr/share/zoneinfo/Europe/Berlin")


def clock(root: Path, now: datetime = NOW, **changes: Any) -> WallClock:
    settings: dict[str, Any] = {"built": BUILT, "trusted": False, "root": root}
    return WallClock(now=lambda: now, **(settings | changes))


def be_told_by_a_server(root: Path) -> None:
    (root / SYNCHRONISED).parent.mkdir(parents=True)
    (root / SYNCHRONISED).touch()


def have_a_battery_clock(root: Path, told: object, number: int = 0) -> None:
    folder = root / f"sys/class/rtc/rtc{number}"
    folder.mkdir(parents=True)
    (folder / "since_epoch").write_text(f"{told}\n")


def in_berlin(root: Path) -> None:
    if not BERLIN.exists():
        pytest.skip("this machine knows no time zones")
    (root / "etc").mkdir(exist_ok=True)
    shutil.copy(BERLIN, root / "etc/localtime")


def test_nobody_has_told_the_time(tmp_path: Path) -> None:
    assert "neither a time server nor a clock with a battery" in clock(tmp_path).doubt()
    assert clock(tmp_path, trusted=True).doubt() == ""


def test_a_time_server_has(tmp_path: Path) -> None:
    told = clock(tmp_path)
    be_told_by_a_server(tmp_path)
    assert told.doubt() == ""  # from then on


@pytest.mark.parametrize(
    ("seconds", "believed"), [(0, True), (599, True), (-599, True), (601, False), (-NOW.timestamp(), False)]
)
def test_a_clock_with_a_battery_stands_near(tmp_path: Path, seconds: float, *, believed: bool) -> None:
    have_a_battery_clock(tmp_path, round(NOW.timestamp() + seconds))
    assert (clock(tmp_path).doubt() == "") is believed


def test_a_second_battery_clock_may_be_the_one_that_knows_and_nonsense_is_none(tmp_path: Path) -> None:
    have_a_battery_clock(tmp_path, "soon")
    assert clock(tmp_path).doubt()
    have_a_battery_clock(tmp_path, round(NOW.timestamp()), number=1)
    assert clock(tmp_path).doubt() == ""


def test_a_date_before_the_release_is_not_believed_whoever_set_it(tmp_path: Path) -> None:
    be_told_by_a_server(tmp_path)
    early = clock(tmp_path, datetime(2026, 11, 22, 23, 59, tzinfo=UTC), trusted=True)
    assert early.doubt() == "the clock is not set: its date, 2026-11-22, lies before the release's, 2026-11-23"
    assert clock(tmp_path, built="some day").doubt() == ""


def test_the_time_is_that_of_the_boxs_zone_as_it_is_now(tmp_path: Path) -> None:
    wall = clock(tmp_path)
    assert f"{wall.now():%H:%M %Z}" == "21:30 UTC"
    in_berlin(tmp_path)
    assert f"{wall.now():%H:%M %Z}" == "22:30 CET"
    (tmp_path / "etc/localtime").write_bytes(b"no zone")
    assert f"{wall.now():%H:%M %Z}" == "21:30 UTC"


def test_quiet_hours_go_by_the_zone_and_are_off_where_nobody_knows_the_time(tmp_path: Path) -> None:
    in_berlin(tmp_path)
    night = Hours(QuietHoursSettings(begin="22:00"), clock(tmp_path))
    assert not night.are_quiet()
    told = night.document()
    assert (told["quiet"], told["now"]) == (False, "22:30 CET")
    assert told["trouble"]["what"].endswith("so there are no quiet hours")
    assert "quiet_hours.trust_clock" in told["trouble"]["mend"]
    be_told_by_a_server(tmp_path)
    assert night.are_quiet()
    assert night.document() == {
        "quiet": True,
        "begin": "22:00",
        "end": "07:00",
        "now": "22:30 CET",
        "trouble": None,
    }
    assert not Hours(QuietHoursSettings(begin="22:00"), clock(tmp_path, NOW - timedelta(hours=1))).are_quiet()


def test_without_quiet_hours_nobody_asks_for_the_time(tmp_path: Path) -> None:
    def asked() -> datetime:
        pytest.fail("the time was asked for")

    none = Hours(QuietHoursSettings(), WallClock(built=BUILT, trusted=False, root=tmp_path, now=asked))
    assert not none.are_quiet()
    assert none.document()["trouble"] is None
