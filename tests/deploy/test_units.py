"""What systemd itself says of the units, without a box."""

import re
import subprocess
from pathlib import Path

import pytest

from device.appliance.daemon import LAST_WRITE_SECONDS

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = ["mien.service", "mien-fault.service"]
MOST_EXPOSURE = 1.5


def analyse(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def values(text: str, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", text, re.MULTILINE)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The units, their commands replaced by one that is there on every machine."""
    for name in UNITS:
        text = (DEPLOY / name).read_text(encoding="utf-8").replace("/opt/mien/venv/bin/mien", "/bin/true")
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_systemd_has_nothing_to_say_against_the_units(copied: Path) -> None:
    checked = analyse("verify", "--man=no", *(copied / name for name in UNITS))
    assert (checked.returncode, checked.stderr) == (0, "")  # an unknown key is only a word on stderr


@pytest.mark.parametrize("name", UNITS)
def test_the_sandbox_is_tight(name: str, copied: Path) -> None:
    threshold = f"--threshold={MOST_EXPOSURE * 10:.0f}"  # systemd takes it in tenths
    checked = analyse("security", "--offline=true", threshold, "--no-pager", copied / name)
    assert checked.returncode == 0, checked.stdout
    overall = re.search(r"Overall exposure level for \S+: ([\d.]+)", checked.stdout)
    assert overall is not None
    assert float(overall[1]) <= MOST_EXPOSURE


def test_a_loose_unit_would_be_noticed(copied: Path) -> None:
    loose = copied / "loose.service"
    loose.write_text("[Service]\nExecStart=/bin/true\nRestartStepz=4\n", encoding="utf-8")
    assert "RestartStepz" in analyse("verify", "--man=no", loose).stderr
    assert analyse("security", "--offline=true", f"--threshold={MOST_EXPOSURE * 10:.0f}", loose).returncode != 0


@pytest.mark.parametrize("name", UNITS)
def test_no_unit_waits_for_a_network_or_reaches_one(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    assert "network" not in " ".join(values(text, "After") + values(text, "Wants") + values(text, "Requires"))
    assert values(text, "PrivateNetwork") == ["yes"]
    assert values(text, "IPAddressDeny") == ["any"]
    assert {family for line in values(text, "RestrictAddressFamilies") for family in line.split()} <= {
        "AF_UNIX",
        "AF_NETLINK",
    }


def test_a_daemon_that_never_becomes_ready_ends_in_a_visible_fault() -> None:
    """As many starts as the limit allows fit into its interval, however slow each of them and the pauses between."""
    unit, backoff = (DEPLOY / name for name in ("mien.service", "backoff.conf"))
    text = unit.read_text(encoding="utf-8")
    burst, interval, patience, pause, stop = (
        int(values(text, key)[0])
        for key in ("StartLimitBurst", "StartLimitIntervalSec", "TimeoutStartSec", "RestartSec", "TimeoutStopSec")
    )
    steps, longest = (
        int(values(backoff.read_text(encoding="utf-8"), key)[0]) for key in ("RestartSteps", "RestartMaxDelaySec")
    )
    pauses = [min(longest, pause * (longest / pause) ** (step / steps)) for step in range(burst)]
    assert burst * (patience + stop) + sum(pauses) < interval
    assert burst >= 4  # a release on trial takes two starts, and the one before it two more
    assert values(text, "OnFailure") == ["mien-fault.service"]
    assert "65" not in " ".join(values(text, "RestartPreventExitStatus"))  # a refused release: the next start goes back


def test_the_last_write_has_its_time_before_systemd_kills_the_daemon() -> None:
    [patience] = values((DEPLOY / "mien.service").read_text(encoding="utf-8"), "TimeoutStopSec")
    assert int(patience) > LAST_WRITE_SECONDS + 5, "the camera and the player take some of it as well"


def test_root_settles_before_every_start_and_after_every_readiness() -> None:
    text = (DEPLOY / "mien.service").read_text(encoding="utf-8")
    settle = "+-/opt/mien/venv/bin/mien release settle"
    assert settle in values(text, "ExecStartPre")
    assert values(text, "ExecStartPost") == [settle]
