"""How a song's file becomes the excerpts that the music model hears: the same for analysis, training and evaluation."""

from pathlib import Path

from tools.errors import AudioError
from tools.music_emotion.log_mel import PATCH_LENGTH, SAMPLE_RATE
from tools.song_library.decode import decode
from tools.song_library.excerpts import Excerpts, spread_excerpts
from tools.song_library.skimming import skim_excerpts

HEARING_VERSION = 1
"""Raise it whenever the excerpts of a song, their log-mel or their tonality change: songs are listened to anew then."""


def excerpts_of(path: Path) -> Excerpts:
    """Decode a file and choose its excerpts, ``(n, PATCH_LENGTH)`` mono at ``SAMPLE_RATE``, n from 1 to 16.

    Of a song of more than 55 s little more than its excerpts is decoded.

    :raises AudioError: if it cannot be read or decoded, or nothing is to be heard in it.
    """
    rule = {"length": PATCH_LENGTH, "sample_rate": SAMPLE_RATE}
    excerpts = skim_excerpts(path, **rule) or spread_excerpts(decode(path, sample_rate=SAMPLE_RATE), **rule)
    if not len(excerpts.audio):
        what = f"{path}: nothing but silence"
        raise AudioError(what, mend="leave it: it is passed over")
    return excerpts
