"""The resting faces of a household in one small file under the state folder: eight numbers each, and whose they are.

What lies there may have been edited, halved by an older program, or be somebody else's: it is checked whole when it is
read, and what makes no sense corrects nothing.
"""

import errno
import json
import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from device.errors import AccessError, ControlError, MienError
from device.files.atomic_files import remove_whole, write_whole
from device.files.card_writer import Writer, write_at_once
from device.files.untrusted import Fields, plain
from device.observation.resting.correction import RestingFace
from device.observation.resting.names import MOST_FACES
from device.session.kept_file import Kind, read_kept

_log = logging.getLogger(__name__)

_SCHEMA_VERSION = 1
_MOST_BYTES = 1 << 14
_MODE = 0o640  # like the history: root and the group mien
_LOWEST = -100.0
_LONGEST_MODEL = 128  # characters: as a manifest's longest word
_MEND = "forget all of them, then calibrate again: mien calibrate --forget"
_ROOM = "make room on the disc (df -h), then say it again"
_RIGHTS = "let the user mien write there; then say it again through the daemon (start it first), or with sudo"
_MENDS = {errno.ENOSPC: _ROOM, errno.EDQUOT: _ROOM, errno.EACCES: _RIGHTS, errno.EPERM: _RIGHTS}


class RestingFaces:
    """What the file says, and the writing of it aside; safe from any thread."""

    def __init__(self, path: Path, *, model: str, is_used: bool = True, writer: Writer = write_at_once) -> None:
        """Read the file; one that cannot be made sense of is told by :attr:`trouble`, and corrects nothing.

        :param model: which face model reads now; the faces of another one are kept, and not used.
        :param is_used: whether the settings let them correct anything; they are kept all the same.
        :param writer: does what touches the file, and never two pieces of it at once.
        """
        self._path, self._model, self._is_used, self._writer = path, model, is_used, writer
        self._lock = threading.Lock()  # which nobody holds while the file is touched
        self._faces: tuple[RestingFace, ...] = ()
        self._waiting: list[Callable[[MienError | None], None]] = []
        self._is_unread = False
        self.trouble: MienError | None = None
        """Why what is kept cannot be read, or what is known is not on the disk."""
        try:
            self._faces = read_resting_faces(path)
        except MienError as error:
            _log.warning("%s", error.what)
            self._is_unread, self.trouble = True, error

    @property
    def faces(self) -> tuple[RestingFace, ...]:
        """All that are kept, in the order of their names."""
        return self._faces

    @property
    def in_force(self) -> tuple[RestingFace, ...]:
        """Those that the model of now has seen, if the settings let them correct anything."""
        return tuple(face for face in self._faces if self._is_in_force(face))

    def _is_in_force(self, face: RestingFace) -> bool:
        return self._is_used and face.model == self._model

    def of(self, name: str, at: datetime, means: Mapping[str, float]) -> RestingFace:
        """Return a face that the model of now has seen, which nobody keeps yet.

        :param means: log probabilities by face label.
        """
        return RestingFace(name, at.isoformat(timespec="milliseconds"), self._model, means)

    def document(self) -> dict[str, Any]:
        """Say for ``mien status`` whose faces are kept, since when, and whether they are in force."""
        trouble = self.trouble
        return {
            "faces": [{"name": face.name, "at": face.at, "in_force": self._is_in_force(face)} for face in self._faces],
            "stale": [face.name for face in self._faces if face.model != self._model],
            "trouble": trouble.document() if trouble else None,
        }

    def refusal(self, name: str) -> MienError | None:
        """Say why nobody of this name can be added, None if there is room.

        Nobody is while the file cannot be read: it may hold a whole household, and would be written over.
        """
        if self._is_unread:
            return self.trouble
        names = [face.name for face in self._faces]
        if name in names or len(names) < MOST_FACES:
            return None
        what = f"{MOST_FACES} resting faces are kept already ({', '.join(names)}); forget one first"
        return ControlError(what, mend="mien calibrate --forget NAME")

    def keep(self, face: RestingFace) -> None:
        """Remember a face in place of an older one of the same name, and have it written.

        :raises MienError: if there is no room, or what is kept cannot be read.
        """
        if refusal := self.refusal(face.name):
            raise refusal
        with self._lock:
            others = [kept for kept in self._faces if kept.name != face.name]
            self._faces = tuple(sorted([*others, face], key=lambda kept: kept.name))
            self.trouble = None  # the file becomes another
        self._writer(self._write)

    def forget(self, name: str | None, tell: Callable[[int | MienError], None]) -> None:
        """Forget one face, or with None all of them, whatever the file holds.

        :param tell: hears, once that is on the disk, how many went, or why they may still be there.
        """
        with self._lock:
            before, unread, trouble = self._faces, self._is_unread, self.trouble
            self._faces = () if name is None else tuple(face for face in before if face.name != name)
            gone = len(before) - len(self._faces)
            is_written = name is None or (not unread and (gone > 0 or trouble is not None))
            if is_written:  # what cannot be read goes too, but only with all of them
                self._waiting.append(lambda error: tell(error or gone or int(unread)))
        if is_written:
            self._writer(self._write)
        else:
            tell(trouble or 0)

    def _write(self) -> None:
        with self._lock:
            waiting, self._waiting, faces = self._waiting, [], self._faces
        try:
            write_resting_faces(self._path, faces)
            self._is_unread, self.trouble = False, None
        except MienError as error:
            _log.warning("%s", error.what)
            self.trouble = error
        for tell in waiting:
            tell(self.trouble)


