"""What systemd does for the box: hears whether the daemon lives, powers the machine off, starts the daemon again."""

import logging
import os
import subprocess
from contextlib import suppress

from device.appliance.host import Supervisor
from device.errors import MienError
from device.files.untrusted import plain
from device.status.service_word import MENDING, SERVICE

_log = logging.getLogger(__name__)

_LONGEST_WORDS = 1000


class SystemdSupervisor:
    """Speaks to the systemd unit that started this process (Type=notify, WatchdogSec)."""

    def __init__(self) -> None:
        """Load systemd's own bindings.

        :raises MienError: if they are missing, since the unit would then never become ready.
        """
        try:
            from systemd import daemon  # noqa: PLC0415 - only where systemd asks for it
        except ImportError as error:
            what = "systemd waits to be notified, and its Python bindings are missing"
            raise MienError(what, mend="sudo apt install python3-systemd") from error
        self._notify = daemon.notify

    def ready(self, status: str) -> None:
        """Report READY=1 and a status line."""
        self._tell(f"READY=1\nSTATUS={plain(status)}")  # a line of its own would be a message to systemd

    def alive(self) -> None:
        """Feed the watchdog."""
        self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """Report STOPPING=1."""
        self._tell("STOPPING=1")

    def say(self, status: str) -> None:
        """Report a status line."""
        self._tell(f"STATUS={plain(status)}")

    def _tell(self, words: str) -> None:
        try:
            self._notify(words)
        except OSError as error:  # whoever does not hear it will act on that; the song goes on
            _log.warning("systemd does not hear %r (%s)", words, error)


class NoSupervisor:
    """Stands where nobody watches: started by hand, from a terminal or a test."""

    def ready(self, status: str) -> None:
        """Log the status."""
        _log.info("ready: %s", status)

    def alive(self) -> None:
        """Nobody asks."""

    def stopping(self) -> None:
        """Log the end."""
        _log.info("stopping")


class SystemdPower:
    """Asks systemd for a clean power-off."""

    def off(self) -> None:
        """Begin to shut down; a refusal is logged."""
        _ask("poweroff", refusal="the machine does not shut down")


def find_supervisor() -> Supervisor:
    """Return systemd if it waits on its notify socket, else nobody."""
    return SystemdSupervisor() if os.environ.get("NOTIFY_SOCKET") else NoSupervisor()


def leave_word(error: Exception) -> None:
    """Tell systemd why the daemon cannot go on; it keeps the words for whoever asks when the daemon is gone."""
    if not os.environ.get("NOTIFY_SOCKET"):
        return
    what, mend = (error.what, error.mend) if isinstance(error, MienError) else (f"{type(error).__name__}: {error}", "")
    words = plain(what.replace("\n", "; "), most=_LONGEST_WORDS)
    advice = f"{MENDING}{plain(mend, most=_LONGEST_WORDS)}" if mend else ""
    with suppress(MienError):  # without systemd's bindings it stands in the journal only
        SystemdSupervisor().say(f"{words}{advice}")


def start_daemon() -> None:
    """Ask systemd to start the daemon again, however often it tried before; a refusal is logged.

    The daemon's unit has the lamp stopped before it starts, so that the panel's lines are free.
    """
    _ask("reset-failed", SERVICE, refusal="the daemon is not started again")
    _ask("start", "--no-block", SERVICE, refusal="the daemon is not started again")


def _ask(*words: str, refusal: str) -> None:
    command = ["systemctl", "--no-ask-password", *words]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)  # noqa: S603 - constant
    if finished.returncode:
        _log.error("%s: %s", refusal, finished.stderr.strip())
