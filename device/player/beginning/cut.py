"""What is left out of a file so that a song begins with its first sound."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from device.player.beginning.flac_frames import flac_frames
from device.player.beginning.mpeg_frames import mpeg_frames
from device.player.song_file import SongKind, behind_tags

SHORTEST_SECONDS = 0.5
"""Less silence than this is played."""

_BEFORE_SECONDS = {SongKind.MPEG: 0.13}
_BEFORE_SECONDS_ELSEWHERE = 0.1
"""Of the silence so much is played: what was measured may be off by a frame, and an MP3's frame refers to as many as
six before it (libvlc counts .025 s more than the analysis)."""

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
    return None


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
