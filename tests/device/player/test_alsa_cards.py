"""ALSA's list of cards."""

import pwd
import threading
from pathlib import Path

import pytest

from device.errors import SoundCardError
from device.player.alsa_cards import card_rival, card_takes_sound, find_card, name_program, sound_cards
from device.player.audio_outputs import AlsaOutput, FileOutput

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
    cards = sound_cards(cards_file)
    assert [card.name for card in cards] == ["Headphones", "vc4hdmi0", "sndrpihifiberry"]
    assert [card.number for card in cards] == [0, 1, 10]
    assert cards[0].description == "bcm2835_headpho - bcm2835 Headphones"
    assert find_card("vc4hdmi0", cards_file)[0].name == "vc4hdmi0"


def test_an_absent_card_is_named_with_those_that_are_there(cards_file: Path) -> None:
    with pytest.raises(SoundCardError, match=r"sound card USB: .*\(present: Headphones, vc4hdmi0, sndrpihifiberry\)"):
        find_card("USB", cards_file)


@pytest.mark.parametrize("listing", [None, "--- no soundcards ---\n"])
def test_a_machine_without_sound_says_so(tmp_path: Path, listing: str | None) -> None:
    path = tmp_path / "cards"
    if listing is not None:
        path.write_text(listing, encoding="utf-8")
    assert sound_cards(path) == []
    with pytest.raises(SoundCardError, match="there is no sound card"):
        find_card("", path)


@pytest.mark.parametrize(
    ("status", "moves"),
    [
        ("closed\n", False),
        ("state: PREPARED\nhw_ptr      : 0\nappl_ptr    : 4096\n", False),
        ("state: RUNNING\nhw_ptr      : 0\n", False),
        ("state: RUNNING\nowner_pid   : 812\nhw_ptr      : 1024\nappl_ptr    : 9600\n", True),
        ("state: XRUN\nhw_ptr      : 1024\n", False),
    ],
)
def test_a_card_takes_sound_once_its_stream_has_moved(tmp_path: Path, status: str, *, moves: bool) -> None:
    for stream, content in (("pcm0c", "state: RUNNING\nhw_ptr : 99\n"), ("pcm0p", status)):
        folder = tmp_path / stream / "sub0"
        folder.mkdir(parents=True)
        (folder / "status").write_text(content)
    assert card_takes_sound(tmp_path) is moves


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    """The status file of a card's one playback stream."""
    path = tmp_path / "card" / "pcm0p" / "sub0" / "status"
    path.parent.mkdir(parents=True)
    return path


def test_whoever_holds_the_card_is_named_by_the_process_and_not_by_its_thread(tmp_path: Path, stream: Path) -> None:
    processes = tmp_path / "proc"
    for number in ("812", "815"):
        (processes / number).mkdir(parents=True)
    (processes / "815" / "status").write_text("Name:\tsink\nTgid:\t812\n")
    (processes / "812" / "comm").write_text("pulseaudio\n")
    stream.write_text("state: RUNNING\nowner_pid   : 815\nhw_ptr : 9\n")
    assert card_rival(tmp_path / "card", processes) == "pulseaudio (process 812)"


def test_a_holder_that_ended_or_may_not_be_seen_is_named_by_its_number(tmp_path: Path, stream: Path) -> None:
    stream.write_text("state: RUNNING\nowner_pid   : 815\n")
    assert card_rival(tmp_path / "card", tmp_path) == "process 815"


def test_whoever_asks_names_the_program_that_the_service_cannot_see(tmp_path: Path) -> None:
    """``tmp_path`` is the asker's /proc."""
    (tmp_path / "815").mkdir()
    (tmp_path / "816").mkdir()
    (tmp_path / "815" / "comm").write_text("pipewire\n")
    owner = pwd.getpwuid(tmp_path.stat().st_uid).pw_name
    for said, named in (
        ("Device: it is used by process 815", "Device: it is used by pipewire (process 815)"),
        ("no sound: it is in use by process 815 of the user pi", "no sound: it is in use by pipewire (process 815)"),
        ("it is used by process 816", f"it is used by process 816 of the user {owner}"),
        ("it is used by process 817", "it is used by process 817"),
        ("stood by process 815", "stood by process 815"),
    ):
        assert name_program(said, tmp_path) == named


def test_nobody_is_a_rival_of_himself_and_an_idle_card_has_none(tmp_path: Path, stream: Path) -> None:
    assert card_rival(tmp_path / "card") == ""
    stream.write_text("closed\n")
    assert card_rival(tmp_path / "card") == ""
    stream.write_text(f"state: RUNNING\nowner_pid   : {threading.get_native_id()}\n")
    assert card_rival(tmp_path / "card") == ""


def test_a_card_that_is_gone_takes_no_sound(tmp_path: Path) -> None:
    assert not card_takes_sound(tmp_path / "Headphones")
    assert not AlsaOutput("Headphones", tmp_path / "cards").takes_sound()


def test_a_recording_takes_sound_once_it_outgrows_its_header(tmp_path: Path) -> None:
    recording = tmp_path / "heard.wav"
    recording.write_bytes(bytes(1000))
    output = FileOutput(recording)
    output.begin()
    assert not output.takes_sound()
    recording.write_bytes(bytes(44))
    assert not output.takes_sound()
    recording.write_bytes(bytes(45))
    assert output.takes_sound()
