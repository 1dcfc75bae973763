"""Naming the cause of what went wrong, and what a person can do about it."""

from device.errors import CameraError, MienError, PlayerError
from device.events import Cause, Fault
from device.interfaces import PlaybackEnd


def fault_of(error: Exception) -> Fault:
    """Name the cause of an exception, and what a person can do about it."""
    if isinstance(error, MienError):
        causes = {CameraError: Cause.CAMERA, PlayerError: Cause.SOUND}
        cause = next((cause for kind, cause in causes.items() if isinstance(error, kind)), Cause.SOFTWARE)
        return Fault(cause, error.what, error.mend)
    what = f"{type(error).__name__}: {error}"
    return Fault(Cause.SOFTWARE, what, "press again; if it stays, look at: journalctl -u mien")


def playback_fault(song: str, end: PlaybackEnd, why: str) -> Fault:
    """Name the fault of a song that did not come to its end: the sound card's or the file's."""
    if end is PlaybackEnd.NO_SOUND:
        mend = "check the sound card and its plug, and name it as card under [sound] (aplay -l lists them)"
        return Fault(Cause.SOUND, why, mend)
    return Fault(Cause.SONGS, f"{song}: {why}", "copy this song again, or analyse the library anew")
