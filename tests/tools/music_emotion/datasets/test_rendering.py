"""MIDI becomes sound once, is never kept in part, and what has no sound is named with its reason."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tools.errors import DatasetError
from tools.music_emotion.datasets import rendering
from tools.music_emotion.datasets.rendering import LONGEST_SECONDS, SAMPLE_RATE, SOUNDFONTS, render_midi

MidiOf = Callable[..., bytes]
StandIn = Callable[[str], Path]
Playing = Callable[..., Path]


@pytest.fixture
def fluidsynth() -> None:
    """The real one, with a soundfont."""
    present = shutil.which("fluidsynth") and any(path.is_file() for path in SOUNDFONTS)
    if not present and "CI" not in os.environ:
        pytest.skip("fluidsynth or fluid-soundfont-gm is not installed")


@pytest.fixture
def piece(tmp_path: Path, midi_of: MidiOf) -> Path:
    path = tmp_path / "a piece.mid"
    path.write_bytes(midi_of())
    return path


@pytest.mark.usefixtures("fluidsynth")
def test_a_note_is_heard_at_its_pitch_in_mono(tmp_path: Path, piece: Path) -> None:
    sound = render_midi([piece], tmp_path / "cache").sounds[piece]
    audio, rate = soundfile.read(sound)
    assert (rate, audio.ndim) == (SAMPLE_RATE, 1)
    assert 1 < len(audio) / rate < 10
    spectrum = np.abs(np.fft.rfft(audio[:rate]))
    assert np.argmax(spectrum) == pytest.approx(440, abs=5)


@pytest.mark.usefixtures("fluidsynth")
def test_a_key_struck_harder_stays_louder(tmp_path: Path, midi_of: MidiOf) -> None:
    pieces = {velocity: tmp_path / f"{velocity}.mid" for velocity in (40, 120)}
    for velocity, path in pieces.items():
        path.write_bytes(midi_of(velocity=velocity))
    sounds = render_midi(pieces.values(), tmp_path / "cache").sounds
    soft, loud = (np.abs(soundfile.read(sounds[path])[0]).max() for path in pieces.values())
    assert loud > 3 * soft


@pytest.mark.usefixtures("fluidsynth")
def test_silence_and_damaged_files_are_passed_over_with_their_reason(tmp_path: Path, piece: Path) -> None:
    silent, damaged, other, absent = (tmp_path / f"{name}.mid" for name in ("silent", "damaged", "other", "absent"))
    silent.write_bytes(piece.read_bytes().replace(bytes([0x90, 69, 100]), bytes([0x90, 69, 0])))
    damaged.write_bytes(piece.read_bytes()[:20])
    other.write_bytes(b"ID3")
    rendered = render_midi([silent, damaged, other, absent, piece], tmp_path / "cache")
    assert set(rendered.sounds) == {piece}
    assert rendered.failures == {
        silent: "renders nothing but silence",
        damaged: "renders nothing but silence",
        other: "is no MIDI file",
        absent: "cannot be read (No such file or directory)",
    }


def test_what_the_cache_holds_is_not_rendered_again(
    tmp_path: Path, piece: Path, soundfont: Path, playing: Playing
) -> None:
    runs = playing()
    first = render_midi([piece], tmp_path / "cache", soundfont=soundfont)
    assert render_midi([piece], tmp_path / "cache", soundfont=soundfont) == first
    assert runs.read_text().count("run") == 1


def test_only_what_is_missing_is_rendered(
    tmp_path: Path, piece: Path, midi_of: MidiOf, soundfont: Path, playing: Playing
) -> None:
    runs = playing()
    render_midi([piece], tmp_path / "cache", soundfont=soundfont)
    later = tmp_path / "later.mid"
    later.write_bytes(midi_of(key=60))
    assert set(render_midi([piece, later], tmp_path / "cache", soundfont=soundfont).sounds) == {piece, later}
    assert runs.read_text().count("run") == 2


def test_two_names_of_one_content_are_one_sound(tmp_path: Path, piece: Path, soundfont: Path, playing: Playing) -> None:
    runs, twin = playing(), tmp_path / "twin.mid"
    twin.write_bytes(piece.read_bytes())
    sounds = render_midi([piece, twin], tmp_path / "cache", soundfont=soundfont).sounds
    assert sounds[piece] == sounds[twin]
    assert runs.read_text().count("run") == 1


def test_another_soundfont_makes_another_sound(tmp_path: Path, piece: Path, soundfont: Path, playing: Playing) -> None:
    playing()
    other = soundfont.with_name("other.sf2")
    other.touch()
    sounds = [render_midi([piece], tmp_path / "cache", soundfont=font).sounds[piece] for font in (soundfont, other)]
    assert sounds[0] != sounds[1]
    assert all(sound.is_file() for sound in sounds)


def test_a_piece_without_end_is_cut(tmp_path: Path, piece: Path, soundfont: Path, stand_in: StandIn) -> None:
    stand_in("yes | tr 'y\\n' '??'")  # four question marks are 0.747 as a float
    sound = render_midi([piece], tmp_path / "cache", soundfont=soundfont).sounds[piece]
    assert soundfile.info(sound).duration == LONGEST_SECONDS


def test_what_passes_full_scale_is_scaled_down_as_a_whole(
    tmp_path: Path, piece: Path, soundfont: Path, playing: Playing
) -> None:
    playing(seconds=1, level=3.0)
    audio, _ = soundfile.read(render_midi([piece], tmp_path / "cache", soundfont=soundfont).sounds[piece])
    assert np.median(audio) == pytest.approx(0.99, abs=0.05)


@pytest.mark.parametrize(("script", "status"), [("exit 3", "3"), ("head -c 800 /dev/zero; kill -INT $$", "-2")])
def test_sound_that_broke_off_is_not_kept(
    tmp_path: Path, piece: Path, soundfont: Path, stand_in: StandIn, script: str, status: str
) -> None:
    stand_in(script)
    rendered = render_midi([piece], tmp_path / "cache", soundfont=soundfont)
    assert rendered.failures == {piece: f"fluidsynth ends with status {status}"}
    assert not list((tmp_path / "cache").iterdir())


def test_without_fluidsynth_one_is_told_what_to_install_unless_all_is_rendered(
    tmp_path: Path, piece: Path, midi_of: MidiOf, soundfont: Path, playing: Playing, monkeypatch: pytest.MonkeyPatch
) -> None:
    playing()
    render_midi([piece], tmp_path / "cache", soundfont=soundfont)
    monkeypatch.setenv("PATH", "")
    assert piece in render_midi([piece], tmp_path / "cache", soundfont=soundfont).sounds
    piece.write_bytes(midi_of(key=60))
    with pytest.raises(DatasetError, match="not installed") as caught:
        render_midi([piece], tmp_path / "cache", soundfont=soundfont)
    assert "apt-get install fluidsynth fluid-soundfont-gm" in caught.value.mend


def test_a_missing_soundfont_is_named(tmp_path: Path, piece: Path, playing: Playing) -> None:
    playing()
    with pytest.raises(DatasetError, match=r"absent\.sf2"):
        render_midi([piece], tmp_path / "cache", soundfont=tmp_path / "absent.sf2")


def test_the_first_usual_soundfont_that_is_there_is_used(
    tmp_path: Path, piece: Path, soundfont: Path, playing: Playing, monkeypatch: pytest.MonkeyPatch
) -> None:
    playing()
    monkeypatch.setattr(rendering, "SOUNDFONTS", (tmp_path / "absent.sf2", soundfont))
    named = render_midi([piece], tmp_path / "cache", soundfont=soundfont)
    assert render_midi([piece], tmp_path / "cache") == named


def test_a_cache_that_cannot_be_made_is_named(tmp_path: Path, piece: Path, soundfont: Path, playing: Playing) -> None:
    playing()
    (tmp_path / "cache").touch()
    with pytest.raises(DatasetError, match="cache: sound cannot be kept there"):
        render_midi([piece], tmp_path / "cache", soundfont=soundfont)
