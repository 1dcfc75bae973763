"""The Raspberry Pi's health over a copy of the files in which its firmware tells it."""

from pathlib import Path

import pytest

from device.drivers.board import board_health


def write(sysfs: Path, name: str, content: str) -> None:
    path = sysfs / name
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="ascii")


def test_other_machines_tell_nothing(tmp_path: Path) -> None:
    assert board_health(tmp_path) == {}


def test_temperature_is_in_degrees_celsius(tmp_path: Path) -> None:
    write(tmp_path, "class/thermal/thermal_zone0/temp", "48312\n")
    assert board_health(tmp_path) == {"temperature_celsius": 48.312}


@pytest.mark.parametrize(
    ("word", "throttling"),
    [("0\n", "none"), ("5\n", "undervoltage, throttled"), ("50000\n", "none"), ("50008\n", "soft temperature limit")],
)
def test_throttling_names_what_is_wrong_now_and_not_what_once_was(tmp_path: Path, word: str, throttling: str) -> None:
    write(tmp_path, "devices/platform/soc/soc:firmware/get_throttled", word)
    assert board_health(tmp_path) == {"throttling": throttling}
