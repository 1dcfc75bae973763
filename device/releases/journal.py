"""Which release is the current one, where the way back leads, and whether the current one was ever ready.

Two files with one writer each, so that the daemon needs no right to change a release:

releases/current        ─▶ 2026.11.2     the link whose one rename is the switch
releases/activation.json                 written just before it: the new activation, and the one before
state/release.json                       written by the daemon: its starts on an activation, and whether it became ready

The link decides: if power fails between the two steps of a switch, the journal's newest entry names a release that the
link does not lead to, and the entry before it holds on.
"""

import json
import uuid
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from device.atomic_files import point_link, write_whole

CURRENT = "current"
JOURNAL = "activation.json"
BOOT_RECORD = "release.json"


@dataclass(frozen=True, slots=True)
class Activation:
    """One switch to a release."""

    release_id: str
    previous: str | None
    """Where a way back leads; None if there is none."""
    token: str = ""
    """Tells this activation from every other; empty where no journal tells of it."""
    at: str = ""
    returned_from: str = ""
    """The release that did not become ready, if the box went back by itself."""
    why: str = ""


@dataclass(frozen=True, slots=True)
class BootRecord:
    """What became of the daemon on one activation."""

    token: str = ""
    release_id: str = ""
    """The release that the daemon loaded last."""
    count: int = 0
    """Starts before the first readiness."""
    ready: bool = False
    refused: str = ""
    """Why the daemon could not load the release, if it could not."""


_ACTIVATION_KEYS = {field.name for field in fields(Activation)}
_BOOT_RECORD_KEYS = {field.name for field in fields(BootRecord)}


def read_activation(releases: Path) -> Activation | None:
    """Return the activation that the link ``current`` stands for, None if there is no such link."""
    link = releases / CURRENT
    if not link.is_symlink():
        return None
    release_id = link.readlink().name
    journal = _read(releases / JOURNAL)
    for entry in (journal.get("newest"), journal.get("before")):
        if isinstance(entry, dict) and entry.keys() == _ACTIVATION_KEYS and entry["release_id"] == release_id:
            return Activation(**entry)
    return Activation(release_id, previous=None)


def switch(
    releases: Path, release_id: str, *, previous: str | None, returned_from: str = "", why: str = ""
) -> Activation:
    """Make another release the current one in one step, and return when that is on the disk.

    :raises OSError: if the folder cannot be written; the current release is then still the old one.
    """
    before = read_activation(releases)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    newest = Activation(release_id, previous, uuid.uuid4().hex, at, returned_from, why)
    _write(releases / JOURNAL, {"newest": asdict(newest), "before": asdict(before) if before else None})
    point_link(releases / CURRENT, release_id)
    return newest


def read_boot_record(state_folder: Path) -> BootRecord:
    """Return what the daemon wrote last, nothing if it never ran."""
    written = _read(state_folder / BOOT_RECORD)
    return BootRecord(**written) if written.keys() == _BOOT_RECORD_KEYS else BootRecord()


def write_boot_record(state_folder: Path, record: BootRecord) -> None:
    """Write down what became of the daemon.

    :raises OSError: if the state folder cannot be written.
    """
    state_folder.mkdir(parents=True, exist_ok=True)
    _write(state_folder / BOOT_RECORD, asdict(record))


def is_confirmed(activation: Activation, record: BootRecord) -> bool:
    """Whether the daemon became ready on an activation, or nothing asks whether it did."""
    return not activation.token or (record.token == activation.token and record.ready)


def _read(path: Path) -> dict[str, Any]:
    """Read a small file of ours; a missing or broken one says nothing."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _write(path: Path, content: dict[str, Any]) -> None:
    write_whole(path, json.dumps(content, indent=1) + "\n")
