"""The frames of a FLAC file, one after the other, by the numbers in their headers (RFC 9639)."""

import re
from collections.abc import Iterator

_SYNC = re.compile(rb"\xff[\xf8\xf9]")
_LAST_BLOCK = 0x80
_INFO_BYTES = 34
_MOST_BLOCKS = 1000
_MOST_FALSE = 10_000
"""Places that look like a frame and are none: in the megabytes that are read there are hundreds by chance."""
_MOST_HEADER_BYTES = 16
_POLYNOMIAL = 0x07
_SPELT_OUT_BYTES = {6: 1, 7: 2}  # of a block size behind the number
_RATE_BYTES = {12: 1, 13: 2, 14: 2}


def flac_frames(content: bytes) -> tuple[bytes, Iterator[tuple[float, int]]] | None:
    """Return the head that every part of a file needs, and the second and byte at which each frame begins.

    None if this is no FLAC file that tells its rate. The frames end where one does not follow upon the last.

    :param content: a file behind its tags.
    """
    head = b"fLaC" + bytes([_LAST_BLOCK]) + content[5 : 8 + _INFO_BYTES]
    if content[:4] != b"fLaC" or len(head) < 8 + _INFO_BYTES or content[4] & ~_LAST_BLOCK or head[7] != _INFO_BYTES:
        return None
    place, is_last, blocks = 4, False, 0
    while not is_last and place + 4 <= len(content) and blocks < _MOST_BLOCKS:
        is_last = bool(content[place] & _LAST_BLOCK)
        place += 4 + int.from_bytes(content[place + 1 : place + 4], "big")
        blocks += 1
    block, longest = int.from_bytes(head[8:10], "big"), int.from_bytes(head[10:12], "big")
    sample_rate = int.from_bytes(head[18:21], "big") >> 4
    if not (is_last and sample_rate):
        return None
    return head, _frames(content, place, block if block == longest else None, sample_rate)


def _frames(content: bytes, begins: int, block: int | None, sample_rate: int) -> Iterator[tuple[float, int]]:
    """Yield the frames; they are numbered by their first samples, or else are all of one size, ``block``."""
    last, false = -1, 0
    for found in _SYNC.finditer(content, begins):
        header = content[found.start() : found.start() + _MOST_HEADER_BYTES]
        number, by_samples = _number(header), bool(header[1] & 1)
        if number is None or number <= last or (not by_samples and number != last + 1):
            false += 1
            if false > _MOST_FALSE:
                return
            continue
        if not by_samples and block is None:
            return
        last = number
        yield number * (1 if by_samples else block or 0) / sample_rate, found.start()


def _number(header: bytes) -> int | None:
    """Return the number of a frame, or of its first sample; None if this is no header, by its own checksum."""
    if len(header) < _MOST_HEADER_BYTES or not header[2] >> 4 or header[2] & 0xF == 0xF or header[3] & 1:  # noqa: PLR2004
        return None
    ones = 8 - (header[4] ^ 0xFF).bit_length()
    if ones in (1, 8):
        return None
    number, end = header[4] & 0x7F >> ones, 4 + max(ones, 1)
    for byte in header[5:end]:
        number = number << 6 | byte & 0x3F
    end += _SPELT_OUT_BYTES.get(header[2] >> 4, 0) + _RATE_BYTES.get(header[2] & 0xF, 0)
    return number if end < len(header) and _checksum(header[:end]) == header[end] else None


def _table() -> bytes:
    table = bytearray(range(256))
    for _ in range(8):
        table = bytearray((rest << 1 ^ (_POLYNOMIAL if rest & 0x80 else 0)) & 0xFF for rest in table)
    return bytes(table)


_TABLE = _table()


def _checksum(header: bytes) -> int:
    rest = 0
    for byte in header:
        rest = _TABLE[rest ^ byte]
    return rest
