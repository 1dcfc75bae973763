"""Shutting the machine down, and starting a daemon that was given up, as polkit allows them to the service's user."""

import logging
import subprocess

_log = logging.getLogger(__name__)

_SERVICE = "mien.service"


class SystemdPower:
    """Asks systemd for a clean power-off."""

    def off(self) -> None:
        """Begin to shut down; a refusal is logged."""
        _ask("poweroff", refusal="the machine does not shut down")


def start_daemon() -> None:
    """Ask systemd to start the daemon anew, however often it tried before; a refusal is logged.

    The daemon's unit has the lamp stopped before it starts, so that the panel's lines are free.
    """
    _ask("reset-failed", _SERVICE, refusal="the daemon is not started anew")
    _ask("start", "--no-block", _SERVICE, refusal="the daemon is not started anew")


def _ask(*words: str, refusal: str) -> None:
    command = ["systemctl", "--no-ask-password", *words]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)  # noqa: S603 - constant
    if finished.returncode:
        _log.error("%s: %s", refusal, finished.stderr.strip())
