"""Whether ALSA opens a device for sound as libvlc will: asked of libasound itself, at a moment when nothing plays."""

import ctypes
import errno
from dataclasses import dataclass
from enum import Enum
from functools import cache

_PLAYBACK = 0
_NONBLOCK = 1  # a busy card says so, and nobody waits for it
_INTERLEAVED = 3
_S16_LE = 2
_CHANNELS, _RATE, _LATENCY_MICROSECONDS = 2, 48_000, 200_000

NOT_SUPPORTED = 524
"""ENOTSUPP, of the kernel's own numbers: vc4-hdmi says it where no screen is connected."""


class Refusal(Enum):
    """Why a device takes no sound."""

    BUSY = "another program has it"
    NO_SCREEN = "no screen is connected"
    NO_FORMAT = "it takes none of the formats that sound comes in"
    NOT_THERE = "it is not there"
    UNKNOWN = "it cannot be opened"


@dataclass(frozen=True, slots=True)
class OpeningFailure:
    """What libasound said: the kind, and its own words."""

    refusal: Refusal
    words: str


def try_opening(device: str) -> OpeningFailure | None:
    """Open a device by its ALSA name, ask it for stereo of 48 kHz, and close it; None if that went well.

    Where libasound cannot be loaded, nothing is known of it, and nothing is said against it.
    """
    library = _libasound()
    if library is None:
        return None
    library.snd_lib_error_set_handler(_SILENT)  # else it writes to standard error
    try:
        return _try_opening(library, device)
    finally:
        library.snd_lib_error_set_handler(None)


def _try_opening(library: ctypes.CDLL, device: str) -> OpeningFailure | None:
    stream = ctypes.c_void_p()
    code = library.snd_pcm_open(ctypes.byref(stream), device.encode(), _PLAYBACK, _NONBLOCK)
    if code < 0:
        return OpeningFailure(_of_opening(-code), _words(library, code))
    code = library.snd_pcm_set_params(stream, _S16_LE, _INTERLEAVED, _CHANNELS, _RATE, 1, _LATENCY_MICROSECONDS)
    library.snd_pcm_close(stream)
    if code >= 0:
        return None
    refusal = Refusal.NO_FORMAT if code == -errno.EINVAL else _of_opening(-code)
    return OpeningFailure(refusal, _words(library, code))


def _of_opening(number: int) -> Refusal:
    match number:
        case errno.EBUSY | errno.EAGAIN:
            return Refusal.BUSY
        case number if number == NOT_SUPPORTED:
            return Refusal.NO_SCREEN
        case errno.ENOENT | errno.ENODEV | errno.ENXIO:
            return Refusal.NOT_THERE
        case _:
            return Refusal.UNKNOWN


def _words(library: ctypes.CDLL, code: int) -> str:
    said: bytes = library.snd_strerror(code)
    return said.decode(errors="replace")


_Handler = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p)
_SILENT = _Handler(lambda *_: None)  # kept for good: another thread may be on its way into it


@cache
def _libasound() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL("libasound.so.2")
    except OSError:
        return None
    library.snd_strerror.restype = ctypes.c_char_p
    library.snd_pcm_open.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_int]
    library.snd_pcm_set_params.argtypes = [
        ctypes.c_void_p,
        *[ctypes.c_int] * 2,
        *[ctypes.c_uint] * 2,
        ctypes.c_int,
        ctypes.c_uint,
    ]
    library.snd_pcm_close.argtypes = [ctypes.c_void_p]
    return library
