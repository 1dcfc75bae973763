"""Decodes a file of music into mono sound, block by block. This is where PyAV (FFmpeg) is used."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from device.errors import SongFileError
from device.player.song_file import open_song, song_kind
from tools.errors import AudioError

MOST_DAMAGED_SHARE = 0.1
"""A file of which a larger share of packets cannot be decoded is not worth playing."""

_MEND = "replace the file, or leave it: it is passed over"

_OPTIONS = {"format_whitelist": "aac,aiff,flac,loas,mov,mp3,ogg,wav", "protocol_whitelist": "file"}
"""FFmpeg may read these formats and open no other file, so that no playlist is followed anywhere."""


@contextmanager
def open_audio(path: Path) -> Iterator[av.container.InputContainer]:
    """Open a file of music by its content, as the player on a box will; what that refuses is refused here too.

    :raises AudioError: if it is no song, or a playlist.
    """
    try:
        with open_song(path) as file:
            kind, why = song_kind(file)
    except (SongFileError, OSError) as error:
        what = error.what if isinstance(error, SongFileError) else f"{path}: cannot be read ({error.strerror})"
        raise AudioError(what, mend=_MEND) from error
    if kind is None:
        what = f"{path}: {why}"
        raise AudioError(what, mend=_MEND)
    with av.open(str(path), metadata_errors="replace", options=_OPTIONS) as container:
        yield container


def decode(
    path: Path, *, sample_rate: int, watch: Callable[[av.AudioFrame], None] = lambda _: None
) -> Iterator[NDArray[np.float32]]:
    """Yield a file's sound as mono blocks ``(n,)``, in [-1, 1], resampled.

    Channels are averaged, and values that are no numbers become silence.

    Memory does not grow with the file's length. Damaged packets are left out, as players do.

    :param sample_rate: of the result, in hertz.
    :param watch: is shown every frame as it is decoded, with all channels, before it is resampled.
    :raises AudioError: if the file holds no sound, is not a file of sound, or too much of it is damaged; also in the
        middle.
    """
    try:
        with open_audio(path) as container:
            if not container.streams.audio:
                what = f"{path}: holds no sound"
                raise AudioError(what, mend=_MEND)
            resampler = av.AudioResampler(format="fltp", rate=sample_rate)
            for frame in _frames(path, container, container.streams.audio[0]):
                watch(frame)
                yield from mono(resampler.resample(frame))
            yield from mono(resampler.resample(None))
    except (FFmpegError, ValueError) as error:  # ValueError: the sample rate or the channels change on the way
        what = f"{path}: cannot be decoded ({error.strerror if isinstance(error, FFmpegError) else error})"
        raise AudioError(what, mend=_MEND) from error


def mono(frames: list[av.AudioFrame]) -> Iterator[NDArray[np.float32]]:
    """Average the channels of resampled frames, each ``(n,)``; what is no number becomes silence."""
    for frame in frames:
        yield np.nan_to_num(frame.to_ndarray().mean(axis=0, dtype=np.float32), posinf=0.0, neginf=0.0)


def _frames(
    path: Path, container: av.container.InputContainer, stream: av.audio.stream.AudioStream
) -> Iterator[av.AudioFrame]:
    packets = damaged = decoded = 0
    for packet in container.demux(stream):
        packets += packet.size > 0
        try:
            for frame in stream.decode(packet):
                decoded += 1
                yield frame
        except FFmpegError:
            damaged += 1
    if not decoded or damaged > MOST_DAMAGED_SHARE * packets:
        what = f"{path}: {damaged} of {packets} packets are damaged" if decoded else f"{path}: holds no sound"
        raise AudioError(what, mend=_MEND)
