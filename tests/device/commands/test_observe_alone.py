"""``mien observe`` without a daemon."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from device.commands.observe import observe_alone
from device.session.resting_faces import RestingFaces
from tests.device.simulated_box import simulated_settings, write_release


def test_a_box_without_music_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = simulated_settings(tmp_path, write_release(tmp_path))
    (tmp_path / "music").mkdir()
    assert observe_alone(settings)[-1] == f"No song: none of the songs is under {tmp_path}/music"
    (tmp_path / "music" / "happy.ogg").touch()
    assert any("happy" in line for line in observe_alone(settings))
    said = capsys.readouterr().out.splitlines()
    assert said[:2] == ["Watching for 15 s:", "   3 s: happiness 3.0 s"], "there is life in it while it watches"


def test_a_resting_face_that_is_kept_corrects_it_as_well(tmp_path: Path) -> None:
    settings = simulated_settings(tmp_path, write_release(tmp_path))
    (tmp_path / "music").mkdir()
    faces = RestingFaces(settings.paths.resting_file, model="simulated")
    faces.keep(faces.of("anna", datetime(2026, 11, 29, tzinfo=UTC), {"happiness": -0.1, "neutral": -3.0}))
    assert "what was read was corrected by anna's resting face" in observe_alone(settings)
