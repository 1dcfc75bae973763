"""The volume that hands have set, in one small file under the state folder, so that it outlasts a restart.

What lies there may have been edited or halved, or be somebody else's: it is checked whole when it is read, and what
makes no sense leaves the volume at the settings'.
"""

import json
import logging
import threading
from pathlib import Path

from device.errors import LaterFileError, MienError
from device.files.atomic_files import write_whole
from device.files.card_writer import Writer, write_at_once
from device.files.untrusted import Fields
from device.session.kept_file import Kind, read_kept
from device.session.volume.volume import LOUDEST

_log = logging.getLogger(__name__)

_SCHEMA_VERSION = 1
_MOST_BYTES = 1 << 10
_MEND = "set it anew while the box runs, with the knob or mien volume -5: the file is then written anew"
_MODE = 0o640  # like the history: root and the group mien


class KeptVolume:
    """What the file says, and the writing of it aside; safe from any thread."""

    def __init__(self, path: Path, *, start: int, writer: Writer = write_at_once) -> None:
        """Read the file; one that cannot be made sense of is told by :attr:`trouble`.

        :param start: the volume of the settings, in percent, which holds until a hand sets another, and anew whenever
            the settings name another than before.
        :param writer: does what touches the file, and never two pieces of it at once.
        """
        self._path, self._start, self._writer = path, start, writer
        self._lock = threading.Lock()  # which nobody holds while the file is touched
        self._percent = start
        self.trouble: MienError | None = None
        """Why what is kept cannot be read, or what was set is not on the disk."""
        try:
            self._percent = read_volume(path, start=start)
        except MienError as error:
            _log.warning("%s", error.what)
            self.trouble = error

    @property
    def percent(self) -> int:
        """The volume that was kept last, from 0 to 100."""
        return self._percent

    def keep(self, percent: int) -> None:
        """Remember a volume, and have it written if it is another one."""
        with self._lock:
            is_written = percent != self._percent or self.trouble is not None
            self._percent = percent
        if not is_written or isinstance(self.trouble, LaterFileError):
            return
        self._writer(self._write)

    def _write(self) -> None:
        with self._lock:
            document = {"schema": _SCHEMA_VERSION, "percent": self._percent, "start_volume_percent": self._start}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, json.dumps(document) + "\n", mode=_MODE)
            self.trouble = None
        except OSError as error:
            what = f"{self._path}: the volume cannot be remembered ({error.strerror})"
            self.trouble = MienError(what, mend="make room on the disc (df -h), and let the user mien write there")
            _log.warning("%s", what)


def read_volume(path: Path, *, start: int) -> int:
    """Return the volume that a file keeps, ``start`` if there is none or it was begun from another ``start``.

    :raises AccessError: if this user may not read it.
    :raises MienError: naming what is wrong with it.
    """

    def taken(document: object) -> int:
        content = Fields(document)
        content.need("schema", "percent", "start_volume_percent")
        content.whole("schema", 0, least=_SCHEMA_VERSION, most=_SCHEMA_VERSION)
        percent = content.whole("percent", start, most=LOUDEST)
        return percent if content.whole("start_volume_percent", start, most=LOUDEST) == start else start

    read = read_kept(path, Kind("the volume that was set last", _SCHEMA_VERSION, _MOST_BYTES, _MEND), taken)
    return start if read is None else read
