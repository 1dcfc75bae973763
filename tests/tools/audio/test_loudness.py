"""How loud a song is, against the tones of EBU Tech 3341, and what its tags say of it."""

import math
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import av
import mutagen
import numpy as np
import pytest
import soundfile
from mutagen.apev2 import APEv2
from mutagen.id3 import TXXX

from device.player.levels import Loudness
from tools.audio.decode import decode
from tools.audio.ending import leading_silence, trailing_silence
from tools.audio.loudness import credible, loudness_meter
from tools.audio.seeking import skim_excerpts
from tools.audio.stated_loudness import AGREEMENT_LU, believed, stated_loudness
from tools.audio.true_peak import TruePeakMeter
from tools.music_emotion.model.model_input import excerpts_of
from tools.music_emotion.model.music_model import Hearing

RATE = 48_000
Sound = np.ndarray


def tone(level: float, seconds: float) -> Sound:
    """A tone of 1 kHz whose peaks lie at a level in decibels of full scale."""
    return 10 ** (level / 20) * np.sin(2 * np.pi * 1000 * np.arange(round(seconds * RATE)) / RATE)


def measure(channels: Sound, layout: str, rate: int = RATE) -> Loudness | None:
    frame = av.AudioFrame.from_ndarray(channels.astype(np.float32), format="fltp", layout=layout)
    frame.sample_rate = rate
    with loudness_meter() as meter:
        for _ in range(2):
            meter.hear(frame)
        other = av.AudioFrame.from_ndarray(np.ones((1, 48_000), np.float32), format="fltp", layout="mono")
        other.sample_rate = 8_000
        meter.hear(other)  # another rate: left out
        return meter.result()


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param([(-23, 20)], -23.0, id="case 1"),
        pytest.param([(-33, 20)], -33.0, id="case 2"),
        pytest.param([(-36, 10), (-23, 60), (-36, 10)], -23.0, id="case 3, gated"),
    ],
)
def test_the_tones_of_ebu_tech_3341_read_as_they_must(parts: list[tuple[float, float]], expected: float) -> None:
    one = np.concatenate([tone(level, seconds) for level, seconds in parts])
    for channels, layout in ((np.stack([one, one]), "stereo"), (one[np.newaxis], "mono")):
        measured = measure(channels, layout)
        assert measured is not None
        assert measured.integrated == pytest.approx(expected, abs=0.1)
        assert measured.true_peak == pytest.approx(max(level for level, _ in parts), abs=0.25)


@pytest.mark.parametrize("sound", [0 * tone(0, 2), tone(-80, 2), tone(-20, 0.05)], ids=["none", "too quiet", "short"])
def test_what_is_too_little_to_measure_has_no_loudness(sound: Sound) -> None:
    assert measure(sound[np.newaxis], "mono") is None


def test_where_nothing_can_be_written_nothing_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/proc/none")
    assert measure(tone(-20, 2)[np.newaxis], "mono") is None


