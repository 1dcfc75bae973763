"""The Raspberry Pi's health over a copy of the files in which its firmware tells it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device.appliance.board import board_health

TEMPERATURE = "class/thermal/thermal_zone0/temp"
THROTTLED = "devices/platform/soc/soc:firmware/get_throttled"


def write(sysfs: Path, name: str, content: bytes | str) -> None:
    path = sysfs / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def test_other_machines_tell_nothing(tmp_path: Path) -> None:
    assert board_health(tmp_path) == {}


def test_temperature_is_in_degrees_celsius(tmp_path: Path) -> None:
    write(tmp_path, TEMPERATURE, "48312\n")
    assert board_health(tmp_path) == {"temperature_celsius": 48.312}


@pytest.mark.parametrize(
    ("word", "now", "since_boot"),
    [
        ("0\n", [], []),
        ("5\n", ["undervoltage", "throttled"], []),
        ("50000\n", [], ["undervoltage", "throttled"]),
        ("80008\n", ["soft temperature limit"], ["soft temperature limit"]),
        (
            "f000f\n",
            ["undervoltage", "frequency capped", "throttled", "soft temperature limit"],
            ["undervoltage", "frequency capped", "throttled", "soft temperature limit"],
        ),
        ("e0000000\n", [], []),  # bits that nobody has named yet
    ],
)
@pytest.mark.parametrize("name", [THROTTLED, "devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled"])
def test_throttling_tells_what_is_and_what_was(
    tmp_path: Path, name: str, word: str, now: list[str], since_boot: list[str]
) -> None:
    write(tmp_path, name, word)
    assert board_health(tmp_path) == {"throttling_now": now, "throttling_since_boot": since_boot}


@pytest.mark.parametrize(("alarm", "now"), [("1\n", ["undervoltage"]), ("0\n", []), ("", [])])
def test_other_kernels_tell_of_undervoltage_alone(tmp_path: Path, alarm: str, now: list[str]) -> None:
    write(tmp_path, "class/hwmon/hwmon0/name", "cpu_thermal\n")
    write(tmp_path, "class/hwmon/hwmon0/in0_lcrit_alarm", "1\n")
    write(tmp_path, "class/hwmon/hwmon1/name", "rpi_volt\n")
    write(tmp_path, "class/hwmon/hwmon1/in0_lcrit_alarm", alarm)
    assert board_health(tmp_path) == {"throttling_now": now}


@pytest.mark.parametrize("temperature", ["", "\n", "warm", "-300000", "nan", "9" * 400, "1 2"])
@pytest.mark.parametrize("word", ["", "\n", "zz", "-5", "0x", "1 2"])
def test_garbage_is_left_out(tmp_path: Path, temperature: str, word: str) -> None:
    write(tmp_path, TEMPERATURE, temperature)
    write(tmp_path, THROTTLED, word)
    assert board_health(tmp_path) == {}


@given(word=st.binary(max_size=20), temperature=st.binary(max_size=20))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_files_hold_the_board_answers(tmp_path: Path, word: bytes, temperature: bytes) -> None:
    write(tmp_path, THROTTLED, word)
    write(tmp_path, TEMPERATURE, temperature)
    assert set(board_health(tmp_path)) <= {"temperature_celsius", "throttling_now", "throttling_since_boot"}


def test_a_folder_in_place_of_a_file_is_left_out(tmp_path: Path) -> None:
    (tmp_path / TEMPERATURE).mkdir(parents=True)
    (tmp_path / THROTTLED).mkdir(parents=True)
    assert board_health(tmp_path) == {}
