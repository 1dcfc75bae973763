"""Where a song is cut so that it begins with its first sound."""

import gc
import io
import math
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from ctypes import POINTER, c_uint64, c_void_p, create_string_buffer, pointer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from device.player.beginning.cut import SHORTEST_SECONDS, Cut, cut_of
from device.player.beginning.cut_stream import CutStream
from device.player.beginning.flac_frames import flac_frames
from device.player.beginning.mpeg_frames import mpeg_frames
from device.player.beginning.vorbis_packets import vorbis_file
from device.player.song_file import SongKind, open_song, song_kind

MPEG_1_LAYER_3 = b"\xff\xfb\x90\x64"  # 128 kbit/s at 44.1 kHz: 417 bytes
MPEG_2_LAYER_3 = b"\xff\xf3\x40\xc0"  # 32 kbit/s at 22.05 kHz: 104 bytes
MPEG_1_LAYER_2 = b"\xff\xfd\x80\x04"  # 128 kbit/s at 44.1 kHz: 417 bytes
MPEG_1_LAYER_1 = b"\xff\xff\x40\x04"  # 128 kbit/s at 44.1 kHz: 34 slots of four bytes
FREE_FORMAT = b"\xff\xfb\x00\x64"


def frames(header: bytes, size: int, count: int) -> bytes:
    return (header + bytes(size - len(header))) * count


@pytest.mark.parametrize(
    ("header", "size", "seconds"),
    [
        (MPEG_1_LAYER_3, 417, 1152 / 44_100),
        (MPEG_2_LAYER_3, 104, 576 / 22_050),
        (MPEG_1_LAYER_2, 417, 1152 / 44_100),
        (MPEG_1_LAYER_1, 136, 384 / 44_100),
    ],
)
def test_the_frames_of_an_mpeg_stream_follow_one_another(header: bytes, size: int, seconds: float) -> None:
    found = list(mpeg_frames(b"rubbish" + frames(header, size, 4) + b"TAG"))
    assert [place for _, place in found] == [7 + size * number for number in range(4)]
    assert [begins for begins, _ in found] == pytest.approx([seconds * number for number in range(4)])


def test_a_frame_that_holds_a_writers_table_is_none_of_the_song() -> None:
    table = MPEG_1_LAYER_3 + bytes(32) + b"Xing" + bytes(417 - 40)
    assert next(mpeg_frames(table + frames(MPEG_1_LAYER_3, 417, 3))) == (0.0, 417)


@pytest.mark.parametrize(
    "content", [b"", b"\xff", bytes(9000), frames(FREE_FORMAT, 400, 3), frames(MPEG_1_LAYER_3, 417, 1)]
)
def test_what_has_no_frames_of_known_size_has_none(content: bytes) -> None:
    assert list(mpeg_frames(content)) == []


@pytest.mark.parametrize("content", [b"", b"fLaC", b"fLaC" + bytes(60), b"fLaC\x84" + bytes(60), b"OggS" + bytes(60)])
def test_what_is_no_flac_file_has_no_frames(content: bytes) -> None:
    found = flac_frames(content)
    assert found is None or list(found[1]) == []


def write(path: Path, seconds: float, *, level: float = 0.2) -> Path:
    soundfile = pytest.importorskip("soundfile")
    soundfile.write(path, np.random.default_rng(0).uniform(-level, level, round(seconds * 44_100)), 44_100)
    return path


def cut(path: Path, audible_from: float) -> Cut | None:
    with open_song(path) as file:
        kind, _ = song_kind(file)
        assert kind
        found = cut_of(file, kind, audible_from)
        assert file.tell() == 0
        return found


@pytest.mark.parametrize("kind", ["mp3", "flac"])
def test_a_cut_lies_at_a_frame_shortly_before_the_first_sound(tmp_path: Path, kind: str) -> None:
    path = write(tmp_path / f"song.{kind}", 3)
    found = cut(path, 2.0)
    assert found
    assert 1.85 < found.seconds <= 1.96
    content = path.read_bytes()
    assert content[found.resumes_at] == 0xFF
    assert (
        len(list(mpeg_frames(content[found.resumes_at :]))) > 10 or found.head == content[:4] + b"\x80" + content[5:42]
    )


