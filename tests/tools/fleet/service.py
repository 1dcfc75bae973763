"""A double of systemctl for one box: service.py BOX restart mien.

Like systemd with the unit of deploy/, it calls ``mien release settle`` before each start, starts the daemon again when
it ended, and returns from restart when the daemon is ready, or with 1 when its first start failed.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

STARTS = 5
SECONDS = 100
"""As tests/waiting.py has it, which this cannot import: it runs by its path."""


def main(folder: Path, *words: str) -> int:
    if words[0] == "keep":
        keep(folder)
        return 0
    with (folder / "systemctl.log").open("a") as log:
        log.write(" ".join(words) + "\n")
    if words[0] == "restart":
        stop(folder)
        return start(folder)
    return 0


def stop(folder: Path) -> None:
    """End the keeper, which takes its daemon along."""
    with suppress(OSError, ValueError):
        number = int((folder / "service.pid").read_text())
        os.kill(number, signal.SIGTERM)
        while Path(f"/proc/{number}").exists():
            time.sleep(0.01)


def start(folder: Path) -> int:
    """Start a keeper, and wait until its daemon is ready or has ended."""
    log = folder / "daemon.log"
    log.write_text("")
    with log.open("a") as output:
        subprocess.Popen(
            [sys.executable, __file__, str(folder), "keep"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        said = log.read_text()
        if ": ready: " in said:
            return 0
        if "ended with" in said:
            break
        time.sleep(0.02)
    sys.stderr.write("Job for mien.service failed because the control process exited with error code.\n")
    return 1


def keep(folder: Path) -> None:
    """Keep the daemon running."""
    (folder / "service.pid").write_text(str(os.getpid()))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    mien = str(folder / "bin" / "mien")
    for _ in range(STARTS):
        subprocess.run([mien, "release", "settle"], check=False)
        daemon = subprocess.Popen([mien, "run"])
        try:
            sys.stdout.write(f"the daemon ended with {daemon.wait()}\n")
            sys.stdout.flush()
        finally:
            daemon.terminate()
            daemon.wait()
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
