"""The folder, outside the clone, that keeps what takes long to fetch: root file systems, wheels, packages.

It may be removed at any time; whatever is missing is made again.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

_KEY_LENGTH = 12
_KEPT_SECONDS = 30 * 24 * 3600
_KEPT_OF_A_KIND = 2
_IN_USE_SECONDS = 2 * 3600


def store_folder() -> Path:
    """Return the folder that keeps things between runs: ``MIEN_APPLIANCE_CACHE``, or the user's own cache."""
    chosen = os.environ.get("MIEN_APPLIANCE_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mien-appliance"


def key_of(parts: Iterable[str | bytes]) -> str:
    """Return a short hash of everything that decides what is made."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8) + data)
    return digest.hexdigest()[:_KEY_LENGTH]


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """Return the folder ``name`` of the store; if it is not there, ``make(folder)`` fills it first.

    Half a folder is never seen: it is made beside its place and moved there. Two runs do not make the same one twice.
    When something new is made, what nobody has asked for in a month is removed, and of its own kind, which its name
    tells without the key at the end, all but the newest.
    """
    folder = store_folder() / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            _forget_old(folder)
            partial = folder.parent / f".{name}.partial"
            shutil.rmtree(partial, ignore_errors=True)
            make(partial)
            partial.rename(folder)
        os.utime(folder)
    return folder


def _forget_old(wanted: Path) -> None:
    now, kind = time.time(), wanted.name.rpartition("-")[0]
    asked = {path: path.stat().st_mtime for path in wanted.parent.iterdir() if path.is_dir() and path.name[0] != "."}
    alike = sorted((path for path in asked if path.name.rpartition("-")[0] == kind), key=lambda path: -asked[path])
    surplus = [path for path in alike[_KEPT_OF_A_KIND - 1 :] if asked[path] < now - _IN_USE_SECONDS]
    for old in {*surplus, *(path for path in asked if asked[path] < now - _KEPT_SECONDS)}:
        shutil.rmtree(old)


def need(command: str, package: str) -> None:
    """Fail, naming the apt package, if this machine lacks a command that the appliance is built with."""
    if shutil.which(command) is None:
        mend = f"sudo apt install {package}, or tools/prepare.sh appliance (arm64 for make test-arm64)"
        pytest.fail(f"{command} is missing: {mend}", pytrace=False)


def carry_out(command: Sequence[str | Path], **options: object) -> str:
    """Run a command of this machine and return its output; its words are the failure's if it fails."""
    finished = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    if finished.returncode:
        words = (finished.stdout + finished.stderr)[-4000:]
        pytest.fail(f"{' '.join(map(str, command))} ended with {finished.returncode}:\n{words}", pytrace=False)
    return str(finished.stdout)
