"""What can go wrong, as one small tree.

    MienError                   what happened, how to mend it, and the exit code for a command line
    ├── ConfigurationError      the settings file is unreadable or holds wrong keys or values
    ├── ReleaseError            a release is incomplete or does not match its manifest
    │   ├── ModelError          a model file or its card is missing, truncated or of another kind
    │   └── SongTableError      the song table is missing, damaged or of another schema
    ├── CameraError             the camera is absent, vanished, or its clip ended early
    │   └── CameraStalledError  the camera is there and gives no frames; starting it again may help
    ├── PlayerError             libvlc is missing, or does not answer
    │   ├── SoundCardError      there is no sound card, or not the one that the settings name
    │   │   └── MutedError      it plays, and nothing is heard: a mixer or the volume is down
    │   └── SongFileError       a song's file is missing, or cannot be played
    ├── PanelError              the button or the LED cannot be used
    ├── ControlError            no daemon answers on the control socket
    │   ├── NotRunningError     there is none: it was stopped, or nobody started it
    │   ├── GivenUpError        it does not start: systemd has given it up or tries again, and says why
    │   └── VersionError        one of another version answers
    ├── LaterFileError          a file in the state folder was written by a later mien
    └── AccessError             this user may not use a file: the control socket, the history

Drivers translate their library's exceptions into these with ``raise … from``; only the command lines and the daemon's
outermost loop catch :class:`MienError` itself. An error's words often quote what somebody else has written, so they are
cleaned where every error is made: nothing in them is obeyed by a terminal, or looks like a line of its own.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from device.files.access import why_refused
from device.files.untrusted import printable


class MienError(Exception):
    """Something that a person can mend.

    ``what`` names the thing that is wrong, in one line, or in a line for each if there are several; ``mend`` says in
    one sentence what to do about it.
    """

    exit_code = 1

    def __init__(self, what: str | Sequence[str], *, mend: str) -> None:
        lines = [what] if isinstance(what, str) else what
        self.what = "\n".join(map(printable, lines))
        self.mend = printable(mend)
        super().__init__(self.what)

    def document(self) -> dict[str, str]:
        """Return what went wrong and how to mend it, as answers and ``mien status`` tell it."""
        return {"what": self.what, "mend": self.mend}

    def __reduce__(self) -> tuple[Callable[..., "MienError"], tuple[type["MienError"], list[str], str]]:
        """Travel whole between processes, which the keyword would not survive by itself."""
        return _rebuild, (type(self), self.what.split("\n"), self.mend)

    def __str__(self) -> str:
        return f"{self.what}\n  mend: {self.mend}"


def _rebuild(kind: type[MienError], what: Sequence[str], mend: str) -> MienError:
    return kind(what, mend=mend)


class ConfigurationError(MienError):
    """The settings are unusable; ``what`` lists every problem found, one a line."""

    exit_code = 78  # EX_CONFIG of sysexits.h


class ReleaseError(MienError):
    """A release folder is incomplete, or a file in it is not the one its manifest describes."""

    exit_code = 65  # EX_DATAERR


class ModelError(ReleaseError):
    """A model file or its card cannot be used."""


class SongTableError(ReleaseError):
    """A song table cannot be used."""


class CameraError(MienError):
    """The camera gave no picture."""

    exit_code = 74  # EX_IOERR


class CameraStalledError(CameraError):
    """The camera stopped giving pictures without going away."""


class PlayerError(MienError):
    """The song could not be played."""

    exit_code = 74


class SoundCardError(PlayerError):
    """There is nothing to play the song on."""


class MutedError(SoundCardError):
    """What is played is not heard, whatever the card says of it: a mixer or the volume stands in the way."""


class SongFileError(PlayerError):
    """There is no song to play."""


class PanelError(MienError):
    """The button or the LED cannot be used."""

    exit_code = 74


class ControlError(MienError):
    """The daemon cannot be reached, or refused a request."""

    exit_code = 69  # EX_UNAVAILABLE


class NotRunningError(ControlError):
    """There is no daemon; one that is there and does not answer is another matter."""


class GivenUpError(ControlError):
    """The daemon does not start, however often systemd tries or has tried."""


class VersionError(ControlError):
    """The daemon is of another version than this command, and speaks otherwise."""


class LaterFileError(MienError):
    """A file in the state folder was written by a later mien: it is not read, and not written over either."""


class AccessError(MienError):
    """The system does not let this user at a file.

    No ControlError: whoever may not ask the daemon knows nothing of whether it runs.
    """

    exit_code = 77  # EX_NOPERM

    @classmethod
    def of(cls, path: Path, wanted: int = os.R_OK) -> "AccessError | None":
        """Say why ``path`` cannot be used and what to do, mostly to join its group; None if nothing refuses any more.

        :param wanted: ``os.R_OK`` or ``os.W_OK``; the control socket has to be writable.
        """
        refusal = why_refused(path, wanted)
        return cls(f"{path}: {refusal.what}", mend=refusal.mend) if refusal else None
