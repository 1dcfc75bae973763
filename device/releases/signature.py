"""Signed releases: an SSH signature over the manifest, which by its hashes stands for every file.

The workstation signs with ``ssh-keygen -Y sign -n mien-release``; the box holds the public keys it trusts in a file of
ssh-keygen's format (ALLOWED SIGNERS in ssh-keygen(1)), one line a key: ``owner@example.org ssh-ed25519 AAAA…``.
"""

import subprocess
from datetime import datetime
from pathlib import Path

from device.errors import ReleaseError
from device.releases.manifest import MANIFEST, SIGNATURE, Manifest, read_manifest

NAMESPACE = "mien-release"
"""Keeps a signature that was given for something else from counting here."""

_SECONDS = 60.0


def check_signature(folder: Path, allowed_signers: Path) -> str:
    """Return who signed a release.

    :param allowed_signers: the keys that the box trusts.
    :raises ReleaseError: if the release is not signed, was changed since, or was signed by a key that is not trusted.
    """
    manifest, signature = folder / MANIFEST, folder / SIGNATURE
    if not allowed_signers.is_file():
        what = f"{allowed_signers}: the file with the trusted keys is missing"
        raise ReleaseError(what, mend="put it there, or empty [release] allowed_signers to do without signatures")
    try:
        content = manifest.read_bytes()
    except OSError as error:
        what = f"{manifest}: cannot be read ({error.strerror})"
        raise ReleaseError(what, mend="copy the release again") from error
    if not signature.is_file():
        what = f"{folder}: the release is not signed, and this box takes signed ones only"
        raise ReleaseError(what, mend="pack it again with mien-tools pack-release --sign KEY")
    trusted = ("-f", str(allowed_signers), "-s", str(signature))
    found = run_ssh_keygen(("-Y", "find-principals", *trusted), b"")
    signer = found.stdout.decode(errors="replace").partition("\n")[0].partition(",")[0]
    if found.returncode or not signer:
        what = f"{signature}: no trusted key made this signature ({_reason(found)})"
        raise ReleaseError(what, mend=f"sign the release with a key that {allowed_signers} names")
    checked = run_ssh_keygen(("-Y", "verify", "-I", signer, "-n", NAMESPACE, *trusted), content)
    if checked.returncode:
        what = f"{manifest}: not what {signer} signed ({_reason(checked)})"
        raise ReleaseError(what, mend="copy the release again; if it stays so, somebody changed it: do not use it")
    return signer


def refuse_downgrade(manifest: Manifest, current: Path) -> None:
    """Refuse a release that was made before the current one, which its old signature would let through.

    :param current: the current release's folder; one that cannot be read is no reason to stay with it.
    :raises ReleaseError: if it is older, or says no time.
    """
    try:
        held = read_manifest(current)
    except ReleaseError:
        return
    if _made(manifest) < _made(held):
        what = (
            f"release {manifest.release_id} was made {manifest.created}, before the current "
            f"{held.release_id} of {held.created}"
        )
        raise ReleaseError(what, mend="push a newer one, or allow this one with --allow-downgrade")


def run_ssh_keygen(arguments: tuple[str, ...], given: bytes) -> subprocess.CompletedProcess[bytes]:
    """Run ssh-keygen with something on its standard input.

    :raises ReleaseError: if it is not installed, or does not end.
    """
    try:
        return subprocess.run(  # noqa: S603 - constant words and the settings' own paths, no shell
            ["ssh-keygen", *arguments],  # noqa: S607 - wherever the system has it
            input=given,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        what = "ssh-keygen, which checks and makes signatures, is not installed"
        raise ReleaseError(what, mend="sudo apt install openssh-client") from error
    except subprocess.TimeoutExpired as error:
        what = f"ssh-keygen did not answer in {_SECONDS:.0f} s"
        raise ReleaseError(what, mend="try again; a key with a passphrase must be in ssh-agent") from error


def _made(manifest: Manifest) -> datetime:
    try:
        made = datetime.fromisoformat(manifest.created)
    except ValueError as error:
        what = f"release {manifest.release_id} says no time at which it was made ({manifest.created!r})"
        raise ReleaseError(what, mend="pack it again with mien-tools pack-release") from error
    return made.astimezone()


def _reason(finished: subprocess.CompletedProcess[bytes]) -> str:
    told = (finished.stderr or finished.stdout).decode(errors="replace").strip()
    return told.splitlines()[-1] if told else f"ssh-keygen ended with {finished.returncode}"