@pytest.mark.parametrize("channels", [3, 5, 6, 7])
@pytest.mark.parametrize("seconds", [3.0, 30.0])
def test_a_song_of_many_channels_is_measured(tmp_path: Path, channels: int, seconds: float) -> None:
    path = tmp_path / "song.wav"
    soundfile.write(path, np.tile(tone(-20, seconds)[::3, np.newaxis], (1, channels)), 16_000)
    found = excerpts_of(path, Hearing(sample_rate=16_000, length=8_000))
    assert found.loudness is not None
    assert found.loudness.integrated > -21
    assert found.trailing_silence < 0.01


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg"])
def test_a_song_that_is_skimmed_is_as_loud_as_all_of_it_and_its_silence_is_measured(
    tmp_path: Path, suffix: str
) -> None:
    rng = np.random.default_rng(0)
    levels = np.repeat(10 ** (rng.uniform(-13, -8, 100) / 20), 8_000)
    song = np.concatenate([np.zeros(12_000), levels * rng.uniform(-1, 1, len(levels)), np.zeros(56_000)])
    path, inverted = tmp_path / f"song{suffix}", tmp_path / f"inverted{suffix}"
    soundfile.write(path, song, 16_000)
    soundfile.write(inverted, np.stack([song, -song], axis=1), 16_000)
    with loudness_meter() as meter:
        for _ in decode(path, sample_rate=16_000, watch=meter.hear):
            pass
        whole = meter.result()

    found = skim_excerpts(path, length=8_000, sample_rate=16_000)

    assert whole is not None
    assert found is not None
    assert found.loudness is not None
    assert found.loudness.integrated == pytest.approx(whole.integrated, abs=0.5)
    assert whole.true_peak - 3 < found.loudness.true_peak <= whole.true_peak + 0.5
    assert (found.leading_silence, found.trailing_silence) == pytest.approx((0.75, 3.5), abs=0.03)
    assert trailing_silence(inverted, found.seconds) == pytest.approx(3.5, abs=0.03)  # not lost in the channels' mean
    assert leading_silence(inverted) == pytest.approx(0.75, abs=0.03)


@pytest.mark.parametrize("seconds", [3.0, 60.0])
def test_a_song_whose_channels_are_opposed_at_its_ends_is_heard_from_end_to_end(tmp_path: Path, seconds: float) -> None:
    noise = np.random.default_rng(0).uniform(-0.2, 0.2, round(seconds * 16_000))
    other = noise.copy()
    other[:8_000] *= -1
    other[-8_000:] *= -1
    soundfile.write(tmp_path / "song.flac", np.stack([noise, other], axis=1), 16_000)
    found = excerpts_of(tmp_path / "song.flac", Hearing(sample_rate=16_000, length=8_000))
    assert (found.leading_silence, found.trailing_silence) == pytest.approx((0, 0), abs=0.01)


