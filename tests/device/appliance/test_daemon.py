"""The composition root: it builds what the settings say, and takes down whatever it has built."""

from pathlib import Path

import pytest

from device.appliance import daemon
from device.appliance.daemon import build_box
from device.errors import PlayerError, ReleaseError
from device.panel.panel import Light
from device.panel.simulated_panel import SimulatedPanel
from device.settings.sections import Settings
from tests.device.simulated_box import MakeBox, SimulatedBox, simulated_settings, write_release


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "state").mkdir()
    (tmp_path / "release").mkdir()
    return simulated_settings(tmp_path, write_release(tmp_path / "release"))


def test_the_parts_are_those_of_the_settings(make_box: MakeBox, tmp_path: Path) -> None:
    with make_box(tmp_path, emotion={"expression": "anger"}, faces={"somebody": False}) as box:
        assert box.classifier.expression() == "anger"
        assert not box.detector.somebody
        assert box.box.parts.music_folder == tmp_path / "music"
        assert box.appliance.status()["camera"] == "simulated, 64 × 48"
        assert box.appliance.status()["sound"] == "simulated, nothing is heard"


def test_a_box_that_is_left_has_its_player_closed_and_its_led_out(make_box: MakeBox, tmp_path: Path) -> None:
    with make_box(tmp_path) as box:
        box.panel.show(Light.ON)
    assert box.panel.light is Light.OFF
    assert box.player.closed


def test_what_was_taken_is_given_back_if_a_later_part_cannot_be_had(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = SimulatedPanel()
    panel.show(Light.ON)

    def refuse(_: object) -> None:
        what = "the card is on fire"
        raise PlayerError(what, mend="put it out")

    monkeypatch.setattr(daemon, "build_panel", lambda *_, **__: panel)
    monkeypatch.setattr(daemon, "build_player", refuse)
    with pytest.raises(PlayerError), build_box(settings):
        pass
    assert panel.light is Light.OFF


def test_a_release_that_was_tampered_with_is_refused_though_all_is_simulated(settings: Settings) -> None:
    table = settings.paths.release_folder / "songs.sqlite"
    table.write_bytes(table.read_bytes()[:-1])
    with pytest.raises(ReleaseError), build_box(settings):
        pass


def test_fifteen_seconds_take_none_by_the_simulated_clock(box: SimulatedBox) -> None:
    box.press()
    status = box.until_state("playing")
    assert box.clock() == pytest.approx(15, abs=0.2)
    assert status["last_observation"]["duration_seconds"] == 15
    assert status["uptime_seconds"] == pytest.approx(box.clock(), abs=0.1)


def test_the_expression_of_the_settings_leads_to_a_song_of_its_own(make_box: MakeBox, tmp_path: Path) -> None:
    with make_box(tmp_path, emotion={"expression": "sadness"}) as box, box.running():
        box.press()
        status = box.until_state("playing")
    assert status["last_observation"]["seconds"]["sadness"] == pytest.approx(15)
    assert [path.stem for path in box.player.played] == ["depressed"]


def test_poor_light_in_the_settings_is_told_as_a_hint(make_box: MakeBox, tmp_path: Path) -> None:
    with make_box(tmp_path, camera={"lux": 5.0}) as box, box.running():
        box.press()
        assert "the room is dark" in box.until_state("playing")["hint"]
