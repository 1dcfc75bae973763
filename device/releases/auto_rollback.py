"""A new release on trial: the box goes back by itself if the daemon does not become ready on it.

activated ─▶ started, at most twice ─▶ ready: stays
                    └───────────────▶ not ready, or refused while it loads: the next start begins on the previous one

systemd's ``Restart=`` is what starts a daemon again that ended, hung or was killed; two starts are given, so that a
plug pulled during the first is not held against the release.

What the daemon says of itself is believed only until it has said once that it is ready: :func:`roll_back_if_due`, which
the unit runs as root before every start and after every readiness, writes that down where the daemon cannot. What is
left to somebody who has taken over the daemon: while a new release has not been ready yet, to call it unfit. The box
then goes back one step, once, to the very release that its owner had before, and only if that is still whole and,
where signatures are asked for, still signed by a trusted key; a release reached by going back has no way further back.
"""

import logging
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from device.errors import MienError, ReleaseError
from device.files.atomic_files import folder_lock
from device.files.untrusted import plain
from device.releases.journal import (
    CURRENT,
    LONGEST_REASON,
    Activation,
    BootRecord,
    is_confirmed,
    note_confirmation,
    read_activation,
    read_boot_record,
    switch,
    write_boot_record,
)
from device.releases.signature import check_stored_release

STARTS_GIVEN = 2

_log = logging.getLogger(__name__)


def roll_back_if_due(
    release_folder: Path, state_folder: Path, allowed_signers: Path | None = None
) -> Activation | None:
    """Go back to the previous release if the current one has had its chance; return that activation, or None.

    Safe to call at any time and as often as one likes. A release reached by going back is kept, whatever comes; so is
    one that was ready, which this writes down.

    :param release_folder: the link ``current``; any other folder has no way back.
    :param allowed_signers: the keys that must have signed the previous release; None asks for no signature.
    """
    now, record = _activation(release_folder), read_boot_record(state_folder)
    if now is None:
        return None
    if is_confirmed(now, record):
        _confirm_for_good(release_folder, now)
        return None
    why = failure_of(now, record)
    if not why or now.previous is None:
        return None
    releases = release_folder.parent
    try:
        with folder_lock(releases) as alone:
            if not alone or _activation(release_folder) != now:
                return None  # a person or a push is at it
            check_stored_release(releases, now.previous, allowed_signers)
            returned = switch(releases, now.previous, previous=None, returned_from=now.release_id, why=why)
    except (OSError, ReleaseError) as error:
        _log.error("no way back from release %s to %s: %s", now.release_id, now.previous, error)
        return None
    _log.warning("%s", notice_of(returned))
    return returned


def failure_of(activation: Activation, record: BootRecord) -> str:
    """Say why an activation failed, nothing as long as it has not."""
    if activation.returned_from or is_confirmed(activation, record) or record.token != activation.token:
        return ""
    if record.refused:
        return f"could not be loaded ({record.refused})"
    return f"did not become ready in {record.count} starts" if record.count >= STARTS_GIVEN else ""


def notice_of(activation: Activation | None) -> str:
    """Say that the box went back by itself, nothing if it did not."""
    if activation is None or not activation.returned_from:
        return ""
    return f"went back from release {activation.returned_from} to {activation.release_id}: it {activation.why}"


class AutoRollback:
    """One start of the daemon, from before the release is loaded until it is ready; a context manager around both."""

    def __init__(self, release_folder: Path, state_folder: Path, allowed_signers: Path | None = None) -> None:
        """Go back first, if that is due."""
        roll_back_if_due(release_folder, state_folder, allowed_signers)
        self._state_folder = state_folder
        self._activation = _activation(release_folder)
        self._record = BootRecord()
        self.notice = notice_of(self._activation)
        """What the owner should know about how the current release came to be it; empty if nothing."""

    def __enter__(self) -> Self:
        """Count this start."""
        if self._activation:
            before = read_boot_record(self._state_folder)
            if before.token != self._activation.token or not before.token:
                before = BootRecord(self._activation.token, self._activation.release_id)
            self._note(before if before.ready else replace(before, count=before.count + 1))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Judge a start that did not become ready: the release is to blame, or something else is, or nobody knows."""
        if self._record.ready or not self._activation:
            return
        if isinstance(error, ReleaseError):
            self._note(replace(self._record, refused=plain(error.what, most=LONGEST_REASON)))
        elif isinstance(error, MienError):  # a sound card, a line or a setting: the previous release would fail as well
            self._note(replace(self._record, count=self._record.count - 1))

    def confirm(self) -> None:
        """Note that the daemon is ready on this release."""
        if self._activation and not self._record.ready:
            self._note(replace(self._record, ready=True, refused=""))

    def _note(self, record: BootRecord) -> None:
        self._record = record
        if record == read_boot_record(self._state_folder):
            return  # the usual start writes nothing
        try:
            write_boot_record(self._state_folder, record)
        except OSError as error:  # the box serves all the same
            _log.warning("%s: cannot note how the release does (%s)", self._state_folder, error)


def _confirm_for_good(release_folder: Path, activation: Activation) -> None:
    """Write down that a release was ready, where the daemon's own word cannot undo it; who may not write leaves it."""
    if activation.confirmed or not activation.token:
        return
    with suppress(OSError), folder_lock(release_folder.parent) as alone:
        if alone and _activation(release_folder) == activation:
            note_confirmation(release_folder.parent, activation)


def _activation(release_folder: Path) -> Activation | None:
    return read_activation(release_folder.parent) if release_folder.name == CURRENT else None
