"""A file of music is known by its content, and nothing that is markup or text ever is one."""

import io
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.errors import SongFileError
from device.player.song_file import IS_A_PLAYLIST, NOT_A_SONG, SongKind, open_song, refuse_playlist, song_kind
from tests.device.player.playlists import disguised, id3, playlists

URL = "http://127.0.0.1:9"
MP3 = b"\xff\xfb\x90\x64" + bytes(413)
MP4 = struct.pack(">I4s", 20, b"ftyp") + b"M4A \0\0\0\0M4A "

HEADS = {
    SongKind.MPEG: [
        MP3,
        b"\xff\xf3\x40\xc0",
        b"\xff\xe3\x40\xc0",
        b"\xff\xfd\x84\x04",
        bytes(7990) + MP3,
        b"junk!" * 9 + MP3,
    ],
    SongKind.AAC: [b"\xff\xf1\x50\x80", b"\xff\xf9\x50\x80", b"\x56\xe0\x12"],
    SongKind.FLAC: [b"fLaC\0\0\0\x22"],
    SongKind.OGG: [b"OggS\0\x02"],
    SongKind.MP4: [MP4, struct.pack(">I4s", 8, b"wide"), struct.pack(">I4s", 1, b"mdat")],
    SongKind.WAV: [b"RIFF\x24\0\0\0WAVEfmt ", b"RF64\xff\xff\xff\xffWAVEds64"],
    SongKind.AIFF: [b"FORM\0\0\0\x2eAIFFCOMM", b"FORM\0\0\0\x2eAIFCFVER"],
}


def kind_of(content: bytes) -> tuple[SongKind | None, str]:
    file = io.BytesIO(content)
    found = song_kind(file)
    assert file.tell() == 0, "and libvlc reads it from its beginning"
    return found


@pytest.mark.parametrize(("kind", "head"), [(kind, head) for kind, heads in HEADS.items() for head in heads])
@pytest.mark.parametrize("wrap", [bytes, id3, lambda head: id3(id3(head)), lambda head: id3(head, padding=0)])
def test_music_is_known_behind_its_tags_too(kind: SongKind, head: bytes, wrap: Callable[[bytes], bytes]) -> None:
    assert kind_of(wrap(head + bytes(100))) == (kind, "")


@pytest.mark.parametrize("suffix", ["mp3", "ogg", "flac", "wav", "aiff"])
def test_what_encoders_write_is_known(tmp_path: Path, suffix: str) -> None:
    soundfile = pytest.importorskip("soundfile")
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, [0.0] * 8000, 8000)
    with open_song(path) as file:
        kind, _ = song_kind(file)
    assert kind is {"mp3": SongKind.MPEG}.get(suffix) or (kind and kind.name == suffix.upper())


@pytest.mark.parametrize("name", playlists(URL))
def test_playlists_are_called_so(name: str) -> None:
    assert kind_of(playlists(URL)[name]) == (None, IS_A_PLAYLIST)


def test_a_playlist_with_music_in_it_is_one_all_the_same() -> None:
    assert kind_of(playlists(URL)["hls"] + MP3) == (None, IS_A_PLAYLIST)


@pytest.mark.parametrize("name", ["zeros-hls", "zeros-dash", "zeros-flash", "crooked-tag-flash", "ape-tag-flash"])
def test_what_libvlc_would_reckon_otherwise_is_no_song(name: str) -> None:
    assert kind_of(disguised(URL)[name]) == (None, NOT_A_SONG)


@pytest.mark.parametrize(
    "content", [b"", b"hello", bytes(range(256)) * 100, b"ID3", id3(b""), bytes(100_000), bytes(8000) + MP3]
)
def test_what_is_none_of_these_is_no_song(content: bytes) -> None:
    assert kind_of(content) == (None, NOT_A_SONG)


@given(
    before=st.sampled_from([b"<", b" ", b"\n", b"\t<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"]),
    after=st.binary(max_size=600),
)
def test_nothing_that_begins_like_markup_is_music(before: bytes, after: bytes) -> None:
    assert kind_of(before + after)[0] is None
    assert kind_of(id3(before + after))[0] is None


@given(content=st.binary(max_size=300))
def test_whatever_it_is_it_is_one_thing_or_has_a_reason(content: bytes) -> None:
    kind, why = kind_of(content)
    assert (kind is None) == bool(why)


def test_a_link_to_a_song_is_followed_and_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    song, link, fifo = tmp_path / "a.mp3", tmp_path / "link.mp3", tmp_path / "fifo.mp3"
    song.write_bytes(MP3)
    link.symlink_to(song)
    refuse_playlist(link)
    os.mkfifo(fifo)
    for path in (fifo, tmp_path, tmp_path / "gone.mp3"):
        with pytest.raises(SongFileError, match=str(path)):
            refuse_playlist(path)
