"""The packets of an Ogg Vorbis file, one after the other, and the file from one of them on (RFC 3533, Vorbis I).

A page holds many packets of silence together with the music behind them, so that its first packets are left out of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

_PAGE_HEAD_BYTES = 27
_FULL_SEGMENT = 255
_CONTINUES = 1
_HEADERS = 3
_VORBIS, _FIRST_PAGE_BYTES = b"\1vorbis", 58
_MODE_BITS, _MOST_MODES, _COUNT_BITS = 41, 64, 6
_MODES_BYTES = 512
"""At the end of the setup header, within which they lie."""
_MODE_NOUGHTS = 0xFFFFFFFF << 1 | 0xC0 << 33
"""Of a mode's flag, window, transform and mapping, what must be 0."""
_POLYNOMIAL = 0x04C11DB7


@dataclass(frozen=True, slots=True)
class _Page:
    place: int
    head: bytes
    segments: bytes
    body: bytes

    @property
    def end(self) -> int:
        return self.place + len(self.head) + len(self.segments) + len(self.body)

    @property
    def granule(self) -> int:
        """How many values the sound has up to here; -1 where no packet ends."""
        return int.from_bytes(self.head[6:14], "little", signed=True)

    @property
    def serial(self) -> bytes:
        return self.head[14:18]

    def from_segment(self, first: int) -> bytes:
        """Return the page without the segments before one at which a packet begins."""
        kept = self.segments[first:]
        head = bytearray(self.head)
        head[5] &= ~_CONTINUES & 0xFF
        head[22:26] = bytes(4)
        head[26] = len(kept)
        page = bytes(head) + kept + self.body[sum(self.segments[:first]) :]
        return page[:22] + _checksum(page).to_bytes(4, "little") + page[26:]


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet of sound.

    ``values`` is how many values of the sound lie before what it and the packet after it make together.
    """

    page: _Page
    segment: int
    values: int


@dataclass(frozen=True, slots=True)
class VorbisFile:
    """The head of a file, as it is there, and what is needed to tell its packets' lengths."""

    head: bytes
    sample_rate: int
    blocks: tuple[int, int]
    modes: tuple[int, ...]

    def packets(self, content: bytes) -> Iterator[tuple[float, Packet]]:
        """Yield the second at which each packet's sound begins, and the packet.

        They end at a page whose stamp does not agree with them: then nobody knows where they lie.
        """
        values, gained, before, begun = 0, 0, 0, list[Packet]()
        mask = (1 << (len(self.modes) - 1).bit_length()) - 1
        for page in _pages(content, len(self.head)):
            at, starts = 0, not page.head[5] & _CONTINUES
            for segment, size in enumerate(page.segments):
                if starts and (not size or page.body[at] & 1 or (mode := page.body[at] >> 1 & mask) >= len(self.modes)):
                    return
                if starts:
                    block = self.blocks[self.modes[mode]]
                    gained = (before + block) // 4 if before else 0
                    values += gained
                    begun.append(Packet(page, segment, values))
                    before = block
                at, starts = at + size, size < _FULL_SEGMENT
            if page.granule < 0 and any(size < _FULL_SEGMENT for size in page.segments):
                return
            if not begun or page.granule < 0:
                continue
            if page.granule != (values if starts else values - gained):
                return
            yield from ((packet.values / self.sample_rate, packet) for packet in begun)
            begun.clear()

    def from_packet(self, packet: Packet) -> tuple[bytes, int]:
        """Return what comes before byte n of the file for its sound to begin with a packet, and n."""
        return self.head + packet.page.from_segment(packet.segment), packet.page.end


def is_vorbis(content: bytes) -> bool:
    """Whether an Ogg file behind its tags begins with Vorbis, as far as its first page tells."""
    return _VORBIS in content[:_FIRST_PAGE_BYTES]


def vorbis_file(content: bytes) -> VorbisFile | None:
    """Read the head of an Ogg file behind its tags; None if it holds anything but Vorbis, or tells too little."""
    packets, part, end = list[bytes](), bytearray(), 0
    for page in _pages(content, 0):
        at = 0
        for size in page.segments:
            part += page.body[at : at + size]
            at += size
            if size < _FULL_SEGMENT:
                packets.append(bytes(part))
                part.clear()
        end = page.end
        if len(packets) >= _HEADERS:
            break
    if len(packets) != _HEADERS or part or [packet[:7] for packet in packets] != [_VORBIS, b"\3vorbis", b"\5vorbis"]:
        return None
    modes = _modes(packets[2])
    sizes = packets[0][28] if len(packets[0]) > 28 else 0  # noqa: PLR2004 - where the head tells them
    sample_rate = int.from_bytes(packets[0][12:16], "little")
    if not modes or not sizes or not sample_rate:
        return None
    return VorbisFile(content[:end], sample_rate, (1 << (sizes & 15), 1 << (sizes >> 4)), modes)


def _pages(content: bytes, place: int) -> Iterator[_Page]:
    """Yield the pages of one stream that follow one another without a gap."""
    serial = None
    while content[place : place + 4] == b"OggS" and place + _PAGE_HEAD_BYTES < len(content):
        head = content[place : place + _PAGE_HEAD_BYTES]
        body = place + _PAGE_HEAD_BYTES + head[26]
        segments = content[place + _PAGE_HEAD_BYTES : body]
        page = _Page(place, head, segments, content[body : body + sum(segments)])
        is_whole = len(segments) == head[26] and len(page.body) == sum(segments)
        if not is_whole or serial not in (None, page.serial):
            return
        yield page
        serial, place = page.serial, page.end


def _modes(setup: bytes) -> tuple[int, ...]:
    """Return of each mode whether its blocks are long, from the end of the setup header, as FFmpeg's parser does."""
    bits = int.from_bytes(setup[-_MODES_BYTES:], "little")
    end, found = bits.bit_length() - 1, 0  # the last bit that is set is the framing flag
    for count in range(1, _MOST_MODES + 1):
        begin = end - _MODE_BITS * count
        if begin < _COUNT_BITS or bits >> begin & _MODE_NOUGHTS:
            break
        if bits >> begin - _COUNT_BITS & (_MOST_MODES - 1) == count - 1:
            found = count
    return tuple(bits >> end - _MODE_BITS * (found - mode) & 1 for mode in range(found))


def _table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        rest = byte << 24
        for _ in range(8):
            rest = (rest << 1 ^ (_POLYNOMIAL if rest & 0x80000000 else 0)) & 0xFFFFFFFF
        table.append(rest)
    return tuple(table)


_TABLE = _table()


def _checksum(page: bytes) -> int:
    rest = 0
    for byte in page:
        rest = (rest << 8 & 0xFFFFFFFF) ^ _TABLE[rest >> 24 ^ byte]
    return rest
