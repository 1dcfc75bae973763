"""Writing the manifest of a release: its name, its files, their hashes, versions and label orders; and signing it."""

import os
import re
import shlex
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime
from importlib import metadata
from pathlib import Path

from device.emotion.labels import FACE_LABELS, SONG_LABELS
from device.emotion.tflite_emotion_classifier import run_golden
from device.errors import ReleaseError
from device.files.atomic_files import write_whole
from device.files.untrusted import open_beneath, parse_json, plain, read_at_most
from device.recommendation.song_table import SCHEMA_VERSION, read_song_table
from device.releases.journal import is_release_id
from device.releases.manifest import (
    FACE_MODEL,
    MANIFEST,
    MUSIC_MODEL,
    SIGNATURE,
    SONG_TABLE,
    FileEntry,
    Manifest,
    describe_file,
    manifest_bytes,
    parse_manifest,
    read_manifest_bytes,
    write_manifest,
)
from device.releases.signature import MOST_SIGNATURE_BYTES, NAMESPACE, run_ssh_keygen
from tools.model_making.quiet import errors_only
from tools.music_emotion.model.loading import load_music_model

_MOST_CARD_BYTES = 1024 * 1024
_LONGEST_ID, _SHOWN = 64, 80  # characters


def pack_release(folder: Path, release_id: str) -> Manifest:
    """Check the parts of a release in ``folder``, try both models on their golden input, and write its manifest there.

    The two model folders and the song table are described; other files, music among them, are left out. A signature of
    an earlier manifest is removed.

    :raises ReleaseError: if the id is none; if a part is missing, is a link, or does not give its golden answer; if the
        table was made with another music model than the folder holds; or if no box would take such a manifest.
    """
    refuse_odd_id(release_id)
    _refuse_no_release(folder)
    names = names_of(folder)
    versions = {part: _card_version(folder / part) for part in (FACE_MODEL, MUSIC_MODEL)}
    table = read_song_table(folder / SONG_TABLE, thorough=True)
    if table.header.music_model != versions[MUSIC_MODEL]:
        what = f"{folder / SONG_TABLE}: made with music model {table.header.music_model}, not {versions[MUSIC_MODEL]}"
        raise ReleaseError(what, mend="run mien-tools analyse again with the music model of this release")
    with errors_only():  # LiteRT names its delegate
        run_golden(folder / FACE_MODEL)
    load_music_model(folder / MUSIC_MODEL).run_golden()
    try:
        manifest = Manifest(
            release_id=release_id,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            files={name: _describe(folder / name) for name in names},
            versions={"mien": metadata.version("mien"), "song_table": str(SCHEMA_VERSION), **versions},
            labels={"face": FACE_LABELS, "song": SONG_LABELS},
        )
    except ValueError as error:
        what = f"{folder}: no release can be made of it ({error})"
        raise ReleaseError(what, mend="name its files otherwise") from error
    parse_manifest(manifest_bytes(manifest), folder / MANIFEST)
    (folder / SIGNATURE).unlink(missing_ok=True)
    write_manifest(folder, manifest)
    return manifest


def _refuse_no_release(folder: Path) -> None:
    """Refuse a folder that is none, or that nobody has put models into; the step before was left out then."""
    if not folder.is_dir():
        what = f"{folder}: there is no such folder"
        raise ReleaseError(what, mend=f"begin with a copy of mien's models: cp -r models {shlex.quote(str(folder))}")
    for part in (FACE_MODEL, MUSIC_MODEL):
        if not (folder / part).is_dir():
            what = f"{folder}: it lacks the folder {part}"
            mend = f"copy it from mien's models: cp -r models/{part} {shlex.quote(str(folder))}"
            raise ReleaseError(what, mend=mend)


def names_of(folder: Path) -> Sequence[str]:
    """Name the files of a release folder that are packed, whether the song table is there or not.

    :raises ReleaseError: if a model holds something that is no file.
    """
    return sorted([*_names_beneath(folder, FACE_MODEL), *_names_beneath(folder, MUSIC_MODEL), SONG_TABLE])


def dated_id(day: date, taken: Collection[str] = ()) -> str:
    """Name a release by its day: ``2026.11.20``, or ``2026.11.20.2`` and so on beyond all that are taken."""
    name = f"{day:%Y.%m.%d}"
    found = (re.fullmatch(rf"{re.escape(name)}(?:\.([0-9]{{1,9}}))?", other) for other in taken)
    latest = max((int(match[1] or 1) for match in found if match), default=0)
    return name if latest == 0 else f"{name}.{latest + 1}"


def suggested_id(text: str) -> str:
    """Return the id that is nearest to what somebody wrote; today's if nothing of it can stay."""
    plain_letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    dotted = re.sub(r"(?<=\d)/(?=\d)", ".", plain_letters)
    cleaned = re.sub(r"[^0-9A-Za-z._-]+", "-", dotted).strip("-._")[:_LONGEST_ID].rstrip("-._")
    return cleaned if is_release_id(cleaned) else dated_id(datetime.now().astimezone().date())


def refuse_odd_id(release_id: str) -> None:
    """Refuse what cannot be the id of a release.

    :raises ReleaseError: with the nearest one that can.
    """
    if not is_release_id(release_id):
        what = (
            f"--id {plain(release_id, most=_SHOWN)!r}: a release's id is 1 to {_LONGEST_ID} letters, digits, dots, "
            "dashes and underscores, a letter or a digit first"
        )
        raise ReleaseError(what, mend=f"--id {suggested_id(release_id)}, say")


def sign_release(folder: Path, key: Path) -> None:
    """Sign a release's manifest.

    :param key: a private SSH key, or a public one whose private half is in ssh-agent or in a security key.
    :raises ReleaseError: if the key cannot be used, or ssh-keygen is missing.
    """
    signed = run_ssh_keygen(("-Y", "sign", "-f", str(key), "-n", NAMESPACE), read_manifest_bytes(folder))
    if signed.returncode or len(signed.stdout) > MOST_SIGNATURE_BYTES:
        what = f"{key}: cannot sign with this key ({plain(signed.stderr.decode(errors='replace'), most=300)})"
        raise ReleaseError(what, mend="name an SSH key, made with ssh-keygen -t ed25519 say")
    write_whole(folder / SIGNATURE, signed.stdout)


def _names_beneath(folder: Path, part: str) -> Iterator[str]:
    """Name every file of a model; what is no file, a link say, cannot be packed."""
    for parent, folders, files in os.walk(folder / part):
        here = Path(parent)
        for path in [
            *(here / name for name in files),
            *(here / name for name in folders if (here / name).is_symlink()),
        ]:
            _describe(path)
            yield path.relative_to(folder).as_posix()


def _describe(path: Path) -> FileEntry:
    try:
        return describe_file(path)
    except OSError as error:
        what = f"{path}: cannot be packed ({error.strerror})"
        raise ReleaseError(what, mend="put a file in its place that can be read, or remove it") from error


def _card_version(folder: Path) -> str:
    card = folder / "card.json"
    try:
        with open_beneath(folder, card.name) as file:
            return str(parse_json(read_at_most(file, _MOST_CARD_BYTES))["version"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"{card}: the model card cannot be read ({error})"
        raise ReleaseError(what, mend="train the model with mien-tools, which writes its card") from error
