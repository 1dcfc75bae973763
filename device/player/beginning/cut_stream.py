"""Hands a file without its beginning to libvlc, which asks for it piece by piece.

libvlc's threads call Python here. An exception would not reach them, and what they would read instead of an answer is
undefined: whatever goes wrong is told as a failure, behind which libvlc ends the song.
"""

import ctypes
import os
from dataclasses import dataclass
from itertools import count
from typing import Any, BinaryIO

from device.player.beginning.cut import Cut

_MOST_BYTES = 1 << 16
"""Given at a time: libvlc asks for megabytes."""
_FAILED = -1

_in_use: set["CutStream"] = set()
"""Made into a medium, and not released yet, or still open: they may be called, and none may go meanwhile."""


@dataclass(slots=True)
class _Reading:
    descriptor: int
    place: int = 0


class CutStream:
    """One file from a cut on; libvlc's own threads read it, each opening of it at a place of its own."""

    def __init__(self, vlc: Any, file: BinaryIO, cut: Cut) -> None:  # noqa: ANN401 - python-vlc has no types
        """Take the module ``vlc`` and an open file; whoever opens the stream gets a descriptor of its own."""
        self._file, self._cut, self._released = file, cut, False
        self._readings, self._numbers = dict[int, _Reading](), count(1)
        pointer, size = ctypes.c_void_p, ctypes.c_uint64
        # python-vlc's own types would copy what is to be written into
        self._callbacks: tuple[Any, ...] = (
            vlc.CallbackDecorators.MediaOpenCb(self._open),
            ctypes.CFUNCTYPE(ctypes.c_ssize_t, pointer, pointer, ctypes.c_size_t)(self._read),
            ctypes.CFUNCTYPE(ctypes.c_int, pointer, size)(self._seek),
            ctypes.CFUNCTYPE(None, pointer)(self._close),
        )
        self._kinds = vlc.CallbackDecorators

    def media(self, instance: Any) -> Any:  # noqa: ANN401
        """Make libvlc's medium of it, which may be opened at any time from now on, until :meth:`release`."""
        _in_use.add(self)
        opens, *others = self._callbacks
        kinds = (self._kinds.MediaReadCb, self._kinds.MediaSeekCb, self._kinds.MediaCloseCb)
        # ctypes.cast would make them refer to themselves
        same = (kind(ctypes.c_void_p.from_buffer(other).value) for kind, other in zip(kinds, others, strict=True))
        return instance.media_new_callbacks(opens, *same, None)

    def release(self) -> None:
        """Let it go, once the medium was taken from its player: libvlc then has waited for the thread that read it."""
        self._released = True
        if not self._readings:
            _in_use.discard(self)
            self._callbacks = ()  # that refer to this: with its head, which may be megabytes, it goes at once

    def _open(self, _opaque: object, data: Any, size: Any) -> int:  # noqa: ANN401
        try:
            reading = _Reading(os.dup(self._file.fileno()))
        except Exception:  # noqa: BLE001 - the song was taken away, and its file closed; no descriptor is left
            return _FAILED
        try:
            left = os.fstat(reading.descriptor).st_size - self._cut.resumes_at
            size[0] = len(self._cut.head) + max(left, 0)  # the file may have been cut off meanwhile
            data[0] = number = next(self._numbers)
            self._readings[number] = reading
        except Exception:  # noqa: BLE001 - a drive that fails
            os.close(reading.descriptor)
            return _FAILED
        return 0

    def _read(self, number: int, into: int, wanted: int) -> int:
        try:
            reading, head, most = self._readings[number], self._cut.head, min(wanted, _MOST_BYTES)
            part = head[reading.place : reading.place + most] or os.pread(
                reading.descriptor, most, self._cut.resumes_at + max(reading.place - len(head), 0)
            )
            ctypes.memmove(into, part, len(part))
        except Exception:  # noqa: BLE001 - a drive that fails; a place that no file has
            return _FAILED
        reading.place += len(part)
        return len(part)

    def _seek(self, number: int, place: int) -> int:
        try:
            self._readings[number].place = place
        except Exception:  # noqa: BLE001
            return _FAILED
        return 0

    def _close(self, number: int) -> None:
        reading = self._readings.pop(number, None)
        if reading:
            os.close(reading.descriptor)
        if self._released and not self._readings:
            _in_use.discard(self)
