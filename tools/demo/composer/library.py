"""The demo library on disk: ogg files with tags, the same bytes for the same music."""

import io
import zlib
from pathlib import Path

import mutagen.ogg
import mutagen.oggvorbis
import numpy as np
import soundfile
from numpy.typing import NDArray

from device.files.atomic_files import write_whole
from tools.demo.composer.music.plan import Piece
from tools.demo.composer.sound.oscillators import SAMPLE_RATE
from tools.demo.composer.sound.synthesis import PEAK

ARTIST = "mien"
ALBUM = "The Demo Library"

_COMPRESSION = 0.95
"""From 0 (best) to 1 (smallest) in libsndfile's count: here about 70 kbit/s in stereo."""

_FRAMES_AT_ONCE = 65_536  # libvorbis keeps what it is given on the stack


def write_piece(folder: Path, piece: Piece, samples: NDArray[np.float32]) -> Path:
    """Write one piece as a tagged ogg file and return its path.

    What a player decodes differs a little from what was encoded; if it would be louder than ``PEAK``, it is encoded
    again at the right level.

    :param samples: stereo ``(n, 2)`` at ``SAMPLE_RATE``.
    """
    data = _encoded(samples)
    while (peak := _decoded_peak(data)) > PEAK:
        samples = samples * np.float32(0.998 * PEAK / peak)
        data = _encoded(samples)
    path = folder / f"{piece.slug}.ogg"
    write_whole(path, _tagged(_with_serial(data, zlib.crc32(piece.slug.encode())), piece))
    return path


def _encoded(samples: NDArray[np.float32]) -> bytes:
    buffer = io.BytesIO()
    form = {"samplerate": SAMPLE_RATE, "channels": samples.shape[1], "format": "OGG", "subtype": "VORBIS"}
    with soundfile.SoundFile(buffer, "w", compression_level=_COMPRESSION, **form) as file:
        for first in range(0, len(samples), _FRAMES_AT_ONCE):
            file.write(samples[first : first + _FRAMES_AT_ONCE])
    return buffer.getvalue()


def _decoded_peak(data: bytes) -> float:
    samples, _ = soundfile.read(io.BytesIO(data), dtype="float32")
    return float(np.abs(samples).max())


def _with_serial(data: bytes, serial: int) -> bytes:
    """Replace the random serial number that every ogg stream is given, so that equal music gives equal files."""
    source = io.BytesIO(data)
    pages: list[bytes] = []
    while source.tell() < len(data):
        page = mutagen.ogg.OggPage(source)  # type: ignore[no-untyped-call]  # mutagen is typed in part
        page.serial = serial
        pages.append(page.write())  # type: ignore[no-untyped-call]
    return b"".join(pages)


def _tagged(data: bytes, piece: Piece) -> bytes:
    buffer = io.BytesIO(data)
    tags = mutagen.oggvorbis.OggVorbis(buffer)  # type: ignore[no-untyped-call]
    tags["title"], tags["artist"], tags["album"], tags["license"] = piece.title, ARTIST, ALBUM, "CC0-1.0"
    buffer.seek(0)
    tags.save(buffer)
    return buffer.getvalue()