@pytest.mark.parametrize("kind", ["wav", "aiff"])
def test_where_there_is_a_table_libvlc_goes_there_itself(tmp_path: Path, kind: str) -> None:
    assert cut(write(tmp_path / f"song.{kind}", 3), 2.0) == Cut(pytest.approx(1.96))


@pytest.mark.parametrize("kind", ["mp3", "flac", "wav", "ogg"])
@pytest.mark.parametrize("audible_from", [0.0, SHORTEST_SECONDS])
def test_a_short_silence_is_played(tmp_path: Path, kind: str, audible_from: float) -> None:
    assert cut(write(tmp_path / f"song.{kind}", 1), audible_from) is None


@pytest.mark.parametrize(("kind", "audible_from"), [("ogg", 60.0), ("mp3", 60.0), ("flac", 60.0)])
def test_without_a_sure_way_a_song_plays_from_its_beginning(tmp_path: Path, kind: str, audible_from: float) -> None:
    """Frames that end before the sound is said to begin are not to be relied on."""
    assert cut(write(tmp_path / f"song.{kind}", 3), audible_from) is None


def test_vorbis_is_cut_at_a_packet_within_its_page(tmp_path: Path) -> None:
    """FFmpeg reads what is left as a whole file, whose stamps say what is missing: the page's checksum is right."""
    av = pytest.importorskip("av")
    path, rest = write(tmp_path / "song.ogg", 3), tmp_path / "rest.ogg"
    found = cut(path, 2.0)
    assert found
    assert 1.93 < found.seconds <= 1.96
    rest.write_bytes(found.head + path.read_bytes()[found.resumes_at :])
    with av.open(str(rest)) as container:
        values = sum(frame.samples for frame in container.decode(container.streams.audio[0]))
    assert values / 44_100 == pytest.approx(3 - found.seconds, abs=0.03)


@pytest.mark.parametrize("place", [0.0, 0.5, 0.9, 0.99, 1.0])
def test_an_ogg_file_that_breaks_off_or_holds_something_else_is_not_cut(tmp_path: Path, place: float) -> None:
    path = write(tmp_path / "song.ogg", 3)
    head = vorbis_file(path.read_bytes())
    assert head
    content = path.read_bytes()
    assert vorbis_file(content[: int(place * (len(head.head) - 1))]) is None
    assert vorbis_file(content.replace(b"\1vorbis", b"\1forbis")) is None


@pytest.mark.parametrize("damaged", range(5))
def test_flac_frames_behind_a_damaged_one_are_not_relied_on(tmp_path: Path, damaged: int) -> None:
    path = write(tmp_path / "song.flac", 3)
    found = flac_frames(path.read_bytes())
    assert found
    places = [place for _, place in found[1]]
    content = bytearray(path.read_bytes())
    content[places[3] + damaged] ^= 0x10
    path.write_bytes(content)
    assert cut(path, 2.0) is None


@pytest.mark.parametrize("audible_from", [math.nan, math.inf, -math.inf, -1.0, 1e300])
@pytest.mark.parametrize("kind", ["mp3", "flac", "ogg", "wav"])
def test_a_beginning_that_no_song_has_is_not_gone_to(tmp_path: Path, kind: str, audible_from: float) -> None:
    if (kind, audible_from) != ("wav", 1e300):  # there libvlc is asked
        assert cut(write(tmp_path / f"song.{kind}", 1), audible_from) is None


def test_an_ogg_file_may_break_off_anywhere(tmp_path: Path) -> None:
    content = write(tmp_path / "song.ogg", 1).read_bytes()
    for end in range(0, len(content), 7):
        assert cut_of(io.BytesIO(content[:end]), SongKind.OGG, 30.0) is None


def decoded(content: bytes) -> Any:
    av = pytest.importorskip("av")
    with av.open(io.BytesIO(content), format="mp3") as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(container.streams.audio[0])], axis=1)


