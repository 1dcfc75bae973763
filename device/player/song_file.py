"""What a file of music is by its content, whatever its name says: only that decides which part of libvlc reads it.

A player that looks for itself takes playlists for songs: HLS, DASH, Smooth Streaming and Flash manifests, under any
name, and fetches over the network what they list. So a file is opened here, known by its first bytes, and handed over
open, with the one demultiplexer that fits; a file that is none of these kinds never reaches libvlc.
"""

import re
from enum import Enum
from pathlib import Path
from typing import BinaryIO

from device.errors import SongFileError
from device.files.untrusted import open_regular


class SongKind(Enum):
    """What a file holds; the value names libvlc's demultiplexers for it, the first that fits."""

    MPEG = "mpga"
    AAC = "aac"
    FLAC = "flac"
    OGG = "ogg"
    MP4 = "mp4"
    WAV = "wav,mp3"
    AIFF = "aiff,avformat"
    """The second, held to AIFF, is for the kinds of AIFF-C."""


NOT_A_SONG = "holds nothing that can be played"
IS_A_PLAYLIST = "is a playlist and not a song, and nothing is ever fetched"

_MEND = "copy the music again, or analyse the library again"
_MEND_PLAYLIST = "take it out of the music folder, and put the songs themselves there; then analyse the library again"

_HEAD_BYTES = 1 << 16
"""How much behind the tags is looked at."""

_MOST_BEFORE_SOUND_BYTES = 8000
"""So far the first frame of an MP3 or AAC file is looked for, behind what may be rubbish; libvlc looks no further."""

_MOST_TAGS = 16
_TAG_HEAD_BYTES = 10
_SYNC_SAFE = 0x80  # the sizes of ID3v2 leave the highest bit of each byte free
_ID3_FOOTER = 0x10

_NEVER_MUSIC = (b"<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b" ", b"\t", b"\r", b"\n", b"ID3")
"""How XML may begin, byte order marks included; and a tag that stands where it was looked for in vain, since libvlc
would skip it by another reckoning."""
_PLAYLIST = re.compile(
    rb"\s*(<|#EXTM3U|\[(playlist|reference|address)\]|ffconcat|v=0\s|rtsptext|smiltext|[a-z]{3,6}://)", re.IGNORECASE
)
_MPEG_FRAME = re.compile(rb"\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff][\x10-\xef]")
_AAC_FRAME = re.compile(rb"\xff[\xf0\xf1\xf8\xf9]|\A\x56[\xe0-\xff]")  # ADTS; LATM only at the beginning
_ATOMS = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}


def open_song(path: Path) -> BinaryIO:
    """Open a file of music; links are followed, since a library may be made of them.

    :raises SongFileError: if it is missing, cannot be read or is no regular file.
    """
    try:
        return open_regular(path, follow_links=True)
    except FileNotFoundError as error:
        raise _refused(path, "there is no such song") from error
    except PermissionError as error:
        raise _refused(path, "may not be read") from error
    except OSError as error:  # no regular file, a drive that fails
        raise _refused(path, f"cannot be read ({error.strerror})") from error


def song_kind(file: BinaryIO) -> tuple[SongKind | None, str]:
    """Return what an open file holds, or None and why that is no song; the file then stands at its beginning.

    :raises OSError: if it cannot be read.
    """
    begins = behind_tags(file)
    file.seek(begins)
    head = file.read(_HEAD_BYTES)
    file.seek(0)
    if _is_playlist(head):
        return None, IS_A_PLAYLIST
    kind = None if head.startswith(_NEVER_MUSIC) else _kind_of(head)
    return kind, "" if kind else NOT_A_SONG


def refuse_playlist(path: Path) -> SongKind | None:
    """Return what a file that can be a song holds; None if nothing that can be played.

    :raises SongFileError: if it is missing, cannot be read, or is a playlist.
    """
    with open_song(path) as file:
        try:
            kind, why = song_kind(file)
        except OSError as error:
            raise _refused(path, f"cannot be read ({error.strerror})") from error
    if why == IS_A_PLAYLIST:
        raise _refused(path, why, mend=_MEND_PLAYLIST)
    return kind


def _refused(path: Path, why: str, *, mend: str = _MEND) -> SongFileError:
    what = f"{path}: {why}"
    return SongFileError(what, mend=mend)


def _kind_of(head: bytes) -> SongKind | None:
    match head[:4], head[4:8], head[8:12]:
        case b"fLaC", _, _:
            return SongKind.FLAC
        case b"OggS", _, _:
            return SongKind.OGG
        case b"RIFF" | b"RF64", _, b"WAVE":
            return SongKind.WAV
        case b"FORM", _, b"AIFF" | b"AIFC":
            return SongKind.AIFF
        case _, atom, _ if atom in _ATOMS:
            return SongKind.MP4
    return _framed(head)


def _framed(head: bytes) -> SongKind | None:
    """Find the first frame of a stream without a header, before which there may be rubbish, but no markup."""
    if head.startswith(b"APETAGEX") and len(head) > 19 and head[19] & 0x20:  # noqa: PLR2004 - libvlc would skip it
        return None
    found = {
        kind: frame.start()
        for kind, pattern in ((SongKind.MPEG, _MPEG_FRAME), (SongKind.AAC, _AAC_FRAME))
        if (frame := pattern.search(head[:_MOST_BEFORE_SOUND_BYTES]))
    }
    if not found:
        return None
    kind = min(found, key=lambda kind: found[kind])
    return None if b"<" in head[: found[kind]] else kind


def _is_playlist(head: bytes) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head[: len(head) // 2 * 2].decode("utf-16", errors="replace").encode()
    return _PLAYLIST.match(text) is not None


def behind_tags(file: BinaryIO) -> int:
    """Return where a file goes on behind the ID3v2 tags at its beginning."""
    at = 0
    for _ in range(_MOST_TAGS):
        file.seek(at)
        size = _tag_bytes(file.read(_TAG_HEAD_BYTES))
        if not size:
            break
        at += size
    return at


def _tag_bytes(head: bytes) -> int:
    """Return the size of the tag that begins here, 0 if none does or its size is not written as the standard says."""
    if not head.startswith(b"ID3") or len(head) < _TAG_HEAD_BYTES or max(head[6:]) >= _SYNC_SAFE:
        return 0
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    return _TAG_HEAD_BYTES + size + (_TAG_HEAD_BYTES if head[5] & _ID3_FOOTER else 0)
