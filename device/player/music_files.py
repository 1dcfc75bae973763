"""Which files are music, by their names: what is analysed, copied to a box, and played."""

import os

SUFFIXES = frozenset({".aac", ".aif", ".aiff", ".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".wav"})
"""In lower case; files are taken in any."""


def is_music(name: str) -> bool:
    """Whether a file's name, or its path, is one of music."""
    return os.path.splitext(name)[1].lower() in SUFFIXES  # noqa: PTH122 - a Path for each of 20,000 names costs more
