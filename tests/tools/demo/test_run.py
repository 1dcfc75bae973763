"""What the demo asks of the daemon."""

from dataclasses import replace
from pathlib import Path

import pytest

from device.settings.config_file import load_configuration
from device.settings.sections import Settings
from tools.demo.run import DemoPlan, has_sound_card


@pytest.fixture
def plan(tmp_path: Path) -> DemoPlan:
    return DemoPlan(
        release=tmp_path / "models",
        music=tmp_path / "music",
        work=tmp_path / 'a "quoted" folder',
        webcam=None,
        clip=tmp_path / "clip.mp4",
        fast=True,
        recording=tmp_path / "heard.wav",
    )


def settings_of(plan: DemoPlan, tmp_path: Path) -> Settings:
    file = tmp_path / "mien.toml"
    file.write_text(plan.settings_text(), encoding="utf-8")
    return load_configuration(file).settings


def test_its_settings_are_valid_and_shut_nothing_down(plan: DemoPlan, tmp_path: Path) -> None:
    settings = settings_of(plan, tmp_path)
    assert settings.camera.recording == plan.clip
    assert not settings.camera.paced
    assert settings.sound.output == "file"
    assert settings.paths.control_socket == plan.socket
    assert not settings.panel.power_off


def test_a_webcam_comes_before_the_clip_and_a_sound_card_before_the_file(plan: DemoPlan, tmp_path: Path) -> None:
    settings = settings_of(replace(plan, webcam=Path("/dev/video0"), recording=None), tmp_path)
    assert settings.camera.driver == "v4l2"
    assert settings.camera.device == "/dev/video0"
    assert settings.sound.output == "default"


def test_a_sound_card_is_seen_in_the_kernels_list(tmp_path: Path) -> None:
    cards = tmp_path / "cards"
    assert not has_sound_card(cards)
    cards.write_text("--- no soundcards ---\n")
    assert not has_sound_card(cards)
    cards.write_text(" 0 [Headphones     ]: bcm2835 - Headphones\n")
    assert has_sound_card(cards)
