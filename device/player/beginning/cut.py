"""What is left out of a file so that a song begins with its first sound."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from device.player.beginning.flac_frames import flac_frames
from device.player.beginning.mpeg_frames import mpeg_frames
from device.player.beginning.vorbis_packets import Packet, VorbisFile, vorbis_file
from device.player.song_file import SongKind, behind_tags

SHORTEST_SECONDS = 0.5
"""Less silence than this is played."""

_BEFORE_SECONDS = {SongKind.MPEG: 0.08}
_BEFORE_SECONDS_ELSEWHERE = 0.04
"""Of the silence so much is played, and a frame more at most: an MP3's frame refers to some before it, and libvlc plays
.025 s more of the beginning than the analysis hears."""

_BY_TABLE = {SongKind.WAV, SongKind.AIFF, SongKind.MP4}
_MOST_BYTES = 8 << 20
"""Behind a silence that takes more bytes than this, nothing is left out."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a song begins.

    ``seconds`` of it are left out: libvlc goes there itself where ``resumes_at`` is 0. Else it is given ``head`` and
    what follows byte ``resumes_at`` of the file. ``counted`` says whether libvlc counts these seconds in its time.
    """

    seconds: float
    resumes_at: int = 0
    head: bytes = b""
    counted: bool = True


def cut_of(file: BinaryIO, kind: SongKind, audible_from: float) -> Cut | None:
    """Find out what can be left out of an open file; None if there is too little, or no sure way.

    The file then stands at its beginning.

    :param audible_from: seconds to its first audible sound.
    :raises OSError: if it cannot be read.
    """
    until = audible_from - _BEFORE_SECONDS.get(kind, _BEFORE_SECONDS_ELSEWHERE)
    if audible_from <= SHORTEST_SECONDS:
        return None
    if kind in _BY_TABLE:
        return Cut(until)
    begins = behind_tags(file)
    file.seek(begins)
    content = file.read(_MOST_BYTES)
    file.seek(0)
    if kind is SongKind.MPEG:
        return _last_before(until, mpeg_frames(content), begins, counted=False)
    if kind is SongKind.FLAC and (found := flac_frames(content)):
        head, frames = found
        return _last_before(until, frames, begins, head=head)
    if kind is SongKind.OGG and (vorbis := vorbis_file(content)):
        return _cut_of_vorbis(until, vorbis, content, begins)
    return None


def _cut_of_vorbis(until: float, vorbis: VorbisFile, content: bytes, begins: int) -> Cut | None:
    """Choose the last packet that begins by then."""
    last: tuple[float, Packet] | None = None
    for seconds, packet in vorbis.packets(content):
        if seconds > until:
            break
        last = seconds, packet
    else:
        return None
    if last is None:
        return None
    head, resumes_at = vorbis.from_packet(last[1])
    return Cut(last[0], begins + resumes_at, head)


def _last_before(
    until: float, frames: Iterator[tuple[float, int]], begins: int, *, head: bytes = b"", counted: bool = True
) -> Cut | None:
    """Choose the last frame that begins by then; frames that break off before are none to go by.

    :param frames: second and byte at which each frame begins, from the first on.
    :param begins: the byte of the file that the frames' bytes count from.
    """
    last = None
    for seconds, place in frames:
        if seconds > until:
            return last
        last = Cut(seconds, begins + place, head, counted)
    return None
