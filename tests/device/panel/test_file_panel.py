"""A file in place of the LED's line: it belongs to one process, and outlives it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from device.errors import PanelError
from device.panel.file_panel import FilePanel
from device.panel.panel import Light
from tests.waiting import LASTING_SECONDS


def test_the_line_holds_what_the_led_shows(tmp_path: Path) -> None:
    line = tmp_path / "led"
    panel = FilePanel(line)
    for light in Light:
        panel.show(light)
        assert line.read_text() == f"{light.value:<15}\n"
    panel.close()
    assert line.read_text().strip() == "off"


def test_a_line_is_one_owner_s_alone_until_it_is_given_back(tmp_path: Path) -> None:
    panel = FilePanel(tmp_path / "led")
    with pytest.raises(PanelError, match=r"led: cannot be the LED's line \(Resource temporarily unavailable\)"):
        FilePanel(tmp_path / "led")
    panel.close()
    FilePanel(tmp_path / "led").close()


def test_a_line_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(PanelError, match="nowhere/led: cannot be the LED's line") as caught:
        FilePanel(tmp_path / "nowhere" / "led")
    assert "[panel]" in caught.value.mend


def test_a_killed_owner_leaves_the_line_free_and_as_it_was(tmp_path: Path) -> None:
    line = tmp_path / "led"
    script = (
        "import sys, time, pathlib\n"
        "from device.panel.file_panel import FilePanel\n"
        "from device.panel.panel import Light\n"
        "panel = FilePanel(pathlib.Path(sys.argv[1]))\n"
        f"panel.show(Light.BREATH)\nprint(flush=True)\ntime.sleep({LASTING_SECONDS})"
    )
    repository = Path(__file__).parents[3]
    command = [sys.executable, "-c", script, str(line)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(repository)}) as owner:
        assert owner.stdout is not None
        owner.stdout.readline()
        owner.send_signal(signal.SIGKILL)
    assert line.read_text().strip() == "slow breath"
    FilePanel(line).close()
    assert line.read_text().strip() == "off"