@pytest.mark.parametrize("rate", [16_000, 44_100])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("mode", ["CONSTANT", "AVERAGE", "VARIABLE"])
@pytest.mark.parametrize("smallness", [0.5, 0.99])
def test_the_first_sound_has_what_it_borrows_of_the_silence(
    tmp_path: Path, rate: int, channels: int, mode: str, smallness: float
) -> None:
    """An MP3's small frames of silence hold bytes of the music behind them."""
    soundfile, path = pytest.importorskip("soundfile"), tmp_path / "song.mp3"
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (rate, channels))
    song = np.append(np.zeros((2 * rate, channels)), noise, axis=0)
    soundfile.write(path, song, rate, format="MP3", bitrate_mode=mode, compression_level=smallness)
    found, content = cut(path, 2.0), path.read_bytes()
    assert found
    assert 1.85 < found.seconds <= 1.95
    whole = decoded(content[next(mpeg_frames(content))[1] :])
    heard = decoded(found.head + content[found.resumes_at :])
    assert whole.shape[1] - heard.shape[1] == pytest.approx(found.seconds * rate, abs=1)
    music = round(1.03 * rate)
    assert heard[:, -music:] == pytest.approx(whole[:, -music:], abs=1e-4)


class Watched(io.BytesIO):
    """A file on a drive that fails behind so many bytes."""

    fails_behind = 1 << 30
    has_read = 0

    def read(self, size: int | None = -1, /) -> bytes:
        part = super().read(size)
        self.has_read += len(part)
        if self.tell() > self.fails_behind:
            raise OSError
        return part


def test_little_is_read_of_a_song_that_begins_soon_and_more_of_one_that_does_not() -> None:
    file = Watched(frames(MPEG_1_LAYER_2, 417, 20_000))
    assert cut_of(file, SongKind.MPEG, 2.0)
    assert file.has_read < 300_000
    later = cut_of(file, SongKind.MPEG, 200.0)
    assert later
    assert 199.9 < later.seconds < 200


def test_after_a_failure_a_file_stands_at_its_beginning_since_libvlc_reads_on_from_there() -> None:
    file = Watched(frames(MPEG_1_LAYER_2, 417, 2_000))
    file.fails_behind = 100_000
    with pytest.raises(OSError):  # noqa: PT011 - as the drive raises it
        cut_of(file, SongKind.MPEG, 2.0)
    assert file.tell() == 0


def test_no_more_frames_are_counted_than_a_silence_has() -> None:
    tiny = frames(b"\xff\xf3\x14\xc0", 24, 60_000)
    assert cut_of(io.BytesIO(tiny), SongKind.MPEG, 1000.0)
    assert cut_of(io.BytesIO(tiny), SongKind.MPEG, 1300.0) is None


def test_what_only_looks_like_frames_is_given_up(tmp_path: Path) -> None:
    content = write(tmp_path / "song.flac", 1).read_bytes()
    found = flac_frames(content)
    assert found
    begins = next(found[1])[1]
    for false, is_cut in ((5_000, True), (20_000, False)):
        looks = b"\xff\xf8\x69\x68\xfc\x80\x80\x80\x80\x80\x01" * false
        file = io.BytesIO(content[:begins] + looks + content[begins:])
        assert (cut_of(file, SongKind.FLAC, 0.7) is not None) == is_cut


@pytest.mark.parametrize(("place", "value"), [(7, 33), (7, 35), (4, 1), (8, 1), (11, 1), (18, 0)])
def test_a_flac_file_whose_head_is_not_as_the_standard_says_is_not_cut(tmp_path: Path, place: int, value: int) -> None:
    """Length and kind of its first block; blocks of more than one size without samples' numbers; no sample rate."""
    content = bytearray(write(tmp_path / "song.flac", 3).read_bytes())
    content[place : place + (3 if place == 18 else 1)] = bytes([value] * (3 if place == 18 else 1))
    assert cut_of(io.BytesIO(content), SongKind.FLAC, 2.0) is None


def test_an_ogg_page_without_a_stamp_on_which_packets_end_is_none_to_go_by(tmp_path: Path) -> None:
    content = bytearray(write(tmp_path / "song.ogg", 3).read_bytes())
    head = vorbis_file(bytes(content))
    assert head
    begins = len(head.head)
    content[begins + 6 : begins + 14] = b"\xff" * 8
    assert list(head.packets(bytes(content))) == []


