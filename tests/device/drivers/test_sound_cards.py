"""ALSA's list of cards."""

from pathlib import Path

import pytest

from device.drivers.sound_cards import find_card, sound_cards
from device.errors import PlayerError

LISTING = """\
 0 [Headphones     ]: bcm2835_headpho - bcm2835 Headphones
                      bcm2835 Headphones
 1 [vc4hdmi0       ]: vc4-hdmi - vc4-hdmi-0
                      vc4-hdmi-0
10 [sndrpihifiberry]: RPi-simple - snd_rpi_hifiberry_dac
                      snd_rpi_hifiberry_dac
"""


@pytest.fixture
def cards_file(tmp_path: Path) -> Path:
    path = tmp_path / "cards"
    path.write_text(LISTING, encoding="utf-8")
    return path


def test_names_and_descriptions_are_read_in_order(cards_file: Path) -> None:
    assert list(sound_cards(cards_file)) == ["Headphones", "vc4hdmi0", "sndrpihifiberry"]
    assert sound_cards(cards_file)["Headphones"] == "bcm2835_headpho - bcm2835 Headphones"


def test_an_empty_name_takes_the_first(cards_file: Path) -> None:
    assert find_card("", cards_file)[0] == "Headphones"
    assert find_card("vc4hdmi0", cards_file) == ("vc4hdmi0", "vc4-hdmi - vc4-hdmi-0")


def test_an_absent_card_is_named_with_those_that_are_there(cards_file: Path) -> None:
    with pytest.raises(PlayerError, match=r"sound card USB: .*\(present: Headphones, vc4hdmi0, sndrpihifiberry\)"):
        find_card("USB", cards_file)


@pytest.mark.parametrize("listing", [None, "--- no soundcards ---\n"])
def test_a_machine_without_sound_says_so(tmp_path: Path, listing: str | None) -> None:
    path = tmp_path / "cards"
    if listing is not None:
        path.write_text(listing, encoding="utf-8")
    assert sound_cards(path) == {}
    with pytest.raises(PlayerError, match="there is no sound card"):
        find_card("", path)
