"""Signed releases: an SSH signature over the manifest, which by its hashes stands for every file.

The workstation signs with ``ssh-keygen -Y sign -n mien-release``; the box holds the public keys it trusts in a file of
ssh-keygen's format (ALLOWED SIGNERS in ssh-keygen(1)), one line a key: ``owner@example.org ssh-ed25519 AAAA…``.

Where signatures are asked for, nothing of a release is understood before its signature is: manifest, signature and keys
are read once, ssh-keygen is given what was read, and the same bytes are parsed and copied.
"""

import os
import stat
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from device.errors import ReleaseError
from device.files.untrusted import open_beneath, open_regular, plain, read_at_most
from device.releases.manifest import (
    MANIFEST,
    SIGNATURE,
    Manifest,
    made_at,
    parse_manifest,
    read_manifest,
    read_manifest_bytes,
    verify_files,
)

NAMESPACE = "mien-release"
"""Keeps a signature that was given for something else from counting here."""

MOST_SIGNATURE_BYTES = 16 * 1024
"""One of ssh-keygen's has some 300 bytes, with RSA and a certificate a few thousand."""

MOST_SIGNERS_BYTES = 256 * 1024

AHEAD = timedelta(days=366)
"""How far a release may be dated after both the box's clock and the current release.

A box without network and without a clock that runs on lags behind by the time it was off: a few days' patience would
lock its owner out.
"""

_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Papers:
    """What tells of a release, its signature checked if that was asked for."""

    manifest: Manifest
    texts: Mapping[str, bytes]
    """By file name what was read and may be copied: the signature if it was asked for, and the manifest, last."""


def read_papers(folder: Path, allowed_signers: Path | None) -> Papers:
    """Read a release's manifest, and check its signature before understanding it.

    :param allowed_signers: the keys that the box trusts; None asks for no signature, and reads none.
    :raises ReleaseError: as :func:`check_signature` does, or if the manifest is not valid.
    """
    texts = {MANIFEST: read_manifest_bytes(folder)}
    if allowed_signers is not None:
        keys, signature = read_trusted_keys(allowed_signers), _read_signature(folder)
        _check(folder, texts[MANIFEST], signature, keys)
        texts = {SIGNATURE: signature, **texts}
    return Papers(parse_manifest(texts[MANIFEST], folder / MANIFEST), texts)


def check_release(folder: Path, allowed_signers: Path | None) -> Manifest:
    """Verify a release's files, and its signature if this box asks for one.

    :raises ReleaseError: naming what is wrong with it.
    """
    manifest = read_papers(folder, allowed_signers).manifest
    verify_files(folder, manifest)
    return manifest


def check_stored_release(releases: Path, release_id: str, allowed_signers: Path | None) -> Manifest:
    """Do the same with a release of the box, whose folder must be named as its manifest names it.

    :raises ReleaseError: naming what is wrong with it.
    """
    folder = releases / release_id
    manifest = check_release(folder, allowed_signers)
    if manifest.release_id != release_id:
        what = f"{folder}: its manifest calls it {manifest.release_id}"
        raise ReleaseError(what, mend=f"name the folder {manifest.release_id}")
    return manifest


def check_signature(folder: Path, allowed_signers: Path) -> str:
    """Return who signed a release.

    :param allowed_signers: the keys that the box trusts.
    :raises ReleaseError: if the release is not signed, was changed since, or was signed by a key that is not trusted,
        or if others may write ``allowed_signers``.
    """
    keys = read_trusted_keys(allowed_signers)
    return _check(folder, read_manifest_bytes(folder), _read_signature(folder), keys)


def read_trusted_keys(allowed_signers: Path) -> bytes:
    """Read the file of trusted keys, which only root and the caller may be able to change.

    :raises ReleaseError: if it is missing, no regular file, or if somebody else may write it or a folder on its way.
    """
    if not allowed_signers.is_absolute():  # else it would depend on where somebody stands
        what = f"{allowed_signers}: the file with the trusted keys needs its whole path, from / on"
        raise ReleaseError(what, mend=f'write allowed_signers = "/etc/mien/{allowed_signers.name}", say')
    try:
        with open_regular(allowed_signers) as file:
            _refuse_strangers(allowed_signers, os.fstat(file.fileno()))
            for folder in dict.fromkeys((*allowed_signers.parents, *allowed_signers.resolve().parents)):
                _refuse_strangers(folder, folder.stat())
            return read_at_most(file, MOST_SIGNERS_BYTES)
    except FileNotFoundError as error:
        what = f"{allowed_signers}: the file with the trusted keys is missing"
        mend = "put it there, or empty [release] allowed_signers to do without signatures"
        raise ReleaseError(what, mend=mend) from error
    except OSError as error:
        what = f"{allowed_signers}: the file with the trusted keys cannot be read ({error.strerror})"
        raise ReleaseError(what, mend="let [release] allowed_signers name a readable file of keys") from error