def test_what_begins_with_nothing_audible_or_cannot_be_decoded_has_no_silence_to_leave_out(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silent.wav", np.zeros(16_000), 16_000)
    assert leading_silence(tmp_path / "silent.wav") == 0


@pytest.mark.parametrize("degrees", [0, 30, 45])
def test_a_peak_between_two_samples_is_found(degrees: float) -> None:
    """A tone of a quarter of the sample rate (EBU Tech 3341, cases 15 to 19), whose samples miss its peaks."""
    sine = (0.5 * np.sin(np.pi / 2 * np.arange(4_000) + np.deg2rad(degrees))).astype(np.float32)
    meter = TruePeakMeter()
    for part in (sine[:2_000], sine[2_000:2_010], sine[2_010:]):
        meter.hear(np.stack([part, -part / 2]))
    assert 20 * math.log10(meter.amplitude / 0.5) == pytest.approx(0, abs=0.2)


def test_the_true_peak_is_that_of_ffmpeg(tmp_path: Path) -> None:
    """Of noise that was cut off at full scale, between whose samples the peaks are far higher."""
    noise = np.clip(np.random.default_rng(3).normal(0, 0.7, (2, RATE)), -1, 1).astype(np.float32)
    meter, told = TruePeakMeter(), tmp_path / "told"
    meter.hear(noise)
    graph = av.filter.Graph()
    source = graph.add_abuffer(format="fltp", layout="stereo", sample_rate=RATE)
    ebur128 = graph.add("ebur128", metadata="1", peak="true", framelog="quiet")
    writer = graph.add("ametadata", mode="print", key="lavfi.r128.true_peak", file=str(told))
    graph.link_nodes(source, ebur128, writer, graph.add("abuffersink")).configure()
    frame = av.AudioFrame.from_ndarray(noise, format="fltp", layout="stereo")
    frame.sample_rate = RATE
    graph.push(frame)
    with suppress(BlockingIOError):
        while True:
            graph.pull()
    del graph, source, ebur128, writer
    theirs = float(told.read_text().rpartition("=")[2])
    assert meter.amplitude > 1.2
    assert 20 * math.log10(meter.amplitude / theirs) == pytest.approx(0, abs=0.3)


def test_an_end_that_cannot_be_decoded_is_not_silent(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silent.wav", np.zeros(48_000), 16_000)
    assert trailing_silence(tmp_path / "silent.wav", 3.0) == 0.0


def write_vorbis(path: Path, fields: dict[str, str]) -> Path:
    file = path.with_suffix(".ogg")
    soundfile.write(file, tone(-20, 0.5), RATE)
    tagged = mutagen.File(file)
    tagged.update(fields)
    tagged.save()
    return file


def write_id3(path: Path, fields: dict[str, str]) -> Path:
    file = path.with_suffix(".mp3")
    soundfile.write(file, tone(-20, 0.5), RATE)
    tagged = mutagen.File(file)
    tagged.add_tags()
    for name, text in fields.items():
        tagged.tags.add(TXXX(encoding=3, desc=name, text=[text]))
    tagged.save()
    return file


def write_ape(path: Path, fields: dict[str, str]) -> Path:
    file = path.with_suffix(".mp3")
    soundfile.write(file, tone(-20, 0.5), RATE)
    tags = APEv2()
    tags.update(fields)
    tags.save(file)
    return file


@pytest.mark.parametrize("write", [write_vorbis, write_id3, write_ape])
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"REPLAYGAIN_TRACK_GAIN": "-7.89 dB", "REPLAYGAIN_TRACK_PEAK": "0.5"}, (-10.11, -6.02)),
        ({"replaygain_track_gain": "+3.5", "other": "1"}, (-21.5, -120)),
        ({"R128_TRACK_GAIN": "-1280"}, (-18.0, -120)),
        ({"REPLAYGAIN_TRACK_GAIN": "loud dB"}, None),
        ({"REPLAYGAIN_TRACK_GAIN": "-999999 dB"}, None),
        ({"REPLAYGAIN_ALBUM_GAIN": "-7.89 dB"}, None),
    ],
)
def test_tags_state_a_loudness(
    tmp_path: Path,
    write: Callable[[Path, dict[str, str]], Path],
    fields: dict[str, str],
    expected: tuple[float, float] | None,
) -> None:
    stated = stated_loudness(write(tmp_path / "song", fields))
    if expected is None:
        assert stated is None
    else:
        assert stated is not None
        assert (stated.integrated, stated.true_peak) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    ("measured", "taken"),
    [
        (Loudness(-10.11 + 0.9 * AGREEMENT_LU, -9.0), Loudness(-10.11, -6.02)),
        (Loudness(-10.11 - 0.9 * AGREEMENT_LU, -1.0), Loudness(-10.11, -1.0)),
        (Loudness(-10.11 + 1.1 * AGREEMENT_LU, -9.0), Loudness(-10.11 + 1.1 * AGREEMENT_LU, -9.0)),
        (None, None),
    ],
)
def test_a_tag_is_believed_where_the_measure_agrees(
    tmp_path: Path, measured: Loudness | None, taken: Loudness | None
) -> None:
    path = write_vorbis(tmp_path / "song", {"REPLAYGAIN_TRACK_GAIN": "-7.89 dB", "REPLAYGAIN_TRACK_PEAK": "0.5"})
    found = believed(path, measured)
    assert (found is None) == (taken is None)
    if found and taken:
        assert (found.integrated, found.true_peak) == pytest.approx((taken.integrated, taken.true_peak), abs=0.01)


@pytest.mark.parametrize("content", [b"", b"no music" * 100, bytes(4000)])
def test_a_file_that_is_none_states_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "song.mp3").write_bytes(content)
    assert stated_loudness(tmp_path / "song.mp3") is None
    assert stated_loudness(tmp_path / "gone.mp3") is None


@pytest.mark.parametrize("amplitude", [0.0, math.inf, math.nan])
def test_a_loudness_that_no_song_has_is_none(amplitude: float) -> None:
    assert credible(-14.0, amplitude) is None
    assert credible(math.nan, 1.0) is None
