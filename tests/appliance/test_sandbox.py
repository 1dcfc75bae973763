"""The hardening is really in force: a probe runs in the daemon's place, and tries."""

import json
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from box import OWNER, Box

pytestmark = pytest.mark.timeout(2400)  # the first test makes the root, fetches wheels and installs

PROBE = Path("usr/local/lib/sandbox_probe.py")
PROBED = Path("var/lib/mien/state/probed")
DROP_IN = Path("etc/systemd/system/mien.service.d/probe.conf")
IN_ITS_PLACE = """[Unit]
OnFailure=
[Service]
Type=oneshot
Restart=no
ExecStartPre=
ExecStopPost=
ExecStart=
ExecStart=/usr/bin/python3"""

MOST_EXPOSED = 1.5

FREE = {"a socket of the machine", "a netlink socket", "its state folder", "its own /tmp", "thirty threads"}
NOT_EVEN_OUTSIDE = {"set the clock", "its run folder", "more priority", "real-time scheduling"}
"""What a container's own root may not do, and what is there only while the unit runs."""


@dataclass(frozen=True)
class Probed:
    """What the probe could do and saw in the unit, and what it can do outside of it, as root."""

    could: dict[str, bool]
    facts: dict[str, Any]
    outside: dict[str, bool]


def probe(box: Box, argument: str) -> str:
    """Run the probe under everything that the unit says but its command; return the unit's result."""
    shutil.copy(Path(__file__).with_name("sandbox_probe.py"), box.root / PROBE)
    box.succeed(["systemctl", "stop", "mien"])
    box.write(DROP_IN, f"{IN_ITS_PLACE} /{PROBE} {argument}\n")
    box.succeed(["systemctl", "daemon-reload"])
    box.run(["systemctl", "start", "mien"])
    return box.show("Result")


@pytest.fixture(scope="module")
def probing(installed: Callable[..., Box]) -> Iterator[Box]:
    with installed("probed") as box:
        box.wait_for("idle")
        yield box


@pytest.fixture(scope="module")
def probed(probing: Box) -> Probed:
    for diary in (f"home/{OWNER}/diary", "root/diary"):
        probing.write(Path(diary), "dear diary\n")
        (probing.root / diary).chmod(0o644)
    probing.succeed(["sh", "-c", "echo dear diary > /tmp/diary; mknod -m 666 /dev/kernel-messages c 1 11"])
    probing.succeed(["chmod", "755", f"/home/{OWNER}", "/root"])  # nothing but the sandbox is to stand in the way
    assert probe(probing, f"/{PROBED}") == "success", probing.journal("mien")
    inside = json.loads((probing.root / PROBED).read_text())
    probing.succeed(["python3", f"/{PROBE}", f"/{PROBED}"])
    outside = json.loads((probing.root / PROBED).read_text())
    return Probed(inside["could"], inside["facts"], outside["could"])


def test_it_can_do_what_it_must_and_nothing_else(probed: Probed) -> None:
    assert {name for name, could in probed.could.items() if could} == FREE | {"its run folder"}


def test_the_probe_would_have_succeeded_outside(probed: Probed) -> None:
    assert {name for name, could in probed.outside.items() if not could} <= NOT_EVEN_OUTSIDE


def test_there_is_no_network(probed: Probed) -> None:
    assert probed.facts["interfaces"] == ["lo"]


def test_it_has_no_privilege_and_gets_none(probed: Probed) -> None:
    assert probed.facts["capabilities"] == 0
    assert probed.facts["no new privileges"]
    assert probed.facts["system calls are filtered"]


def test_it_sees_no_other_process(probed: Probed) -> None:
    assert probed.facts["processes"] == []


def test_a_picture_in_memory_reaches_no_core_dump(probed: Probed) -> None:
    assert probed.facts["core dump bytes"] == 0


def test_the_memory_limit_ends_what_takes_too_much(probing: Box) -> None:
    assert probe(probing, "eat") in {"oom-kill", "signal"}, "older hierarchies do not tell systemd why"
    assert probing.show("ExecMainStatus") == str(signal.SIGKILL.value)


def test_systemd_itself_calls_both_units_little_exposed(box: Box) -> None:
    for unit in ("mien.service", "mien-fault.service"):
        judged = box.succeed(["systemd-analyze", "security", "--no-pager", unit])
        exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", judged)
        assert exposure, judged
        assert float(exposure[1]) <= MOST_EXPOSED, judged
