"""What a push brings along: a release's folder, and the songs of a music folder that belong on a box."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from device.errors import ReleaseError
from device.recommendation.song_table import read_song_table
from device.releases.manifest import MANIFEST, SIGNATURE, SONG_TABLE, Manifest, verify
from device.releases.push_protocol import Offer, SongFile


@dataclass(frozen=True, slots=True)
class Cargo:
    """What lies ready here, and how it is offered to every box alike."""

    release: Path | None
    manifest: Manifest | None
    music: Path | None
    offer: Offer
    songs_absent: int = 0
    """Songs that the release's table names and the music folder here has not."""

    @property
    def release_files(self) -> tuple[str, ...]:
        """Everything of the release that a box needs, its manifest last."""
        if self.manifest is None:
            return ()
        signature = () if self.offer.signature is None else (SIGNATURE,)
        return (*self.manifest.files, *signature, MANIFEST)


def load_cargo(
    release: Path | None, music: Path | None, *, list_surplus: bool = False, allow_downgrade: bool = False
) -> Cargo:
    """Check what is to be pushed.

    :raises ReleaseError: if the release is not whole, or the music folder is none or has no song of its table.
    """
    manifest, manifest_text, signature = None, None, None
    if release is not None:
        manifest = verify(release)
        manifest_text = (release / MANIFEST).read_bytes().decode()
        signature = _text_of(release / SIGNATURE)
    songs, absent = None, 0
    if music is not None:
        songs, absent = _songs_of(music, release)
    offer = Offer(manifest_text, signature, songs, list_surplus and music is not None, allow_downgrade)
    return Cargo(release, manifest, music, offer, absent)


def _songs_of(music: Path, release: Path | None) -> tuple[Mapping[str, SongFile], int]:
    """Measure the songs that the release's table names, or without a release all files."""
    if not music.is_dir():
        what = f"{music}: there is no such music folder"
        raise ReleaseError(what, mend="name the folder that the song table's paths start from")
    if release is None:
        return dict(_measured(music, _files_under(music))), 0
    named = [song.path for song in read_song_table(release / SONG_TABLE).songs]
    songs = dict(_measured(music, named))
    if named and not songs:
        what = f"{music}: none of the {len(named)} songs of {release / SONG_TABLE} is there"
        raise ReleaseError(what, mend="name the folder that was analysed")
    return songs, len(named) - len(songs)


def _measured(music: Path, paths: Iterable[str]) -> Iterator[tuple[str, SongFile]]:
    for path in paths:
        file = music / path
        if file.is_file():
            found = file.stat()
            yield path, SongFile(found.st_size, int(found.st_mtime))


def _files_under(folder: Path) -> Iterator[str]:
    """Name every file whose name is text; a song table names no others."""
    for parent, _, names in os.walk(folder, followlinks=True):
        for name in names:
            path = f"{parent}/{name}"[len(f"{folder}/") :]
            if path.isprintable() or path.encode(errors="ignore").decode() == path:
                yield path


def _text_of(path: Path) -> str | None:
    return path.read_bytes().decode() if path.is_file() else None