class Calls:
    """Stands for libvlc: it has a medium's four callbacks, and calls them as libvlc does."""

    def media_new_callbacks(self, *callbacks: Any) -> "Calls":
        vlc = pytest.importorskip("vlc")
        kinds = vlc.CallbackDecorators
        addresses = [c_void_p.from_buffer(callback).value or 0 for callback in callbacks[:4]]
        self.open_with, self.read_with, self.seek_with, self.close_with = (
            kind(address)
            for kind, address in zip(
                (kinds.MediaOpenCb, kinds.MediaReadCb, kinds.MediaSeekCb, kinds.MediaCloseCb), addresses, strict=True
            )
        )
        return self

    def open(self) -> tuple[int, int | None, int]:
        """Return libvlc's answer, what names this opening, and the size."""
        data, size = c_void_p(), c_uint64()
        answer: int = self.open_with(None, pointer(data), POINTER(c_uint64)(size))
        return answer, data.value, size.value

    def read(self, opening: int | None, most: int) -> bytes | int:
        into = create_string_buffer(most)
        got: int = self.read_with(opening, into, most)
        return into.raw[:got] if got >= 0 else got


MakeStream = Callable[[bytes], tuple[CutStream, Calls]]


@pytest.fixture
def make_stream(tmp_path: Path) -> Iterator[MakeStream]:
    vlc = pytest.importorskip("vlc")
    with ExitStack() as files:

        def make(content: bytes) -> tuple[CutStream, Calls]:
            (tmp_path / "song").write_bytes(content)
            stream = CutStream(vlc, files.enter_context(open_song(tmp_path / "song")), Cut(1.0, 6, b"head "))
            return stream, stream.media(Calls())

        yield make


def test_what_libvlc_may_call_lives_until_it_is_released_and_no_longer(make_stream: MakeStream) -> None:
    """However many others there are, and although nobody else keeps them."""
    made = [make_stream(b"dropped kept") for _ in range(20)]
    streams, calls = [weakref.ref(stream) for stream, _ in made], [called for _, called in made]
    made.clear()
    gc.collect()
    assert all(stream() for stream in streams)
    for called in calls:
        _, opening, size = called.open()
        assert (size, called.read(opening, 50), called.read(opening, 50)) == (11, b"head ", b"d kept")
        called.close_with(opening)
    gc.disable()  # a head may be megabytes: it goes at once
    try:
        for stream in streams:
            kept = stream()
            assert kept
            kept.release()
            del kept
            assert stream() is None
    finally:
        gc.enable()


def test_a_stream_that_is_open_when_it_is_released_goes_once_it_is_closed(make_stream: MakeStream) -> None:
    stream, called = make_stream(b"dropped kept")
    known = weakref.ref(stream)
    _, opening, _ = called.open()
    stream.release()
    del stream
    gc.collect()
    assert called.read(opening, 4) == b"head"
    called.close_with(opening)
    gc.collect()
    assert known() is None


def test_each_opening_of_a_stream_reads_at_a_place_of_its_own(make_stream: MakeStream) -> None:
    stream, called = make_stream(b"dropped kept")
    _, first, _ = called.open()
    assert called.read(first, 4) == b"head"
    _, second, _ = called.open()
    assert called.read(second, 50) == b"head "
    called.close_with(second)
    assert called.read(first, 50) == b" "
    assert called.seek_with(first, 7) == 0
    assert called.read(first, 50) == b"kept"
    assert called.read(first, 50) == b""
    called.close_with(first)
    assert called.read(first, 50) == -1
    stream.release()


@pytest.mark.parametrize("place", [11, 2**31, 2**32 + 1, 2**63 - 1, 2**63, 2**64 - 1])
def test_a_place_that_no_file_has_is_an_end_or_a_failure(make_stream: MakeStream, place: int) -> None:
    stream, called = make_stream(b"dropped kept")
    _, opening, _ = called.open()
    called.seek_with(opening, place)
    assert called.read(opening, 50) in {b"", -1}
    called.close_with(opening)
    stream.release()


def test_a_file_that_was_cut_off_meanwhile_ends_and_one_that_was_closed_does_not_open(
    make_stream: MakeStream, tmp_path: Path
) -> None:
    stream, called = make_stream(b"dropped kept")
    (tmp_path / "song").write_bytes(b"")
    _, opening, size = called.open()
    assert (size, called.read(opening, 50), called.read(opening, 50)) == (5, b"head ", b"")
    called.close_with(opening)
    stream._file.close()
    assert called.open()[0] != 0
    stream.release()
