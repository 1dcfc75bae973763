"""What skips, and songs heard to their ends, have taught, in one small file under the state folder.

The file is read as anybody's: one that makes no sense teaches nothing, and is told. It names no song, and holds the
numbers of :mod:`device.programme.taste` with the digest of the song table that its ids belong to.
"""

import json
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from device.errors import AccessError, LaterFileError, MienError
from device.files.atomic_files import write_whole
from device.files.card_writer import Writer, write_at_once
from device.files.untrusted import Fields
from device.programme.programme import Played
from device.programme.taste import MOST_RECORD_BYTES, RECORD_SCHEMA, Tastes
from device.recommendation.song import Song
from device.recommendation.song_table import SongTable
from device.session.kept_file import Kind, read_kept

_log = logging.getLogger(__name__)

_MODE = 0o640  # like the history: root and the group mien
_MEND = "forget what was learnt: mien forget"
NOTHING = Tastes()


class TasteFile:
    """What the file says, and the writing of it aside; safe from any thread."""

    def __init__(
        self,
        path: Path,
        *,
        is_used: bool = True,
        table: SongTable | None = None,
        digest: str = "",
        writer: Writer = write_at_once,
    ) -> None:
        """Read the file; one that cannot be made sense of is told by :attr:`trouble`, and teaches nothing.

        :param is_used: whether the settings let it be learnt from and used; what is kept stays kept.
        :param table: the songs of now, in which those of another ``digest`` are looked for aside, by their sound.
        :param writer: does what touches the file, and never two pieces of it at once.
        """
        self._path, self._is_used, self._digest, self._writer = path, is_used, digest, writer
        self._table = table
        self._lock = threading.Lock()  # which nobody holds while the file is touched
        self._tastes = NOTHING
        self._waiting: list[Callable[[MienError | None], None]] = []
        self._is_later = False  # then what is learnt until the end is not written, until everything is forgotten
        self.trouble: MienError | None = None
        """Why what is kept cannot be read, or what is known is not on the disk."""
        try:
            self._tastes, kept_digest = read_tastes(path)
        except MienError as error:
            _log.warning("%s", error.what)
            self.trouble = error
            self._is_later = isinstance(error, LaterFileError)
        else:
            if self._tastes.counts and table is not None and kept_digest != digest:
                writer(self._find_songs_again)

    @property
    def in_force(self) -> Tastes:
        """What is known, nothing if the settings leave it aside."""
        return self._tastes if self._is_used else NOTHING

    def pressed(self) -> None:
        """Let everything fade by one press; written with what is learnt next."""
        if self._is_used:
            with self._lock:
                self._tastes = self._tastes.pressed()

    def learn(self, played: Played) -> None:
        """Learn from how a song ended, and have it written if that taught anything."""
        if not self._is_used:
            return
        step = played.step
        with self._lock:
            before = self._tastes
            self._tastes = before.heard(step.choice.song, step.sought.octant, played.how, played.heard_seconds)
        if self._tastes is not before and not self._is_later:
            self._writer(self._write)

    def of_song(self, song: Song, part: str, *, likes_lift: bool) -> dict[str, Any] | None:
        """Say for ``mien explain`` what is known of a song for a part of the plane; None if nothing is.

        :param likes_lift: see :meth:`device.programme.taste.Count.bonus`.
        """
        count = self.in_force.of_song(song, part)
        if count is None:
            return None
        figures = {"for": count.liked, "against": count.skipped, "bonus": count.bonus(likes_lift=likes_lift)}
        return {"part": part, **{name: round(value, 3) for name, value in figures.items()}}

    def document(self) -> dict[str, Any]:
        """Say for ``mien status`` how much was learnt."""
        trouble = self.trouble
        return {
            "is_used": self._is_used,
            "songs": len({song_id for song_id, _ in self._tastes.counts}),
            "trouble": trouble.document() if trouble else None,
        }

    def forget(self, tell: Callable[[int | MienError], None]) -> None:
        """Forget everything, whatever the file holds.

        :param tell: hears, once that is on the disk, how many songs were known, or why the file may still be there.
        """
        with self._lock:
            count = len({song_id for song_id, _ in self._tastes.counts}) or int(self.trouble is not None)
            self._tastes, self._is_later = NOTHING, False
            self._waiting.append(lambda error: tell(error or count))
        self._writer(self._write)

    def _find_songs_again(self) -> None:
        """Look, aside, for the songs that were learnt of in a table that was made anew."""
        if self._table is None:
            return
        try:
            songs = list(self._table.contents())
        except MienError as error:
            _log.warning("what was learnt is not used: %s", error.what)
            return
        with self._lock:
            self._tastes = self._tastes.moved(songs)
        self._write()

    def _write(self) -> None:
        with self._lock:
            waiting, self._waiting, tastes = self._waiting, [], self._tastes
        try:
            write_tastes(self._path, tastes, self._digest)
            self.trouble = None
        except MienError as error:
            _log.warning("%s", error.what)
            self.trouble = error
        for tell in waiting:
            tell(self.trouble)


def read_tastes(path: Path) -> tuple[Tastes, str]:
    """Return what a file holds and the digest of its song table, nothing if there is none.

    :raises AccessError: if this user may not read it.
    :raises MienError: naming what is wrong with it.
    """
    read = read_kept(path, Kind("what was learnt", RECORD_SCHEMA, MOST_RECORD_BYTES, _MEND), _taken)
    return read or (NOTHING, "")


def _taken(content: object) -> tuple[Tastes, str]:
    """Make sense of a file's content.

    :raises ValueError: if it makes none.
    """
    return Tastes.from_record(content), Fields(content).text("table", "")


def write_tastes(path: Path, tastes: Tastes, digest: str) -> None:
    """Write them in place of what the file held; none at all leave no file.

    :raises MienError: if it cannot be written; what it held is still there.
    """
    try:
        if not tastes.counts:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps({"table": digest, **tastes.to_record()}) + "\n", mode=_MODE)
    except OSError as error:
        what = f"{path}: what was learnt cannot be written ({error.strerror})"
        raise MienError(what, mend="make room on the disc (df -h), and let the user mien write there") from error


def forget_in_file(path: Path) -> int:
    """Forget everything, for a file that no daemon has in hand; return how many songs were known.

    :raises MienError: if it cannot be read by this user, or not be written.
    """
    try:
        tastes, _ = read_tastes(path)
        count = len({song_id for song_id, _ in tastes.counts})
    except AccessError:
        raise
    except MienError:  # what makes no sense goes too
        count = 1
    write_tastes(path, NOTHING, "")
    return count