def read_resting_faces(path: Path) -> tuple[RestingFace, ...]:
    """Return what a file holds, nothing if there is none.

    :raises AccessError: if this user may not read it.
    :raises MienError: naming what is wrong with it.
    """
    kind = Kind("the resting faces", _SCHEMA_VERSION, _MOST_BYTES, _MEND)
    return read_kept(path, kind, _faces_of) or ()


def write_resting_faces(path: Path, faces: tuple[RestingFace, ...]) -> None:
    """Write faces in place of what the file held; none at all leave no file.

    :raises MienError: if it cannot be written; what it held is still there.
    """
    try:
        if not faces:
            remove_whole(path)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(_document(faces), indent=1, ensure_ascii=False) + "\n", mode=_MODE)
    except OSError as error:
        what = f"{path}: the resting faces cannot be written ({error.strerror})"
        raise MienError(what, mend=_MENDS.get(error.errno or 0, f"see what is amiss there: ls -ld {path}")) from error


def forget_in_file(path: Path, name: str | None) -> int:
    """Forget one face, or with None all of them and whatever else the file holds; return how many faces went.

    For a file that no daemon has in hand.

    :raises MienError: if it cannot be read or written.
    """
    if name is None:
        try:
            count = len(read_resting_faces(path))
        except AccessError:
            raise
        except MienError:  # what makes no sense goes too
            count = 1
        write_resting_faces(path, ())
        return count
    faces = read_resting_faces(path)
    left = tuple(face for face in faces if face.name != name)
    if len(left) < len(faces):
        write_resting_faces(path, left)
    return len(faces) - len(left)


def _document(faces: tuple[RestingFace, ...]) -> dict[str, Any]:
    return {
        "schema": _SCHEMA_VERSION,
        "faces": [
            {
                "name": face.name,
                "at": face.at,
                "model": face.model,
                "log_probabilities": {label: round(value, 3) for label, value in face.log_probabilities.items()},
            }
            for face in faces
        ],
    }


def _faces_of(document: object) -> tuple[RestingFace, ...]:
    """Make sense of a document.

    :raises ValueError: if it makes none.
    """
    content = Fields(document)
    content.need("schema", "faces")
    content.whole("schema", 0, least=_SCHEMA_VERSION, most=_SCHEMA_VERSION)
    kept = content.each_fields("faces")
    if len(kept) > MOST_FACES:
        msg = f"it holds {len(kept)} faces, at most {MOST_FACES} are used"
        raise ValueError(msg)
    faces = [_face_of(one) for one in kept]
    if len({face.name for face in faces}) < len(faces):
        msg = "it names somebody twice"
        raise ValueError(msg)
    return tuple(sorted(faces, key=lambda face: face.name))


def _face_of(one: Fields) -> RestingFace:
    one.need("name", "at", "model", "log_probabilities")
    name, at, model = (one.text(key, "") for key in ("name", "at", "model"))
    datetime.fromisoformat(at)
    if len(model) > _LONGEST_MODEL or not model.isprintable():
        msg = f"model is {plain(ascii(model), most=60)}"
        raise ValueError(msg)
    numbers = one.fields("log_probabilities")
    labels = [label for label, _ in one.items("log_probabilities") or ()]
    given = {label: numbers.number(label, None, least=_LOWEST, most=0) for label in labels} if numbers else {}
    return RestingFace(name, at, model, {label: value for label, value in given.items() if value is not None})
