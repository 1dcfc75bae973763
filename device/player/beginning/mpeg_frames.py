"""The frames of an MPEG stream of layers I to III, one after the other, by their headers (ISO 11172-3, 13818-3)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SYNC = re.compile(rb"\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff][\x10-\xef]")
_MOST_BEFORE_SOUND_BYTES = 8000
_HEADER_BYTES, _CHECKSUM_BYTES = 4, 2
_VERSION_1, _VERSION_2, _VERSION_2_5 = 3, 2, 0
_LAYER_3 = 1
_RATES = {_VERSION_1: 1, _VERSION_2: 2, _VERSION_2_5: 4}
_HERTZ = (44_100, 48_000, 32_000)
_KBITS = {
    (1, 3): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 1): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 3): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 1): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""By version 1 or later and by the header's two bits of the layer: 3 is layer I, 1 is layer III."""
_TABLES = re.compile(rb"Xing|Info|VBRI")
_TABLE_WITHIN_BYTES = 48
"""A writer's table of the whole file stands in a frame of silence, behind its header and side information."""


@dataclass(frozen=True, slots=True)
class _Header:
    kind: tuple[int, int, int]
    """Version, layer and sample rate: the same in all of a stream's frames."""
    size: int
    seconds: float


def mpeg_frames(content: bytes) -> Iterator[tuple[float, int]]:
    """Yield the second and the byte at which each frame begins, as far as they follow one another without a gap.

    A first frame that holds the writer's table is left out, and the time begins behind it.

    :param content: a file behind its tags; before the first frame there may be rubbish.
    """
    place, first = _first(content)
    seconds = 0.0
    if first and _TABLES.search(content[place + _HEADER_BYTES : place + _TABLE_WITHIN_BYTES]):
        place += first.size
    while first and (header := _header(content, place)) and header.kind == first.kind:
        yield seconds, place
        seconds, place = seconds + header.seconds, place + header.size


def frame_before(content: bytes, frames: list[tuple[float, int]]) -> bytes | None:
    """Return a frame of silence, behind which the last of these is decoded whole; None if there can be none.

    A frame of layer III borrows up to 511 bytes of those before it, which lie in ten and more where they are small, as
    in a silence. Without these bytes decoders leave it out, so that they are given in one frame. Layers I and II borrow
    none, and need no frame.
    """
    if not frames:
        return None
    place = following = frames[-1][1]
    head = content[place : place + _HEADER_BYTES]
    if head[1] >> 1 & 3 != _LAYER_3:
        return b""
    begins = place + _HEADER_BYTES + (0 if head[1] & 1 else _CHECKSUM_BYTES)
    owed = int.from_bytes(content[begins : begins + 2], "big") >> (7 if head[1] >> 3 & 3 == _VERSION_1 else 8)
    stored = b""
    for _, before in reversed(frames[:-1]):
        if len(stored) >= owed:
            break
        stored = content[before + _side_bytes(content[before : before + _HEADER_BYTES]) : following] + stored
        following = before
    return _silence(head, stored[len(stored) - owed :]) if len(stored) >= owed else None


def _silence(head: bytes, stored: bytes) -> bytes | None:
    """Make a frame without a checksum and without sound, of the kind that ``head`` tells, with bytes at its end."""
    for bits in range(1, 15):
        head = bytes([head[0], head[1] | 1, bits << 4 | head[2] & 0x0C, head[3]])
        header = _header(head, 0)
        if header and header.size >= _side_bytes(head) + len(stored):
            return head + bytes(header.size - _HEADER_BYTES - len(stored)) + stored
    return None


def _side_bytes(head: bytes) -> int:
    """Return how many bytes of a frame of layer III are no sound: its header, checksum and side information."""
    is_mono = head[3] >> 6 == 3  # noqa: PLR2004 - the fourth of the modes
    side = (17, 32) if head[1] >> 3 & 3 == _VERSION_1 else (9, 17)
    return _HEADER_BYTES + (0 if head[1] & 1 else _CHECKSUM_BYTES) + side[0 if is_mono else 1]


def _first(content: bytes) -> tuple[int, _Header | None]:
    """Find the first frame, behind which another of its kind begins."""
    for found in _SYNC.finditer(content[:_MOST_BEFORE_SOUND_BYTES]):
        header = _header(content, found.start())
        following = header and _header(content, found.start() + header.size)
        if header and following and following.kind == header.kind:
            return found.start(), header
    return 0, None


def _header(content: bytes, place: int) -> _Header | None:
    """Read the header at a place; None if there is none, or it does not tell its frame's size."""
    head = content[place : place + _HEADER_BYTES]
    if len(head) < _HEADER_BYTES or not _SYNC.match(head):
        return None
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate, padding = head[2] >> 2 & 3, head[2] >> 1 & 1
    if rate == len(_HERTZ):
        return None
    hertz = _HERTZ[rate] // _RATES[version]
    bits = 1000 * _KBITS[1 if version == _VERSION_1 else 2, layer][head[2] >> 4]
    if layer == 3:  # noqa: PLR2004 - layer I counts in slots of four bytes
        size, samples = (12 * bits // hertz + padding) * 4, 384
    else:
        samples = 576 if layer == _LAYER_3 and version != _VERSION_1 else 1152
        size = samples // 8 * bits // hertz + padding
    return _Header((version, layer, hertz), size, samples / hertz)
