"""What a file's tags say of its loudness, and whether to believe them. mutagen is used here.

    REPLAYGAIN_TRACK_GAIN   decibels to -18 LUFS, "-7.89 dB", with REPLAYGAIN_TRACK_PEAK, an amplitude (ReplayGain 2.0)
    R128_TRACK_GAIN         256ths of a decibel to -23 LUFS, in Opus (RFC 7845)

In Vorbis comments by these names, in ID3 as TXXX, in MP4 as ----:com.apple.iTunes, in an MP3 as APEv2 too (mp3gain).
"""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mutagen
from mutagen.apev2 import APEv2

from device.player.levels import Loudness
from tools.audio.loudness import credible

REPLAYGAIN_LUFS = -18.0
R128_LUFS = -23.0
AGREEMENT_LU = 0.5
"""Tags that are further off what was measured are not believed: of another master, of an album, by an older rule, or
wrong. So far the measure of a song's excerpts is right for nearly all songs."""

_GAIN, _PEAK, _R128_GAIN = "replaygain_track_gain", "replaygain_track_peak", "r128_track_gain"
_NUMBER = re.compile(r"\s*([+-]?\d{1,6}(?:\.\d{1,9})?)\s*(?:db)?\s*", re.IGNORECASE)


def believed(path: Path, measured: Loudness | None) -> Loudness | None:
    """Return the loudness that a file's tags state if the measure agrees, else the measure.

    A tag is of the whole song, so that its peak counts where it is larger.
    """
    if measured is None:
        return None
    stated = stated_loudness(path)
    if stated is None or abs(stated.integrated - measured.integrated) > AGREEMENT_LU:
        return measured
    return Loudness(stated.integrated, max(stated.true_peak, measured.true_peak))


def stated_loudness(path: Path) -> Loudness | None:
    """Read what a file's tags say of its loudness. Never fails; None if they say nothing that can be.

    Where they name no peak it is that of silence, which counts for nothing.
    """
    fields: dict[str, float] = {}
    for name, text in _texts(path):
        number = _NUMBER.fullmatch(text)
        if number:
            fields.setdefault(name, float(number[1]))
    peak = fields.get(_PEAK) or 1e-6
    if _GAIN in fields:
        return credible(REPLAYGAIN_LUFS - fields[_GAIN], peak)
    return credible(R128_LUFS - fields.get(_R128_GAIN, math.inf) / 256, peak)


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the names, in small letters, and the texts of the tags that may say it."""
    for read in (mutagen.File, APEv2):
        try:
            stored: Any = read(path)
            tags: Any = getattr(stored, "tags", None) or stored or {}
            entries = list(tags.items())
        except Exception:  # noqa: BLE001 - a damaged or missing tag makes mutagen raise errors of any kind
            entries = []
        for key, value in entries:
            name = str(key).lower().rpartition(":")[2]
            if name in {_GAIN, _PEAK, _R128_GAIN}:
                values = getattr(value, "text", value)
                first = values[0] if isinstance(values, list) and values else values
                yield name, first.decode(errors="replace") if isinstance(first, bytes) else str(first)
