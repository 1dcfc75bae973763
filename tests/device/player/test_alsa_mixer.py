"""A card that is there and silent all the same: only a microphone, in other hands, switched off, or turned down."""

import os
from pathlib import Path

import pytest

from device.errors import SoundCardError
from device.player import alsa_mixer
from device.player.alsa_mixer import closed_controls, mixer_controls, refuse_mute_card
from device.player.alsa_opening import NOT_SUPPORTED

MASTER = """Simple mixer control 'Master',0
  Capabilities: pvolume pswitch
  Limits: Playback 0 - 65536
  Front Left: Playback {level} [{percent}%] [-20.00dB] [{switch}]
  Front Right: Playback {level} [{percent}%] [-20.00dB] [{switch}]
"""
WAY_OUT = """Simple mixer control '{name}',0
  Capabilities: pswitch
  Mono: Playback [{switch}]
"""
MICROPHONE = """Simple mixer control 'Mic',0
  Mono: Capture 0 [0%] [off]
"""


def master(percent: int, switch: str = "on") -> str:
    return MASTER.format(level=percent * 600, percent=percent, switch=switch)


def way_out(name: str, switch: str) -> str:
    return WAY_OUT.format(name=name, switch=switch)


@pytest.mark.parametrize(
    ("text", "silence"),
    [
        ("", ""),
        (master(60), ""),
        (master(0), "Master stands at 0 %"),
        (master(60, "off"), "Master is switched off"),
        (master(60).replace("-20.00dB", "-60.00dB"), "Master stands at -60 dB"),
        (MICROPHONE, ""),
        (master(60) + way_out("Headphone", "off"), "Headphone is switched off"),
        (master(60) + way_out("Headphone", "off") + way_out("Speaker", "on"), ""),
        (master(60) + MICROPHONE + way_out("Beep", "off"), ""),
        ("no mixer at all\n  Playback [0%] [off]", ""),
    ],
)
def test_what_lets_no_sound_out_is_named(text: str, silence: str) -> None:
    assert ", ".join(control.silence for control in closed_controls(list(mixer_controls(text)))) == silence


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A card that plays, as the kernel shows it, with its device in the folder beside."""
    monkeypatch.setattr(alsa_mixer, "read_mixer", lambda _name: mixer_controls(master(60)))
    folder = tmp_path / "card1"
    (folder / "pcm0p").mkdir(parents=True)
    (tmp_path / "Device").symlink_to("card1")
    os.mkfifo(tmp_path / "pcmC1D0p")  # nobody listens: it cannot be opened, like a card that has gone
    return tmp_path / "Device"


def test_a_card_that_opens_and_is_on_is_well(card: Path, tmp_path: Path) -> None:
    (tmp_path / "pcmC1D0p").unlink()
    (tmp_path / "pcmC1D0p").touch()
    refuse_mute_card("Device", card, tmp_path)


def test_a_card_that_cannot_be_opened_is_told(card: Path, tmp_path: Path) -> None:
    with pytest.raises(SoundCardError, match=r"Device: the card cannot be opened \(.*pcmC1D0p"):
        refuse_mute_card("Device", card, tmp_path)


def test_a_card_that_only_records_is_told(card: Path, tmp_path: Path) -> None:
    (tmp_path / "card1/pcm0p").rename(tmp_path / "card1/pcm0c")
    with pytest.raises(SoundCardError, match="Device: this card only records"):
        refuse_mute_card("Device", card, tmp_path)


def test_a_card_that_is_switched_off_is_told(card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pcmC1D0p").unlink()
    (tmp_path / "pcmC1D0p").touch()
    monkeypatch.setattr(alsa_mixer, "read_mixer", lambda _name: mixer_controls(master(60, "off")))
    with pytest.raises(SoundCardError, match="nothing is heard, Master is switched off") as refused:
        refuse_mute_card("Device", card, tmp_path)
    assert "amixer -c Device sset 'Master' 80% unmute && sudo alsactl store" in refused.value.mend
    assert "alsamixer -c Device" in refused.value.mend


def test_a_card_that_says_that_no_screen_is_there_is_told_so(
    card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(NOT_SUPPORTED, "Unknown error 524")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(SoundCardError, match="Device: no screen is connected to this card"):
        refuse_mute_card("Device", card, tmp_path)
