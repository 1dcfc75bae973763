"""Hands a file without its beginning to libvlc, which asks for it piece by piece."""

import ctypes
import os
from collections import deque
from typing import Any, BinaryIO

from device.player.beginning.cut import Cut

_MOST_BYTES = 1 << 16
"""Given at a time: libvlc asks for megabytes."""
_FAILED = -1

_in_use: set["CutStream"] = set()
"""Opened by libvlc, and not closed yet."""

_kept: deque["CutStream"] = deque(maxlen=8)
"""The last ones, whoever else forgets them: libvlc may open one late, and none may go while it is being called."""


class CutStream:
    """One file from a cut on; libvlc's own thread reads it, from when it opens it until it closes it."""

    def __init__(self, vlc: Any, file: BinaryIO, cut: Cut) -> None:  # noqa: ANN401 - python-vlc has no types
        """Take the module ``vlc`` and an open file, of which a descriptor of its own is kept until libvlc closes it."""
        self._file, self._cut, self._place, self._descriptor = file, cut, 0, _FAILED
        kinds = vlc.CallbackDecorators
        pointer, size = ctypes.c_void_p, ctypes.c_uint64
        # python-vlc's own types would copy what is to be written into
        read = ctypes.CFUNCTYPE(ctypes.c_ssize_t, pointer, pointer, ctypes.c_size_t)(self._read)
        seek = ctypes.CFUNCTYPE(ctypes.c_int, pointer, size)(self._seek)
        close = ctypes.CFUNCTYPE(None, pointer)(self._close)
        self._callbacks = (
            kinds.MediaOpenCb(self._open),
            ctypes.cast(read, kinds.MediaReadCb),
            ctypes.cast(seek, kinds.MediaSeekCb),
            ctypes.cast(close, kinds.MediaCloseCb),
        )
        _kept.append(self)

    def media(self, instance: Any) -> Any:  # noqa: ANN401
        """Make libvlc's medium of it."""
        return instance.media_new_callbacks(*self._callbacks, None)

    def _open(self, _opaque: object, _data: object, size: Any) -> int:  # noqa: ANN401
        try:
            self._close(None)
            self._descriptor, self._place = os.dup(self._file.fileno()), 0
            size[0] = os.fstat(self._descriptor).st_size - self._cut.resumes_at + len(self._cut.head)
        except (OSError, ValueError):  # ValueError: the song was taken away, and its file closed
            return _FAILED
        _in_use.add(self)
        return 0

    def _read(self, _opaque: object, into: int, wanted: int) -> int:
        head, at, most = self._cut.head, self._place, min(wanted, _MOST_BYTES)
        try:
            part = head[at : at + most] or os.pread(self._descriptor, most, self._cut.resumes_at + at - len(head))
        except OSError:  # a drive that fails
            return _FAILED
        ctypes.memmove(into, part, len(part))
        self._place += len(part)
        return len(part)

    def _seek(self, _opaque: object, place: int) -> int:
        self._place = place
        return 0

    def _close(self, _opaque: object) -> None:
        if self._descriptor != _FAILED:
            os.close(self._descriptor)
        self._descriptor = _FAILED
        _in_use.discard(self)
