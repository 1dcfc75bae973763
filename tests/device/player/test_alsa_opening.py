"""What ALSA says of a device, by stand-ins that are only configuration."""

from pathlib import Path

import pytest

from device.player.alsa_opening import NOT_SUPPORTED, Refusal, _of_opening, try_opening


def test_a_device_that_takes_sound_has_nothing_said_against_it(fake_card: Path) -> None:
    assert fake_card.exists()
    assert try_opening("plughw:CARD=Fake") is None


@pytest.mark.parametrize(
    ("configuration", "refusal"),
    [
        ("pcm.odd { type none }", Refusal.NOT_THERE),
        ("pcm.odd { type iec958 slave { pcm { type null } format S32_LE } }", Refusal.NO_FORMAT),
        ("", Refusal.NOT_THERE),
    ],
)
def test_a_device_that_takes_none_says_why(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    configuration: str,
    refusal: Refusal,
) -> None:
    path = tmp_path / "asound.conf"
    path.write_text(configuration)
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(path))
    failure = try_opening("odd")
    assert failure is not None
    assert failure.refusal is refusal
    assert failure.words
    assert capfd.readouterr().err == ""


def test_the_kernels_own_numbers_are_understood() -> None:
    assert _of_opening(NOT_SUPPORTED) is Refusal.NO_SCREEN
    assert _of_opening(16) is Refusal.BUSY
    assert _of_opening(5) is Refusal.UNKNOWN
