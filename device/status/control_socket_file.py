"""The file by which the daemon is found: a lock for as long as the daemon lives, and the socket itself.

Whether somebody answers does not say whether somebody lives there: a daemon may be stopped, or as many wait as can. So
a lock decides who has the name. Its file is the daemon's alone, since whoever may open it can hold it, and nobody of
the socket's group is to keep a daemon from starting.
"""

import fcntl
import os
import socket
from contextlib import suppress
from pathlib import Path

from device.errors import ControlError

_WAITING_CONNECTIONS = 64
"""How many wait in line while the daemon does something else; a flood is let in and shown out one by one."""

_LOCK_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

_Identity = tuple[int, int]


class ControlSocketFile:
    """A name in the file system at which one daemon at most can be asked; :meth:`close` gives it back."""

    def __init__(self, path: Path) -> None:
        """Take the name, which makes no socket yet.

        :raises ControlError: if another daemon has it, or the folder cannot be written.
        """
        self.path = path
        self._lock: int | None = None
        self._made: _Identity | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._hold_lock()
        except (OSError, ValueError) as error:  # a name that holds a zero, or is none
            raise _unusable(path, error) from error

    @property
    def is_there(self) -> bool:
        """Whether the socket that was made last still lies under the name."""
        return self._made is not None and _identity_of(self.path) == self._made

    def listen(self) -> socket.socket:
        """Make the socket, and return it listening; one that a dead daemon left, or that was removed, is replaced.

        :raises ControlError: if another daemon has the name by now, something else lies there, or it cannot be made.
        """
        listener = socket.socket(socket.AF_UNIX)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._hold_lock()
            _refuse_to_replace_a_living_one(self.path)
            if self.path.is_socket():  # anything else is somebody's file, on which binding fails
                self.path.unlink()
            listener.settimeout(0)
            listener.bind(str(self.path))
            self._made = _identity_of(self.path)
            self.path.chmod(0o660)
            listener.listen(_WAITING_CONNECTIONS)  # nobody comes in before this, whatever the umask is
        except (OSError, ValueError) as error:
            listener.close()
            raise _unusable(self.path, error) from error
        except BaseException:
            listener.close()
            raise
        return listener

    def close(self) -> None:
        """Remove the socket, if it is still ours, and give the name back."""
        with suppress(OSError):
            if self.is_there:
                self.path.unlink()
        self._made = None
        if self._lock is not None:
            with suppress(OSError):
                if _identity_of(_lock_of(self.path)) == _identity(os.fstat(self._lock)):
                    _lock_of(self.path).unlink()
            os.close(self._lock)
            self._lock = None

    def _hold_lock(self) -> None:
        """Hold the lock that lies beside the socket now, for somebody may have removed the one that was held.

        :raises ControlError: if another daemon holds it.
        :raises OSError: if it cannot be made.
        """
        held = self._lock
        if held is not None and _identity_of(_lock_of(self.path)) == _identity(os.fstat(held)):
            return
        self._lock = _taken_lock(self.path)
        if held is not None:
            os.close(held)


def _taken_lock(path: Path) -> int:
    """Lock the file beside ``path``, and return its descriptor."""
    while True:
        descriptor = os.open(_lock_of(path), _LOCK_FLAGS, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _identity_of(_lock_of(path)) == _identity(os.fstat(descriptor)):
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            raise _taken(path) from None
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # whoever held it before has removed it at the end; there may be a new one by now


def _refuse_to_replace_a_living_one(path: Path) -> None:
    """Look for somebody who listens there and holds no lock: another program, or a daemon whose lock was removed.

    :raises ControlError: if somebody does.
    :raises OSError: if that cannot be known.
    """
    with socket.socket(socket.AF_UNIX) as asker:
        asker.settimeout(0)
        try:
            asker.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return
        except BlockingIOError:  # as many wait already as can
            pass
    raise _taken(path)


def _lock_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


def _identity_of(path: Path) -> _Identity | None:
    try:
        return _identity(path.lstat())
    except OSError:
        return None


def _identity(facts: os.stat_result) -> _Identity:
    return facts.st_dev, facts.st_ino


def _taken(path: Path) -> ControlError:
    what = f"{path}: another mien daemon is running"
    return ControlError(what, mend="stop it first: systemctl stop mien, or end its process")


def _unusable(path: Path, error: Exception) -> ControlError:
    words = getattr(error, "strerror", None) or error
    what = f"{path}: the control socket cannot be made ({words})"
    return ControlError(what, mend="name a short path in a writable folder as [paths] control_socket")
