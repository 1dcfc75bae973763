"""Which release is the current one, where the way back leads, and whether the current one was ever ready.

Two files with one writer each, so that the daemon needs no right to change a release:

releases/current        ─▶ 2026.11.2     the link whose one rename is the switch
releases/activation.json                 root's: the newest activation, the one before, and which was seen to be ready
state/release.json                       the daemon's: its starts on an activation, and whether it became ready

The link decides: if power fails between the two steps of a switch, the journal's newest entry names a release that the
link does not lead to, and the entry before it holds on.

What the daemon wrote is believed as little as anything from outside: a file that is not of this form says nothing. And
it is believed once: as soon as root has seen that the daemon was ready on an activation (:func:`note_confirmation`,
before and after every start), the daemon's file cannot undo that.
"""

import json
import re
import uuid
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from device.files.atomic_files import point_link, write_whole
from device.files.untrusted import open_regular, parse_json, plain, read_at_most

CURRENT = "current"
JOURNAL = "activation.json"
BOOT_RECORD = "release.json"

LONGEST_REASON = 1000
"""Characters of why a release was given up."""

_RESERVED = {CURRENT, JOURNAL, "previous"}
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")
_MOST_BYTES = 64 * 1024
_LONGEST_TOKEN = 64
_MOST_STARTS = 1_000_000


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
    confirmed: bool = False
    """Whether the journal says that the daemon was ready on it."""


@dataclass(frozen=True, slots=True)
class BootRecord:
    """What became of the daemon on one activation, as the daemon tells it."""

    token: str = ""
    release_id: str = ""
    """The release that the daemon loaded last."""
    count: int = 0
    """Starts before the first readiness."""
    ready: bool = False
    refused: str = ""
    """Why the daemon could not load the release, if it could not."""


@dataclass(frozen=True, slots=True)
class _Journal:
    newest: Activation | None = None
    before: Activation | None = None


def is_release_id(name: object) -> bool:
    """Whether a release may have this name: letters, digits, dots, dashes and underscores, and no name of ours."""
    return isinstance(name, str) and _ID.fullmatch(name) is not None and name not in _RESERVED


def read_activation(releases: Path) -> Activation | None:
    """Return the activation that the link ``current`` stands for, None if there is no such link."""
    try:
        release_id = (releases / CURRENT).readlink().name
    except OSError:
        return None
    journal = _read_journal(releases)
    for entry in (journal.newest, journal.before):
        if entry and entry.release_id == release_id:
            return entry
    return Activation(plain(release_id), previous=None)


def switch(
    releases: Path, release_id: str, *, previous: str | None, returned_from: str = "", why: str = ""
) -> Activation:
    """Make another release the current one in one step, and return when that is on the disk.

    :raises OSError: if the folder cannot be written; the current release is then still the old one.
    """
    at = datetime.now(UTC).isoformat(timespec="seconds")
    newest = Activation(release_id, previous, uuid.uuid4().hex, at, returned_from, plain(why, most=LONGEST_REASON))
    _write_journal(releases, _Journal(newest, read_activation(releases)))
    point_link(releases / CURRENT, release_id)
    return newest


def note_confirmation(releases: Path, activation: Activation) -> None:
    """Write down for good that the daemon was ready on an activation.

    :raises OSError: if the folder cannot be written.
    """
    journal = _read_journal(releases)
    newest, before = (
        replace(entry, confirmed=True) if entry and entry.token == activation.token else entry
        for entry in (journal.newest, journal.before)
    )
    _write_journal(releases, _Journal(newest, before))


def read_boot_record(state_folder: Path) -> BootRecord:
    """Return what the daemon wrote last, nothing if it never ran or if this is not of the form that it writes."""
    match _read(state_folder / BOOT_RECORD):
        case {
            "token": str(token),
            "release_id": str(release_id),
            "count": int(count),
            "ready": bool(ready),
            "refused": str(refused),
            **others,
        } if (
            not others
            and _is_token(token)
            and (not release_id or is_release_id(release_id))
            and not isinstance(count, bool)
            and 0 <= count <= _MOST_STARTS
        ):
            return BootRecord(token, release_id, count, ready, plain(refused, most=LONGEST_REASON))
    return BootRecord()


def write_boot_record(state_folder: Path, record: BootRecord) -> None:
    """Write down what became of the daemon.

    :raises OSError: if the state folder cannot be written.
    """
    state_folder.mkdir(parents=True, exist_ok=True)
    _write(state_folder / BOOT_RECORD, asdict(record))


def is_confirmed(activation: Activation, record: BootRecord) -> bool:
    """Whether the daemon became ready on an activation, or nothing asks whether it did."""
    return activation.confirmed or not activation.token or (record.token == activation.token and record.ready)


def _read_journal(releases: Path) -> _Journal:
    content = _read(releases / JOURNAL)
    tokens = content.get("confirmed")
    confirmed = tokens if isinstance(tokens, list) else []
    return _Journal(_activation_of(content.get("newest"), confirmed), _activation_of(content.get("before"), confirmed))


def _activation_of(entry: object, confirmed: list[Any]) -> Activation | None:
    match entry:
        case {
            "release_id": str(release_id),
            "previous": str() | None as previous,
            "token": str(token),
            "at": str(at),
            "returned_from": str(returned_from),
            "why": str(why),
            **others,
        } if (
            not others
            and is_release_id(release_id)
            and (previous is None or is_release_id(previous))
            and (not returned_from or is_release_id(returned_from))
            and _is_token(token)
        ):
            reason = plain(why, most=LONGEST_REASON)
            return Activation(
                release_id,
                previous,
                token,
                plain(at, most=_LONGEST_TOKEN),
                returned_from,
                reason,
                confirmed=bool(token) and token in confirmed,
            )
    return None


def _write_journal(releases: Path, journal: _Journal) -> None:
    """Write the journal; what was confirmed stands beside the entries, where an older mien does not look."""
    entries = {"newest": journal.newest, "before": journal.before}
    content: dict[str, Any] = {name: _entry_of(entry) if entry else None for name, entry in entries.items()}
    content["confirmed"] = [entry.token for entry in entries.values() if entry and entry.confirmed and entry.token]
    _write(releases / JOURNAL, content)


def _entry_of(activation: Activation) -> dict[str, Any]:
    entry = asdict(activation)
    del entry["confirmed"]
    return entry


def _is_token(text: str) -> bool:
    return len(text) <= _LONGEST_TOKEN and text.isprintable()


def _read(path: Path) -> dict[str, Any]:
    """Read a small file of ours; one that is missing, broken, huge or no file says nothing."""
    try:
        with open_regular(path) as file:
            content = parse_json(read_at_most(file, _MOST_BYTES))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _write(path: Path, content: dict[str, Any]) -> None:
    write_whole(path, json.dumps(content, indent=1) + "\n")
