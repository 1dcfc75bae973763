"""Writing the manifest of a release: its files, their hashes, versions and label orders; and signing it."""

import json
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from device.atomic_files import write_whole
from device.emotion.labels import FACE_LABELS, SONG_LABELS
from device.emotion.tflite_emotion_classifier import run_golden
from device.errors import ReleaseError
from device.recommendation.song_table import SCHEMA_VERSION, read_song_table
from device.releases.manifest import (
    FACE_MODEL,
    MANIFEST,
    MUSIC_MODEL,
    SIGNATURE,
    SONG_TABLE,
    Manifest,
    describe_file,
    write_manifest,
)
from device.releases.signature import NAMESPACE, run_ssh_keygen
from tools.music_emotion.model.music_model import MusicModel


def pack_release(folder: Path, release_id: str) -> Manifest:
    """Check the parts of a release in ``folder``, try both models on their golden input, and write its manifest there.

    The two model folders and the song table are described; other files, music among them, are left out. A signature of
    an earlier manifest is removed.

    :raises ReleaseError: if a part is missing or does not give its golden answer, or the table was made with another
        music model than the folder holds.
    """
    versions = {part: _card_version(folder / part) for part in (FACE_MODEL, MUSIC_MODEL)}
    table = read_song_table(folder / SONG_TABLE, thorough=True)
    if table.header.music_model != versions[MUSIC_MODEL]:
        what = f"{folder / SONG_TABLE}: made with music model {table.header.music_model}, not {versions[MUSIC_MODEL]}"
        raise ReleaseError(what, mend="run mien-tools analyse again with the music model of this release")
    run_golden(folder / FACE_MODEL)
    MusicModel(folder / MUSIC_MODEL).run_golden()
    parts = [path for part in (FACE_MODEL, MUSIC_MODEL) for path in (folder / part).rglob("*") if path.is_file()]
    names = sorted(path.relative_to(folder).as_posix() for path in [*parts, folder / SONG_TABLE])
    manifest = Manifest(
        release_id=release_id,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        files={name: describe_file(folder / name) for name in names},
        versions={"mien": metadata.version("mien"), "song_table": str(SCHEMA_VERSION), **versions},
        labels={"face": FACE_LABELS, "song": SONG_LABELS},
    )
    (folder / SIGNATURE).unlink(missing_ok=True)
    write_manifest(folder, manifest)
    return manifest


def sign_release(folder: Path, key: Path) -> None:
    """Sign a release's manifest.

    :param key: a private SSH key, or a public one whose private half is in ssh-agent or in a security key.
    :raises ReleaseError: if the key cannot be used, or ssh-keygen is missing.
    """
    manifest = (folder / MANIFEST).read_bytes()
    signed = run_ssh_keygen(("-Y", "sign", "-f", str(key), "-n", NAMESPACE), manifest)
    if signed.returncode:
        what = f"{key}: cannot sign with this key ({signed.stderr.decode(errors='replace').strip()})"
        raise ReleaseError(what, mend="name an SSH key, made with ssh-keygen -t ed25519 say")
    write_whole(folder / SIGNATURE, signed.stdout)


def _card_version(folder: Path) -> str:
    card = folder / "card.json"
    try:
        return str(json.loads(card.read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError) as error:
        what = f"{card}: the model card cannot be read ({error})"
        raise ReleaseError(what, mend="train the model with mien-tools, which writes its card") from error
