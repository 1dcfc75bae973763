"""How a song's file becomes the excerpts that a music model hears: the same for analysis, training and evaluation."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.audio.decode import decode
from tools.audio.ending import leading_silence, trailing_silence
from tools.audio.excerpts import Excerpts, evenly_spaced_excerpts
from tools.audio.loudness import loudness_meter
from tools.audio.seeking import skim_excerpts
from tools.errors import AudioError
from tools.music_emotion.model.music_model import Hearing

INPUT_VERSION = 2
"""Raise it whenever the excerpts of a song, the choice for the networks, their log-mel or their tonality change: songs
are listened to again then."""

_MOST_FOR_NETWORKS = 8


def excerpts_of(path: Path, hearing: Hearing) -> Excerpts:
    """Decode a file and choose its excerpts, ``(n, length)`` mono at the sample rate that is heard, n from 1 to 16.

    Of a song that is much longer than all of them little more than they is decoded. Its loudness is measured on what
    is, and the silence at its ends.

    :raises AudioError: if it cannot be read or decoded, or nothing is to be heard in it.
    """
    rule = {"length": hearing.length, "sample_rate": hearing.sample_rate}
    excerpts = skim_excerpts(path, **rule)
    if excerpts is None:
        with loudness_meter() as meter:
            blocks = decode(path, sample_rate=hearing.sample_rate, watch=meter.hear)
            excerpts = replace(evenly_spaced_excerpts(blocks, **rule), loudness=meter.result())
        trailing = min(excerpts.trailing_silence, trailing_silence(path, excerpts.seconds))
        excerpts = replace(excerpts, trailing_silence=trailing)
    if excerpts.leading_silence:
        leading = min(excerpts.leading_silence, leading_silence(path))
        excerpts = replace(excerpts, leading_silence=leading)
    if not len(excerpts.audio):
        what = f"{path}: nothing but silence"
        raise AudioError(what, mend="leave it: it is passed over")
    return excerpts


def for_networks(excerpts: NDArray[np.float32]) -> NDArray[np.float32]:
    """Choose the excerpts that networks hear: all, or every second one of more than eight.

    musicnn-va's tonality, which costs a fifth of them, is taken of all excerpts and needs them: on 44 songs of one to
    ten minutes the r of valence with what all overlapping excerpts say is .977 if the tonality makes do with 8 of 16,
    and .993 if the networks do.

    :param excerpts: ``(n, length)``, n up to 16.
    """
    return excerpts[:: -(-len(excerpts) // _MOST_FOR_NETWORKS)]
