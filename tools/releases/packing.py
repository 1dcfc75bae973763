"""Writing the manifest of a release: its files, their hashes, versions and label orders."""

import json
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from device.emotion import FACE_LABELS, SONG_LABELS
from device.errors import ReleaseError
from device.release import FACE_MODEL, MUSIC_MODEL, SONG_TABLE, Manifest, describe_file, write_manifest
from device.song_table import SCHEMA_VERSION, read_song_table


def pack_release(folder: Path, release_id: str) -> Manifest:
    """Check the parts of a release in ``folder`` and write its manifest there.

    The two model folders and the song table are described; other files, music among them, are left out.

    :raises ReleaseError: if a part is missing, or the table was made with another music model than the folder holds.
    """
    versions = {part: _card_version(folder / part) for part in (FACE_MODEL, MUSIC_MODEL)}
    table = read_song_table(folder / SONG_TABLE)
    if table.header.music_model != versions[MUSIC_MODEL]:
        what = f"{folder / SONG_TABLE}: made with music model {table.header.music_model}, not {versions[MUSIC_MODEL]}"
        raise ReleaseError(what, mend="run mien-tools analyse again with the music model of this release")
    parts = [path for part in (FACE_MODEL, MUSIC_MODEL) for path in (folder / part).rglob("*") if path.is_file()]
    names = sorted(path.relative_to(folder).as_posix() for path in [*parts, folder / SONG_TABLE])
    manifest = Manifest(
        release_id=release_id,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        files={name: describe_file(folder / name) for name in names},
        versions={"mien": metadata.version("mien"), "song_table": str(SCHEMA_VERSION), **versions},
        labels={"face": FACE_LABELS, "song": SONG_LABELS},
    )
    write_manifest(folder, manifest)
    return manifest


def _card_version(folder: Path) -> str:
    card = folder / "card.json"
    try:
        return str(json.loads(card.read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError) as error:
        what = f"{card}: the model card cannot be read ({error})"
        raise ReleaseError(what, mend="train the model with mien-tools, which writes its card") from error
