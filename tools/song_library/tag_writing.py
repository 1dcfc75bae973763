"""Writes moods back into an owner's music files: on request only, and so that nothing else is lost."""

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mutagen import MutagenError

from device.recommendation.song_table import Song
from tools.audio.audio_hash import content_hash
from tools.song_library.skipped import Skipped
from tools.song_library.tag_formats import Mood, TaggedFile

Progress = Callable[[int, int], None]
"""Called with the number of songs done and of all songs."""

_ID3V1_BYTES = 128


@dataclass(frozen=True, slots=True)
class TagWriting:
    """How many files got their mood (or would, in a dry run), how many had it already, and which could not."""

    written: int
    unchanged: int
    skipped: tuple[Skipped, ...]


def write_moods(songs: Sequence[Song], music: Path, *, dry_run: bool = False, progress: Progress) -> TagWriting:
    """Write the mood of each song into its file, as ``mood_tags`` documents.

    The work is done on a copy beside the file, which takes the file's place in one step and only if its sound, to the
    packet, and all its other tags are what they were. So it may be interrupted at any instant and called again. Since
    a content hash does not cover tags, the table stays right, and no song will be listened to again.

    :param music: the folder that the songs' paths are relative to.
    :param dry_run: only look what would be written.
    """
    root = music.resolve()
    written = unchanged = 0
    skipped: list[Skipped] = []
    for done, song in enumerate(songs):
        progress(done, len(songs))
        try:
            changed = _write(_place(root, song.path), song, dry_run=dry_run)
        except OSError as error:
            skipped.append(Skipped(song.path, f"cannot be read or written ({error.strerror or error})"))
        except (MutagenError, ValueError) as error:
            skipped.append(Skipped(song.path, str(error)))
        else:
            written += changed
            unchanged += not changed
    progress(len(songs), len(songs))
    return TagWriting(written, unchanged, tuple(skipped))


def _place(root: Path, path: str) -> Path:
    """Follow links to the file itself, which is the one to replace."""
    file = (root / path).resolve()
    if not file.is_relative_to(root):
        msg = "a link that leads out of the music folder"
        raise ValueError(msg)
    return file


def _write(file: Path, song: Song, *, dry_run: bool) -> bool:
    """Write a song's mood; tell whether the file had to change.

    :raises ValueError: with the reason, if it must not.
    """
    if content_hash(file) != song.content_hash:
        msg = "its sound is not the one that was analysed: analyse again first"
        raise ValueError(msg)
    before = TaggedFile(file)
    others = before.others()
    if not before.set_mood(Mood.of(song)):
        return False
    if not file.stat().st_mode & stat.S_IWUSR:
        msg = "it is write-protected"
        raise ValueError(msg)
    if not dry_run:
        _replace(file, song, others)
    return True


def _replace(file: Path, song: Song, others: list[str]) -> None:
    # Not an atomic_files.unfinished: mutagen tells a file's kind by its ending, and the copy keeps its owner and times.
    opened, name = tempfile.mkstemp(prefix=".mien-", suffix=file.suffix, dir=file.parent)
    os.close(opened)
    copy = Path(name)
    try:
        shutil.copy2(file, copy)
        tagged = TaggedFile(copy)
        tagged.set_mood(Mood.of(song))
        tagged.save()
        _keep_id3v1(file, copy)
        if content_hash(copy) != song.content_hash:
            msg = "its sound would change: nothing was written"
            raise ValueError(msg)
        if TaggedFile(copy).others() != others:
            msg = "others of its tags would change: nothing was written"
            raise ValueError(msg)
        _put_in_place(copy, file)
    finally:
        copy.unlink(missing_ok=True)


def _keep_id3v1(file: Path, copy: Path) -> None:
    """Give the copy back the old tag at the end of an mp3 file, which mutagen rewrites from the other one."""
    ends = []
    for path in (file, copy):
        with path.open("rb") as stream:
            stream.seek(-min(path.stat().st_size, _ID3V1_BYTES), os.SEEK_END)
            ends.append(stream.read())
    old, new = ends
    if old != new and old.startswith(b"TAG") and new.startswith(b"TAG"):
        with copy.open("r+b") as stream:
            stream.seek(-_ID3V1_BYTES, os.SEEK_END)
            stream.write(old)


def _put_in_place(copy: Path, file: Path) -> None:
    owner = file.stat()
    with suppress(PermissionError):  # only root may give files away
        os.chown(copy, owner.st_uid, owner.st_gid)
    with copy.open("rb") as stream:
        os.fsync(stream.fileno())
    copy.replace(file)
