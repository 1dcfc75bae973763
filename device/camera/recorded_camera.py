"""A clip or a folder of pictures in the place of a camera: for demonstrations, development and tests."""

import errno
import os
import time
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from device.camera.camera import Frame, Luma
from device.camera.greyscale import grey
from device.errors import AccessError, CameraError

_PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".pgm", ".webp"}
_MOST_DROPPED_SECONDS = 1.0  # a reader may be this late before it is given an old frame rather than none


@dataclass(frozen=True, slots=True)
class _Recording:
    """One pass over a recording: its frames, from timestamp 0, and the usual time between two of them in seconds."""

    frames: Generator[Frame]
    interval: float


class RecordedCamera:
    """Gives the frames of a recording with its own timestamps.

    Paced, it behaves as a camera does: a frame is there when its time has come, and a reader who is late finds the
    newest one, the frames in between being dropped. Not paced, every frame comes, as fast as it can be decoded.
    """

    def __init__(self, path: Path, *, paced: bool, loop: bool, frames_per_second: float = 10.0) -> None:
        """Name the recording; nothing is opened yet.

        :param path: a video file, or a folder of pictures, which are shown in the order of their names.
        :param paced: whether frames come at the recording's true pace.
        :param loop: whether the recording starts again when it ends; the timestamps go on rising.
        :param frames_per_second: pace of a folder's pictures; a video file has its own.
        """
        self._path = path
        self._paced = paced
        self._loop = loop
        self._frames_per_second = frames_per_second

    def prepare(self) -> None:
        """Do nothing: a recording opens quickly."""

    def open(self) -> AbstractContextManager[Iterator[Frame]]:
        """Start the recording on entering, as :class:`device.camera.camera.Camera` asks.

        :raises CameraError: if there is nothing at the path that can be shown, and when the recording ends.
        """
        return self._opened()

    def close(self) -> None:
        """Do nothing: what was opened is closed already."""

    @contextmanager
    def _opened(self) -> Generator[Iterator[Frame]]:
        first = self._first_round()
        frames = self._rounds(first)
        given = self._keep_pace(frames, first.interval) if self._paced else frames
        try:
            yield given
        finally:
            given.close()
            frames.close()

    def _first_round(self) -> _Recording:
        """Start, and say of a recording that is there why it cannot be read."""
        try:
            if AccessError.of(self._path):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            return self._start()
        except OSError as error:
            what = f"{self._path}: cannot be read ({error.strerror or error})"
            mend = "let the user mien read it (the service sees no home folder), or name another under [camera]"
            raise CameraError(what, mend=mend) from error

    def _start(self) -> _Recording:
        if self._path.is_dir():
            return _open_folder(self._path, 1 / self._frames_per_second)
        return _open_clip(self._path)

    def _rounds(self, recording: _Recording) -> Generator[Frame]:
        """Every frame, again and again if looped; timestamps rise through all rounds."""
        offset = 0.0
        while True:
            ends = offset
            with closing(recording.frames) as frames:
                for frame in frames:
                    ends = offset + frame.timestamp + recording.interval
                    yield Frame(frame.luma, offset + frame.timestamp)
            if not self._loop:
                what = f"{self._path}: the recording ended after {ends:.1f} s"
                raise CameraError(what, mend="use a longer recording, or set loop = true under [camera]")
            offset = ends
            recording = self._start()

    def _keep_pace(self, frames: Iterator[Frame], interval: float) -> Generator[Frame]:
        """Wait for each frame's time; leave out a frame whose successor is due already."""
        started = time.monotonic()
        given_until = 0.0
        for frame in frames:
            late = time.monotonic() - started - frame.timestamp
            if late > interval and frame.timestamp - given_until < _MOST_DROPPED_SECONDS:
                continue
            given_until = frame.timestamp
            if late < 0:
                time.sleep(-late)
            yield frame


def _open_clip(path: Path) -> _Recording:
    if not path.is_file():
        what = f"{path}: there is no such clip"
        raise CameraError(what, mend="name a video file or a folder of pictures as recording under [camera]")
    capture = cv2.VideoCapture(str(path), cv2.CAP_ANY, [cv2.CAP_PROP_N_THREADS, 1])
    there, picture = capture.read()
    if not there:
        capture.release()
        what = f"{path}: not a clip that OpenCV can read"
        raise CameraError(what, mend="convert it, for instance with: ffmpeg -i clip.mov clip.mp4")
    rate = capture.get(cv2.CAP_PROP_FPS)
    interval = 1 / rate if rate > 0 else 1 / 25
    return _Recording(_clip_frames(capture, grey(picture), interval), interval)


def _clip_frames(capture: cv2.VideoCapture, luma: Luma, interval: float) -> Generator[Frame]:
    """Decode a clip of which the first picture has been read."""
    try:
        begins = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        timestamp, there = 0.0, True
        while there:
            yield Frame(luma, timestamp)
            there, picture = capture.read()
            if there:
                luma = grey(picture)
                own = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000 - begins
                timestamp = own if own > timestamp else timestamp + interval  # some containers keep no times
    finally:
        capture.release()


def _open_folder(folder: Path, interval: float) -> _Recording:
    pictures = sorted(path for path in folder.iterdir() if path.suffix.lower() in _PICTURES)
    if not pictures:
        what = f"{folder}: holds no pictures ({', '.join(sorted(_PICTURES))})"
        raise CameraError(what, mend="name a folder with pictures, or a video file, as recording under [camera]")
    return _Recording(_folder_frames(pictures, interval), interval)


def _folder_frames(pictures: list[Path], interval: float) -> Generator[Frame]:
    for number, path in enumerate(pictures):
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            what = f"{path}: not a picture that OpenCV can read"
            raise CameraError(what, mend="remove this file from the folder, or save it again")
        yield Frame(np.asarray(picture, dtype=np.uint8), number * interval)
