"""Harmony as tones of known pitch have it; no recording is needed."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.music_emotion.model.log_mel import PATCH_LENGTH, SAMPLE_RATE
from tools.music_emotion.model.tonality import NAMES, chroma, tonality

Sound = np.ndarray

MAJOR, MINOR = (0, 4, 7), (0, 3, 7)
MAJOR_SCALE, MINOR_SCALE = (0, 2, 4, 5, 7, 9, 11, 12), (0, 2, 3, 5, 7, 8, 11, 12)  # minor with its leading note
MAJOR_CADENCE = ((0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7))
MINOR_CADENCE = ((0, 3, 7), (5, 8, 12), (7, 10, 14), (0, 3, 7))
MIDDLE_C = 60
HARMONICS = 6
CORRELATIONS = ("key_clarity", "chord_clarity")

slowly = settings(deadline=None, max_examples=25)


def tone(key: float, length: int) -> Sound:
    """Harmonics of a key of the piano (60 is middle C, 69 is 440 Hz), each weaker than the one below it."""
    times = np.arange(length) / SAMPLE_RATE
    hertz = 440 * 2 ** ((key - 69) / 12)
    return sum(0.6**n * np.sin(2 * np.pi * n * hertz * times) for n in range(1, HARMONICS + 1))


def chord(degrees: Sequence[float], *, root: float = MIDDLE_C, length: int = PATCH_LENGTH) -> Sound:
    mixed = sum(tone(root + degree, length) for degree in degrees)
    return (0.1 * mixed).astype(np.float32)


def melody(steps: Sequence[Sequence[float]], *, root: float = MIDDLE_C) -> Sound:
    """Chords, or notes, one after the other, as long as an excerpt together."""
    return np.concatenate([chord(step, root=root, length=PATCH_LENGTH // len(steps)) for step in steps])


def hear(audio: Sound) -> dict[str, float]:
    said = tonality(audio)
    assert said.shape == (len(NAMES),)
    return dict(zip(NAMES, said.tolist(), strict=True))


def noise(seed: int = 0, length: int = PATCH_LENGTH) -> Sound:
    return np.random.default_rng(seed).normal(0, 0.1, length).astype(np.float32)


@pytest.mark.parametrize(
    ("major", "minor"),
    [
        (chord(MAJOR), chord(MINOR)),
        (melody(MAJOR_CADENCE), melody(MINOR_CADENCE)),
        (melody([[note] for note in MAJOR_SCALE]), melody([[note] for note in MINOR_SCALE])),
    ],
    ids=["triad", "cadence", "scale"],
)
def test_major_is_told_from_minor(major: Sound, minor: Sound) -> None:
    assert hear(major)["mode"] > 0.02
    assert hear(minor)["mode"] < -0.02


def test_a_triads_mode_is_that_of_its_third() -> None:
    assert hear(chord(MAJOR))["chord_mode"] > 0.1
    assert hear(chord(MINOR))["chord_mode"] < -0.1
    assert abs(hear(chord((0, 7)))["chord_mode"]) < 0.05  # a bare fifth has none but in its fifth harmonic


def test_a_tonal_piece_is_clearer_in_key_and_chord_than_noise() -> None:
    piece, hiss = hear(melody(MAJOR_CADENCE)), hear(noise())
    assert piece["key_clarity"] > 0.85
    assert piece["key_clarity"] > hiss["key_clarity"] + 0.3
    assert piece["chord_clarity"] > hiss["chord_clarity"] + 0.3
    assert piece["diatonic_share"] > hiss["diatonic_share"] + 0.2
    assert piece["chroma_entropy"] < hiss["chroma_entropy"] - 0.5
    assert piece["chroma_flux"] < hiss["chroma_flux"]


def test_a_held_chord_does_not_change_and_moving_ones_do() -> None:
    assert hear(chord(MAJOR))["chroma_flux"] < 0.05
    assert hear(melody(MAJOR_CADENCE))["chroma_flux"] > 0.1


@given(st.integers(-5, 6))
@slowly
def test_transposition_does_not_matter(semitones: int) -> None:
    """Within .05: spectral bins do not move along, and harmonics may leave the range that is heard."""
    assert tonality(melody(MINOR_CADENCE, root=MIDDLE_C + semitones)) == pytest.approx(
        tonality(melody(MINOR_CADENCE)), abs=0.05
    )


@given(st.floats(-0.5, 0.5))
@slowly
def test_tuning_does_not_matter(semitone: float) -> None:
    """Within .05, even half a semitone between two keys of the piano."""
    assert tonality(melody(MAJOR_CADENCE, root=MIDDLE_C + semitone)) == pytest.approx(
        tonality(melody(MAJOR_CADENCE)), abs=0.05
    )


@given(st.floats(0.05, 3))
@slowly
def test_loudness_does_not_matter(factor: float) -> None:
    """Within .01: of a fainter sound the faintest peaks are lost."""
    audio = melody(MAJOR_CADENCE)
    assert tonality(np.float32(factor) * audio) == pytest.approx(tonality(audio), abs=0.01)


def test_silence_says_nothing() -> None:
    assert tonality(np.zeros(PATCH_LENGTH, np.float32)).tolist() == [0.0] * len(NAMES)


def test_the_shortest_sound_is_a_frame_and_less_is_refused() -> None:
    assert np.isfinite(tonality(chord(MAJOR, length=8192))).all()
    with pytest.raises(ValueError, match="8192"):
        tonality(chord(MAJOR, length=8191))


def test_pitch_classes_are_counted_from_a() -> None:
    """C, a minor third above A, is class 3."""
    frames = chroma(tone(MIDDLE_C, PATCH_LENGTH).astype(np.float32))
    assert frames.shape == (1 + (PATCH_LENGTH - 8192) // 2048, 12)
    assert (frames.argmax(axis=1) == 3).all()
    assert (frames.max(axis=1) == 1).all()


@given(st.integers(0, 2**32 - 1), st.integers(8192, 2 * 8192), st.sampled_from([1e-6, 1e-3, 0.1, 1.0]), st.booleans())
@slowly
def test_every_figure_keeps_its_range(seed: int, length: int, level: float, sparse: bool) -> None:  # noqa: FBT001 - hypothesis draws it
    random = np.random.default_rng(seed)
    audio = level * random.normal(0, 1, length) * (random.random(length) < 0.001 if sparse else 1)
    said = hear(audio.astype(np.float32))
    assert np.isfinite(list(said.values())).all()
    assert all(-1 - 1e-9 <= said[name] <= 1 + 1e-9 for name in CORRELATIONS)
    assert all(-2 <= said[name] <= 2 for name in ("mode", "chord_mode"))
    assert 0 <= said["key_gap"] <= 2
    assert 0 <= said["diatonic_share"] <= 1 + 1e-9
    assert -1e-9 <= said["chroma_entropy"] <= np.log(12) + 1e-9
    assert 0 <= said["chroma_flux"] <= 2
