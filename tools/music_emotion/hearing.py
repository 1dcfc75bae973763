"""How a song's file becomes the excerpts that the music model hears: the same for analysis, training and evaluation."""

from pathlib import Path

from tools.errors import AudioError
from tools.music_emotion.log_mel import PATCH_LENGTH, SAMPLE_RATE
from tools.song_library.decode import decode
from tools.song_library.excerpts import Excerpts, spread_excerpts


def excerpts_of(path: Path) -> Excerpts:
    """Decode a file and choose its excerpts, ``(n, PATCH_LENGTH)`` mono at ``SAMPLE_RATE``, n from 1 to 16.

    :raises AudioError: if it cannot be read or decoded, or nothing is to be heard in it.
    """
    excerpts = spread_excerpts(decode(path, sample_rate=SAMPLE_RATE), length=PATCH_LENGTH, sample_rate=SAMPLE_RATE)
    if not len(excerpts.audio):
        what = f"{path}: nothing but silence"
        raise AudioError(what, mend="leave it: it is passed over")
    return excerpts
