import math
import struct
from pathlib import Path

import av
import pytest

from tools.audio.cut_off import cut_off_words, whole_seconds
from tools.audio.decode import decode

RATE = 16_000


def seconds_of(path: Path) -> float:
    return sum(map(len, decode(path, sample_rate=RATE))) / RATE


def quick_start(path: Path, out: Path) -> Path:
    """Write an m4a anew with its head in front, as shops and phones do."""
    with av.open(str(path)) as source, av.open(str(out), "w", options={"movflags": "faststart"}) as target:
        stream = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.size:
                packet.stream = stream
                target.mux(packet)
    return out


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".m4a", ".ogg", ".opus"])
def test_a_file_without_its_end_is_known_and_a_whole_one_is_not(
    drawn_sounds: dict[str, Path], tmp_path: Path, suffix: str
) -> None:
    whole = drawn_sounds[suffix]
    if suffix == ".m4a":
        whole = quick_start(whole, tmp_path / "quick.m4a")
    assert whole_seconds(whole, seconds_of(whole)) is None
    half = tmp_path / f"half{suffix}"
    content = whole.read_bytes()
    most = 0.9 if suffix == ".ogg" else 0.4  # its pages are long
    half.write_bytes(content[: round(len(content) * most)])
    heard = seconds_of(half)
    assert 0.5 < heard < 4 * most
    stated = whole_seconds(half, heard)
    assert stated == (math.inf if suffix in {".ogg", ".opus"} else pytest.approx(4, abs=0.1))


def test_an_ogg_that_ends_between_two_pages_is_cut_off_and_what_follows_its_end_is_not_missed(
    drawn_sounds: dict[str, Path], tmp_path: Path
) -> None:
    content, path = drawn_sounds[".opus"].read_bytes(), tmp_path / "song.opus"
    path.write_bytes(content[: content.rindex(b"OggS")])
    assert whole_seconds(path, 3) == math.inf
    path.write_bytes(content[: content.rindex(b"OggS") + 9])
    assert whole_seconds(path, 3) == math.inf
    path.write_bytes(content + b"TAG" + bytes(125))  # some taggers hang ID3v1 on anything
    assert whole_seconds(path, 4) is None


@pytest.mark.parametrize("stated", [0xFFFFFFFF, 0x7FFFF000])
def test_a_length_that_a_pipe_could_not_know_is_no_length(
    drawn_sounds: dict[str, Path], tmp_path: Path, stated: int
) -> None:
    content = bytearray(drawn_sounds[".wav"].read_bytes())
    content[4:8] = struct.pack("<I", 0xFFFFFFFF)
    at = content.index(b"data") + 4
    content[at : at + 4] = struct.pack("<I", stated)
    path = tmp_path / "piped.wav"
    path.write_bytes(content)
    assert whole_seconds(path, 4) is None


def test_an_mp3_without_a_head_states_nothing(drawn_sounds: dict[str, Path], tmp_path: Path) -> None:
    content, path = drawn_sounds[".mp3"].read_bytes(), tmp_path / "song.mp3"
    path.write_bytes(content.replace(b"Xing", b"Xinx").replace(b"Info", b"Infx"))
    assert whole_seconds(path, 1) is None


def test_what_cannot_be_read_tells_nothing(tmp_path: Path) -> None:
    assert whole_seconds(tmp_path / "gone.mp3", 1) is None
    (tmp_path / "words.flac").write_bytes(b"fLaC" + b"words " * 50)
    assert whole_seconds(tmp_path / "words.flac", 1) is None


@pytest.mark.parametrize(
    ("whole", "told"),
    [
        (143.2, "cut off: 19 s of its 143 s are there"),
        (math.inf, "cut off: it breaks off after 19 s, without the mark of its end"),
    ],
)
def test_a_cut_is_told_in_words(whole: float, told: str) -> None:
    assert cut_off_words(19.4, whole) == told
