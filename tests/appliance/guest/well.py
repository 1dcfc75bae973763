"""Says, once the daemon is ready, whether all is well with the box: one JSON object. Run by the box's own Python."""

import hashlib
import json
import sqlite3
import time
from pathlib import Path

from device.errors import ControlError
from device.releases.manifest import verify
from device.status.control_socket import ask

RELEASES = Path("/var/lib/mien/releases")
HISTORY = Path("/var/lib/mien/state/history.sqlite")
SETTINGS = Path("/etc/mien/mien.toml")
SOCKET = Path("/run/mien/control.sock")
PATIENCE_SECONDS = 200


def daemon_status() -> dict[str, object]:
    """Wait for the daemon, and return what it says of itself."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return dict(ask(SOCKET, {"command": "status"}))
        except ControlError:
            if time.monotonic() > until:
                raise
            time.sleep(0.3)


def main() -> None:
    """Look at everything that a cut could have torn."""
    status = daemon_status()
    with sqlite3.connect(HISTORY) as history:
        [[verdict]] = history.execute("PRAGMA integrity_check").fetchall()
        [[entries]] = history.execute("SELECT count(*) FROM entries").fetchall()
    seen = {
        "release": verify((RELEASES / "current").resolve()).release_id,  # every file by its hash
        "status": status,
        "history": verdict,
        "entries": entries,
        "settings": hashlib.sha256(SETTINGS.read_bytes()).hexdigest(),
    }
    print(json.dumps(seen))


main()