def refuse_downgrade(manifest: Manifest, current: Path, *, now: datetime | None = None) -> None:
    """Refuse a release that was made before the current one, which its old signature would let through.

    And one that is dated so far ahead (:data:`AHEAD`) that every later release would seem older.

    :param current: the current release's folder; one that cannot be read is no reason to stay with it.
    :param now: the box's clock, by default as it stands.
    :raises ReleaseError: if it is older, or from the future, or says no time.
    """
    made, latest = _made(manifest), now or datetime.now(UTC)
    try:
        held = read_manifest(current)
    except ReleaseError:
        held = None
    if held is not None:
        if made < _made(held):
            what = (
                f"release {manifest.release_id} was made {manifest.created}, before the current "
                f"{held.release_id} of {held.created}"
            )
            raise ReleaseError(what, mend="push a newer one, or allow this one with --allow-downgrade")
        latest = max(latest, _made(held))
    if made > latest + AHEAD:
        what = f"release {manifest.release_id} is dated {manifest.created}, more than a year ahead of this box's clock"
        mend = "set the wrong clock right, here or where it is packed again; or take it with --allow-downgrade"
        raise ReleaseError(what, mend=mend)


def run_ssh_keygen(
    arguments: tuple[str, ...], given: bytes, *, files: tuple[int, ...] = ()
) -> subprocess.CompletedProcess[bytes]:
    """Run ssh-keygen with something on its standard input.

    :param files: descriptors that it may read as well.
    :raises ReleaseError: if it is not installed, or does not end.
    """
    try:
        return subprocess.run(  # noqa: S603 - constant words and the settings' own paths, no shell
            ["ssh-keygen", *arguments],  # noqa: S607 - wherever the system has it
            input=given,
            capture_output=True,
            timeout=_SECONDS,
            pass_fds=files,
            check=False,
        )
    except FileNotFoundError as error:
        what = "ssh-keygen, which checks and makes signatures, is not installed"
        raise ReleaseError(what, mend="sudo apt install openssh-client") from error
    except OSError as error:
        what = f"ssh-keygen, which checks and makes signatures, cannot be run ({error.strerror})"
        raise ReleaseError(what, mend="see to it that this user may run ssh-keygen") from error
    except subprocess.TimeoutExpired as error:
        what = f"ssh-keygen did not answer in {_SECONDS:.0f} s"
        raise ReleaseError(what, mend="try again; a key with a passphrase must be in ssh-agent") from error


def _read_signature(folder: Path) -> bytes:
    try:
        with open_beneath(folder, SIGNATURE) as file:
            return read_at_most(file, MOST_SIGNATURE_BYTES)
    except FileNotFoundError as error:
        what = f"{folder}: the release is not signed, and this box takes signed ones only"
        raise ReleaseError(what, mend="pack it again with mien-tools pack-release --sign KEY") from error
    except OSError as error:
        what = f"{folder / SIGNATURE}: the signature cannot be read ({error.strerror})"
        raise ReleaseError(what, mend="pack it again with mien-tools pack-release --sign KEY") from error


def _check(folder: Path, manifest: bytes, signature: bytes, keys: bytes) -> str:
    with _in_memory(keys) as signers_file, _in_memory(signature) as signature_file:
        files = (signers_file, signature_file)
        trusted = ("-f", _path_of(signers_file), "-s", _path_of(signature_file))
        found = run_ssh_keygen(("-Y", "find-principals", *trusted), b"", files=files)
        signer = found.stdout.decode(errors="replace").partition("\n")[0].partition(",")[0]
        if found.returncode or not signer:
            what = f"{folder / SIGNATURE}: no trusted key made this signature ({_reason(found)})"
            raise ReleaseError(what, mend="sign the release with a key that [release] allowed_signers names")
        verifying = ("-Y", "verify", "-I", signer, "-n", NAMESPACE, *trusted)
        checked = run_ssh_keygen(verifying, manifest, files=files)
    if checked.returncode:
        what = f"{folder / MANIFEST}: not what {plain(signer)} signed ({_reason(checked)})"
        raise ReleaseError(what, mend="copy the release again; if it stays so, somebody changed it: do not use it")
    return signer


def _refuse_strangers(path: Path, found: os.stat_result) -> None:
    """Refuse what somebody else owns or may write; in a sticky folder, /tmp say, others cannot replace what is ours."""
    if found.st_uid not in {0, os.geteuid()}:
        what = f"{path}: belongs to user {found.st_uid}, who could let this box trust any key"
        place = "keep the keys where only root may write, in /etc/mien/allowed_signers say"
        raise ReleaseError(what, mend=place if stat.S_ISDIR(found.st_mode) else f"sudo chown root {path}")
    sticky = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not sticky:
        what = f"{path}: others may write it, and could let this box trust any key"
        raise ReleaseError(what, mend=f"sudo chmod go-w {path}")


@contextmanager
def _in_memory(content: bytes) -> Iterator[int]:
    """Give a file of this content that has no name, so that nobody else can change it or find it left over."""
    descriptor = os.memfd_create("mien-release")
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(content)
        yield descriptor
    finally:
        os.close(descriptor)


def _path_of(descriptor: int) -> str:
    return f"/proc/self/fd/{descriptor}"


def _made(manifest: Manifest) -> datetime:
    try:
        return made_at(manifest)
    except ValueError as error:
        what = f"release {manifest.release_id} says no time at which it was made ({error})"
        raise ReleaseError(what, mend="pack it again with mien-tools pack-release") from error


def _reason(finished: subprocess.CompletedProcess[bytes]) -> str:
    told = (finished.stderr or finished.stdout).decode(errors="replace").strip()
    return plain(told.splitlines()[-1], most=300) if told else f"ssh-keygen ended with {finished.returncode}"
