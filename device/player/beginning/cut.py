"""What is left out of a file so that a song begins with its first sound."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from device.player.beginning.flac_frames import flac_frames
from device.player.beginning.mpeg_frames import frame_before, mpeg_frames
from device.player.beginning.vorbis_packets import Packet, VorbisFile, is_vorbis, vorbis_file
from device.player.song_file import SongKind, behind_tags

SHORTEST_SECONDS = 0.5
"""Less silence than this is played."""

_BEFORE_SECONDS = {SongKind.MPEG: 0.05}
_BEFORE_SECONDS_ELSEWHERE = 0.04
"""Of the silence so much is played, and a frame more at most, in an MP3 two: it hears part of a frame in the next."""

_BY_TABLE = {SongKind.WAV, SongKind.AIFF, SongKind.MP4}
_READ_BYTES = (1 << 18, 1 << 21, 8 << 20)
"""How much of a file is looked at: little, and more only if the sound does not begin there, since a share or a slow
card takes seconds for megabytes. Behind a silence that takes more than the last, nothing is left out."""
_MOST_FRAMES = 50_000
"""Nor behind one of more frames: twenty minutes of most files."""


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
    if not SHORTEST_SECONDS < audible_from < math.inf:
        return None
    until = audible_from - _BEFORE_SECONDS.get(kind, _BEFORE_SECONDS_ELSEWHERE)
    if kind in _BY_TABLE:
        return Cut(until)
    try:
        begins = behind_tags(file)
        for most_bytes in _READ_BYTES:
            file.seek(begins)
            content = file.read(most_bytes)
            found = _cut_in(content, kind, until, begins)
            if found or len(content) < most_bytes or (kind is SongKind.OGG and not is_vorbis(content)):
                return found
        return None
    finally:
        file.seek(0)  # libvlc reads on from where the file stands


def _cut_in(content: bytes, kind: SongKind, until: float, begins: int) -> Cut | None:
    """Look for a cut in what a file holds from byte ``begins`` on."""
    if kind is SongKind.MPEG:
        return _cut_of_mpeg(until, content, begins)
    if kind is SongKind.FLAC and (found := flac_frames(content)):
        head, frames = found
        return _last_before(until, frames, begins, head)
    if kind is SongKind.OGG and (vorbis := vorbis_file(content)):
        return _cut_of_vorbis(until, vorbis, content, begins)
    return None


def _cut_of_mpeg(until: float, content: bytes, begins: int) -> Cut | None:
    """Choose the last frame that begins by then; it needs another before it."""
    frames = list[tuple[float, int]]()
    for seconds, place in islice(mpeg_frames(content), _MOST_FRAMES):
        if seconds > until:
            head = frame_before(content, frames)
            if head is None:
                return None
            begin, resumes_at = frames[-1]
            return Cut(begin - (seconds - begin if head else 0), begins + resumes_at, head, counted=False)
        frames.append((seconds, place))
    return None


def _cut_of_vorbis(until: float, vorbis: VorbisFile, content: bytes, begins: int) -> Cut | None:
    """Choose the last packet that begins by then."""
    last: tuple[float, Packet] | None = None
    for seconds, packet in islice(vorbis.packets(content), _MOST_FRAMES):
        if seconds > until:
            break
        last = seconds, packet
    else:
        return None
    if last is None:
        return None
    head, resumes_at = vorbis.from_packet(last[1])
    return Cut(last[0], begins + resumes_at, head)


def _last_before(until: float, frames: Iterator[tuple[float, int]], begins: int, head: bytes) -> Cut | None:
    """Choose the last frame that begins by then; frames that break off before are none to go by.

    :param frames: second and byte at which each frame begins, from the first on.
    :param begins: the byte of the file that the frames' bytes count from.
    """
    last = None
    for seconds, place in islice(frames, _MOST_FRAMES):
        if seconds > until:
            return last
        last = Cut(seconds, begins + place, head)
    return None
