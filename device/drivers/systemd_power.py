"""Shutting the machine down, as logind and polkit allow it to the service's user."""

import logging
import subprocess

_log = logging.getLogger(__name__)


class SystemdPower:
    """Asks systemd for a clean power-off."""

    def off(self) -> None:
        """Begin to shut down; a refusal is logged."""
        command = ["systemctl", "--no-ask-password", "poweroff"]
        finished = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)  # noqa: S603 - constant
        if finished.returncode:
            _log.error("the machine does not shut down: %s", finished.stderr.strip())
